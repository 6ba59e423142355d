"""Discord's rules for who may do what: roles, their order, and what a channel says otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import hikari

__all__ = ["EVERYTHING", "allowed_by", "allowed_in", "in_threads", "rank", "with_administrator"]

EVERYTHING: Final = hikari.Permissions.all_permissions()


def allowed_by(roles: Iterable[hikari.Role]) -> hikari.Permissions:
    """Return what roles allow together."""
    allowed = hikari.Permissions.NONE
    for role in roles:
        allowed |= role.permissions
    return with_administrator(allowed)


def with_administrator(allowed: hikari.Permissions) -> hikari.Permissions:
    """Return what is allowed in effect: an administrator may do everything."""
    return EVERYTHING if allowed & hikari.Permissions.ADMINISTRATOR else allowed


def allowed_in(
    channel: hikari.PermissibleGuildChannel, member: hikari.Member, allowed: hikari.Permissions
) -> hikari.Permissions:
    """Return what of that a channel leaves a member, and what it adds: for everyone, by role, by name."""
    if allowed == EVERYTHING:
        return allowed
    everyone = channel.guild_id
    for group in ({everyone}, {*member.role_ids} - {everyone}, {member.id}):
        said = [channel.permission_overwrites[one] for one in group if one in channel.permission_overwrites]
        for overwrite in said:
            allowed &= ~overwrite.deny
        for overwrite in said:
            allowed |= overwrite.allow
    return allowed


def in_threads(permissions: hikari.Permissions) -> hikari.Permissions:
    """Return what it takes to do the same in a thread: writing there has a permission of its own."""
    writing = hikari.Permissions.SEND_MESSAGES
    if permissions & writing:
        return permissions & ~writing | hikari.Permissions.SEND_MESSAGES_IN_THREADS
    return permissions


def rank(role: hikari.Role) -> tuple[int, int]:
    """Return a role's place in the hierarchy, greater is higher; of two at one position the older is."""
    return role.position, -role.id
