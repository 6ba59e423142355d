"""The shapes of Discord's objects, complete enough for the strictest client."""

from __future__ import annotations

from typing import Any

from nrg_sandbox.world.permissions import EVERYONE

__all__ = [
    "Json",
    "application",
    "bot_gateway",
    "channel",
    "dm_channel",
    "guild",
    "guild_create",
    "member",
    "overwrite",
    "own_user",
    "role",
    "user",
    "voice_state",
]

Json = dict[str, Any]

_DM, _CATEGORY, _SPOKEN, _FORUM = 1, 4, (2, 13), 15
ATTACHMENT_LIMIT = 10 * 1024 * 1024


def user(user_id: str, name: str, *, bot: bool = False) -> Json:
    """Return a user; the name shown to people is the user name as well."""
    return {
        "id": user_id,
        "username": name.lower(),
        "discriminator": "0",
        "global_name": None if bot else name,
        "avatar": None,
        "bot": bot,
        "system": False,
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
    }


def own_user(bot: Json) -> Json:
    """Return the bot's user as only the bot itself sees it."""
    return {**bot, "mfa_enabled": True, "locale": "en-US", "verified": True, "email": None, "premium_type": 0}


def member(user: Json, joined_at: str, roles: list[str]) -> Json:
    """Return a guild member; ``user`` is shared, not copied."""
    return {
        "user": user,
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": roles,
        "joined_at": joined_at,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
        "avatar_decoration_data": None,
    }


def role(role_id: str, name: str, *, permissions: int = EVERYONE, position: int = 0) -> Json:
    """Return a plain role."""
    return {
        "id": role_id,
        "name": name,
        "permissions": str(permissions),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def channel(channel_id: str, guild_id: str, name: str, *, kind: int = 0, position: int = 0) -> Json:
    """Return a guild channel of the given type."""
    common: Json = {
        "id": channel_id,
        "type": kind,
        "guild_id": guild_id,
        "name": name,
        "position": position,
        "parent_id": None,
        "permission_overwrites": [],
        "flags": 0,
        "nsfw": False,
    }
    if kind == _CATEGORY:
        return common
    common |= {"last_message_id": None, "rate_limit_per_user": 0}
    if kind in _SPOKEN:
        return common | {"bitrate": 64000, "user_limit": 0, "rtc_region": None, "video_quality_mode": 1}
    common |= {"topic": None, "last_pin_timestamp": None, "default_auto_archive_duration": 1440}
    if kind == _FORUM:
        common |= {
            "available_tags": [],
            "default_forum_layout": 0,
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_thread_rate_limit_per_user": 0,
        }
    return common


def dm_channel(channel_id: str, recipient: Json) -> Json:
    """Return the direct-message channel between the bot and one user."""
    return {"id": channel_id, "type": _DM, "last_message_id": None, "flags": 0, "recipients": [recipient]}


def overwrite(given: Json) -> Json:
    """Return a permission overwrite as Discord lists it."""
    return {
        "id": str(given["id"]),
        "type": int(given["type"]),
        "allow": str(given.get("allow") or 0),
        "deny": str(given.get("deny") or 0),
    }


def guild(guild_id: str, name: str, owner_id: str) -> Json:
    """Return a guild without its lists (roles, channels, members)."""
    return {
        "id": guild_id,
        "name": name,
        "owner_id": owner_id,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "banner": None,
        "features": [],
        "application_id": None,
        "region": "us-east",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "max_presences": None,
        "max_members": 500000,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def guild_create(
    guild: Json, *, roles: list[Json], channels: list[Json], members: list[Json], count: int, joined_at: str
) -> Json:
    """Return the payload with which the gateway announces a guild to a bot."""
    return guild | {
        "roles": roles,
        "channels": channels,
        "members": members,
        "member_count": count,
        "joined_at": joined_at,
        "large": len(members) < count,
        "unavailable": False,
        "threads": [],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def application(application_id: str, name: str, bot: Json, owner: Json) -> Json:
    """Return the application as its owner and its bot see it."""
    return {
        "id": application_id,
        "name": name,
        "icon": None,
        "description": "",
        "type": None,
        "summary": "",
        "bot": bot,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "owner": owner,
        "team": None,
        "tags": [],
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "integration_types_config": {"0": {}},
        "explicit_content_filter": 0,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "event_webhooks_url": None,
        "event_webhooks_status": 1,
        "event_webhooks_types": [],
        "eligible_oauth2_scopes": [],
    }


def bot_gateway(url: str) -> Json:
    """Return where, and how fast, a bot may connect."""
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 16}
    return {"url": url, "shards": 1, "session_start_limit": limit}


def voice_state(guild_id: str, channel_id: str | None, user_id: str) -> Json:
    """Return the voice state of a member who enters a channel, or leaves with None."""
    return {
        "guild_id": guild_id,
        "channel_id": channel_id,
        "user_id": user_id,
        "session_id": f"voice-{user_id}",
        "deaf": False,
        "mute": False,
        "self_deaf": False,
        "self_mute": False,
        "self_video": False,
        "suppress": False,
        "request_to_speak_timestamp": None,
    }
