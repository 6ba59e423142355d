"""The shapes of Discord's objects, complete enough for the strictest client."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from nrg_sandbox.world.permissions import EVERYONE

__all__ = [
    "Json",
    "application",
    "channel",
    "colours",
    "dm_channel",
    "emoji",
    "guild",
    "invite",
    "is_animated",
    "member",
    "overwrite",
    "own_user",
    "picture",
    "role",
    "scheduled_event",
    "thread",
    "user",
    "voice_state",
    "webhook",
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


def is_animated(image: str) -> bool:
    """Return whether a picture that came as a ``data:`` address may move."""
    return image.startswith("data:image/gif")


def picture(image: str | None) -> str | None:
    """Return the hash by which Discord names a picture that came as a ``data:`` address."""
    if image is None:
        return None
    return ("a_" if is_animated(image) else "") + blake2b(image.encode(), digest_size=16).hexdigest()


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


def colours(primary: int) -> Json:
    """Return the colours of a role that has one only."""
    return {"primary_color": primary, "secondary_color": None, "tertiary_color": None}


def role(role_id: str, name: str, *, permissions: int = EVERYONE, position: int = 0) -> Json:
    """Return a plain role."""
    return {
        "id": role_id,
        "name": name,
        "permissions": str(permissions),
        "position": position,
        "color": 0,
        "colors": colours(0),
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


def thread(
    thread_id: str,
    parent_id: str,
    guild_id: str,
    owner_id: str,
    name: str,
    *,
    kind: int,
    created: str,
    minutes: int,
    slowmode: int,
) -> Json:
    """Return a thread in which nothing has been written; ``minutes`` without a message archive it."""
    return {
        "id": thread_id,
        "type": kind,
        "guild_id": guild_id,
        "parent_id": parent_id,
        "owner_id": owner_id,
        "name": name,
        "last_message_id": None,
        "last_pin_timestamp": None,
        "rate_limit_per_user": slowmode,
        "flags": 0,
        "message_count": 0,
        "member_count": 0,
        "total_message_sent": 0,
        "thread_metadata": {
            "archived": False,
            "archive_timestamp": created,
            "auto_archive_duration": minutes,
            "locked": False,
            "create_timestamp": created,
        },
    }


def invite(code: str, guild: Json, channel: Json, inviter: Json) -> Json:
    """Return an invite without its terms."""
    told = (
        "id",
        "name",
        "splash",
        "banner",
        "description",
        "icon",
        "features",
        "verification_level",
        "vanity_url_code",
        "nsfw_level",
        "nsfw",
        "premium_subscription_count",
    )
    return {
        "type": 0,
        "code": code,
        "inviter": inviter,
        "guild": {key: guild[key] for key in told},
        "guild_id": guild["id"],
        "channel": {key: channel[key] for key in ("id", "type", "name")},
    }


def webhook(
    webhook_id: str,
    channel_id: str,
    guild_id: str,
    name: str,
    *,
    token: str,
    base_url: str,
    creator: Json,
) -> Json:
    """Return a webhook that anyone who has its token may write through."""
    return {
        "id": webhook_id,
        "type": 1,
        "guild_id": guild_id,
        "channel_id": channel_id,
        "application_id": None,
        "name": name,
        "avatar": None,
        "token": token,
        "url": f"{base_url}/api/webhooks/{webhook_id}/{token}",
        "user": creator,
    }


def overwrite(given: Json) -> Json:
    """Return a permission overwrite as Discord lists it."""
    return {
        "id": str(given["id"]),
        "type": int(given["type"]),
        "allow": str(given.get("allow") or 0),
        "deny": str(given.get("deny") or 0),
    }


def emoji(emoji_id: str, name: str, creator: Json, *, animated: bool, roles: list[str]) -> Json:
    """Return a custom emoji."""
    return {
        "id": emoji_id,
        "name": name,
        "user": creator,
        "roles": roles,
        "require_colons": True,
        "managed": False,
        "animated": animated,
        "available": True,
    }


def scheduled_event(event_id: str, guild_id: str, creator: Json) -> Json:
    """Return a scheduled event without what its creator has to say of it."""
    return {
        "id": event_id,
        "guild_id": guild_id,
        "channel_id": None,
        "creator_id": creator["id"],
        "creator": creator,
        "description": None,
        "image": None,
        "scheduled_end_time": None,
        "status": 1,
        "entity_id": None,
        "entity_metadata": None,
        "recurrence_rule": None,
        "guild_scheduled_event_exceptions": [],
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


def application(application_id: str, bot: Json, owner: Json, flags: int) -> Json:
    """Return the application as its owner and its bot see it."""
    return {
        "id": application_id,
        "name": bot["username"],
        "icon": None,
        "description": "",
        "type": None,
        "summary": "",
        "bot": bot,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
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
        "self_stream": False,
        "self_video": False,
        "suppress": False,
        "request_to_speak_timestamp": None,
    }
