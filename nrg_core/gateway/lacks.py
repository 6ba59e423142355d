"""What the bot lacks on a server, and the words for it: to the one who acted, and to the server's owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import hikari

from nrg_core.delivery.sender import PermanentFailure
from nrg_core.host.needs import permission_names
from nrg_core.host.tables import CORE
from nrg_core.text import escape_markdown, listed

__all__ = ["Lack", "NotAllowed", "Server", "may_mend"]

_MENDERS: Final = hikari.Permissions.MANAGE_GUILD | hikari.Permissions.ADMINISTRATOR

_ROLES: Final = "Server Settings → Roles"
_CHANNEL: Final = "Edit Channel → Permissions"


def may_mend(member: hikari.InteractionMember | None) -> bool:
    """Tell whether a member can grant the bot what it lacks: one who manages the server, or owns it."""
    return member is not None and bool(member.permissions & _MENDERS)


@dataclass(frozen=True, slots=True)
class Server:
    """A server, as far as somebody is told of it."""

    id: int
    name: str
    owner_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Why Discord refused something: what the bot may not do, as far as that can be told.

    Attributes
    ----------
    plugin
        Whose work it was; the core's own, for one.
    server
        Where it was; nothing where that cannot be told.
    permissions
        What is missing of what was needed.
    channel_id
        The channel that forbids it; nothing if it is the bot's role that does not allow it anywhere.
    above
        The id and name of a role that does not stand below the bot's own, if that was in the way.
    """

    plugin: str
    server: Server | None = None
    permissions: hikari.Permissions = hikari.Permissions.NONE
    channel_id: int | None = None
    above: tuple[int, str] | None = None

    @property
    def missing(self) -> frozenset[str]:
        """What is missing, each under a name that never changes."""
        if self.above is not None:
            return frozenset({f"above {self.above[0]}"})
        where = f" in {self.channel_id}" if self.channel_id is not None else ""
        names = [flag.name for flag in self.permissions] or ["unknown"]
        return frozenset(f"{name}{where}" for name in names)

    def told(self, mender: bool) -> str:
        """Return what the one who acted is told, who can mend it or knows somebody who can."""
        return self._words("here", mender)

    def letter(self) -> str:
        """Return what the server's owner is told."""
        assert self.server is not None
        name = escape_markdown(self.server.name)
        who = "I" if self.plugin == CORE else f"the plugin “{self.plugin}”"
        return (
            f"On your server **{name}**, {who} could not do everything. {self._words('there', mender=True)}"
        )

    def _words(self, here: str, mender: bool) -> str:
        what, remedy, place = self._parts(here)
        if mender:
            return f"{what}. You can {remedy}: {place}."
        return f"{what}. Someone who manages this server can {remedy}."

    def _parts(self, here: str) -> tuple[str, str, str]:
        if self.above is not None:
            name = escape_markdown(self.above[1])
            return (
                f"I may not give or take the role “{name}”: my role must stand above it",
                f"drag my role above “{name}”",
                _ROLES,
            )
        in_channel = self.channel_id is not None
        where, there, place = (
            (f"in <#{self.channel_id}>", " there", _CHANNEL) if in_channel else (here, "", _ROLES)
        )
        if not self.permissions:
            what = f"Discord does not let me do everything {where}, and I cannot tell why"
            return what, f"look at what my role may do{there}", place
        names = permission_names(self.permissions)
        deeds, rights = listed([name.lower() for name in names]), listed([f"“{name}”" for name in names])
        return f"I may not {deeds} {where}", f"grant {rights} to my role{there}", place


class NotAllowed(PermanentFailure):
    """Discord refused for good, for want of something that a person can grant."""

    def __init__(self, reason: str, lack: Lack) -> None:
        super().__init__(reason, lack.told(mender=False))
        self.lack = lack
