"""Who is there and what they are doing: the bot as its sessions say, members as the world last told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nrg_sandbox.world.events import Event, Intent

if TYPE_CHECKING:
    from nrg_sandbox.gateway.forms import Activity, PresenceUpdate
    from nrg_sandbox.world.guild import Guild
    from nrg_sandbox.world.payloads import Json
    from nrg_sandbox.world.world import World

__all__ = ["Presences"]

_HIDDEN = ("invisible", "offline")


class Presences:
    """Keeps one presence a session, and tells the world when what is seen of the bot changes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sessions: dict[str, Json] = {}
        self._members: dict[str, dict[str, Json]] = {}
        world.bus.subscribe(self._remember)

    @property
    def bot(self) -> Json:
        """How the bot is seen: as the session says that spoke last, of those that do not hide."""
        return next(reversed(self._sessions.values()), _seen("offline", []))

    def show(self, session_id: str, presence: PresenceUpdate) -> None:
        """Let a session say how the bot is to be seen."""
        before = self.bot
        status = presence.get("status") or "online"
        self._sessions.pop(session_id, None)
        if status not in _HIDDEN:
            self._sessions[session_id] = _seen(status, self._activities(presence))
        self._tell(before)

    def withdraw(self, session_id: str) -> None:
        """Forget a session that ended."""
        before = self.bot
        self._sessions.pop(session_id, None)
        self._tell(before)

    def of(self, guild: Guild) -> dict[str, Json]:
        """Return the presences of the members who have one, by user id."""
        known = self._members.get(guild.id, {})
        present = {user_id: known[user_id] for user_id in known if user_id in guild.members}
        if self._sessions:
            present[self._world.bot["id"]] = self._of_bot(guild)
        return present

    def _of_bot(self, guild: Guild) -> Json:
        return {"user": {"id": self._world.bot["id"]}, "guild_id": guild.id, **self.bot}

    def _activities(self, presence: PresenceUpdate) -> list[Json]:
        now = int(self._world.clock.now().timestamp() * 1000)
        game = presence.get("game")
        given = presence.get("activities") or ([game] if game else [])
        return [{**_shown(item), "created_at": now} for item in given]

    def _tell(self, before: Json) -> None:
        if self.bot == before:
            return
        for guild in self._world.guilds.values():
            if self._world.bot["id"] in guild.members:
                guild.tell("PRESENCE_UPDATE", self._of_bot(guild), Intent.GUILD_PRESENCES)

    def _remember(self, event: Event) -> None:
        if event.guild_id is None or event.name not in ("PRESENCE_UPDATE", "GUILD_MEMBER_REMOVE"):
            return
        user_id: str = event.data["user"]["id"]
        if user_id == self._world.bot["id"]:
            return
        known = self._members.setdefault(event.guild_id, {})
        if event.name == "PRESENCE_UPDATE" and event.data["status"] != "offline":
            known[user_id] = event.data
        else:
            known.pop(user_id, None)


def _seen(status: str, activities: list[Json]) -> Json:
    # Bots are seen as if they were on the web.
    client: Json = {} if status == "offline" else {"web": status}
    return {"status": status, "activities": activities, "client_status": client}


def _shown(activity: Activity) -> Json:
    """Return what Discord takes of a bot's activity."""
    return {key: value for key, value in activity.items() if value is not None}
