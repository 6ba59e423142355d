"""Clock, ids, permissions, and the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrg_sandbox import Sandbox, SandboxClock
from nrg_sandbox.snowflakes import Snowflakes, created_at
from nrg_sandbox.world.permissions import ALL, Permission, in_channel

Json = dict[str, Any]

BITS = st.integers(0, 15).map(lambda bits: bits << 4)


@given(st.lists(st.integers(0, 10**7), max_size=30))
def test_ids_increase_and_carry_the_time(moves: list[int]) -> None:
    clock = SandboxClock()
    snowflakes = Snowflakes(clock)
    last = 0
    for seconds in moves:
        clock.advance(timedelta(seconds=seconds))
        for _ in range(3):
            made = snowflakes.next()
            assert int(made) > last
            last = int(made)
        assert abs(created_at(str(last)) - clock.now()) < timedelta(seconds=1)


def test_the_clock_only_moves_forward() -> None:
    clock = SandboxClock()
    moves: list[timedelta] = []
    stop = clock.subscribe(lambda: moves.append(clock.offset))
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    clock.advance(timedelta(days=1))
    stop()
    clock.advance(timedelta(days=1))
    assert moves == [timedelta(days=1)]
    assert clock.now() - datetime.now(UTC) > timedelta(days=1, hours=23)


async def test_the_clock_dates_messages() -> None:
    async with Sandbox() as discord:
        ana = await discord.member("ana")
        discord.clock.advance(timedelta(days=400))
        said = await ana.say("later", channel="general")
        expected = datetime.now(UTC) + timedelta(days=400)
        for moment in (datetime.fromisoformat(said["timestamp"]), created_at(said["id"])):
            assert abs(moment - expected) < timedelta(seconds=10)


def _overwrite(target: str, allow: int, deny: int) -> Json:
    return {"id": target, "allow": str(allow), "deny": str(deny)}


def _guild(everyone: int, role: int) -> tuple[Json, dict[str, Json], Json]:
    roles = {"g": {"permissions": str(everyone)}, "r": {"permissions": str(role)}}
    return {"user": {"id": "u"}, "roles": ["r"]}, roles, {"id": "g", "owner_id": "o"}


@given(BITS, BITS, BITS, BITS, BITS, BITS, BITS, BITS)
def test_the_nearer_overwrite_wins(
    everyone: int, role: int, a1: int, d1: int, a2: int, d2: int, a3: int, d3: int
) -> None:
    member, roles, guild = _guild(everyone, role)
    overwrites = [_overwrite("u", a3, d3), _overwrite("g", a1, d1), _overwrite("r", a2, d2)]
    roles["r"] = {"permissions": str(role | Permission.VIEW_CHANNEL)}
    found = in_channel(member, {"type": 0, "permission_overwrites": overwrites}, roles, guild)
    for bit in (1 << place for place in range(4, 8)):
        wanted = bool((everyone | role) & bit)
        for allow, deny in ((a1, d1), (a2, d2), (a3, d3)):
            wanted = True if allow & bit else False if deny & bit else wanted
        assert bool(found & bit) == wanted


def test_what_rests_on_a_missing_permission_is_worth_nothing() -> None:
    see, write, connect = Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.CONNECT
    member, roles, guild = _guild(see | write | Permission.EMBED_LINKS | Permission.MANAGE_CHANNELS, 0)
    nothing: Json = {"type": 0, "permission_overwrites": []}
    assert in_channel(member, nothing, roles, guild) & Permission.EMBED_LINKS
    mute = {"type": 0, "permission_overwrites": [_overwrite("g", 0, write)]}
    assert in_channel(member, mute, roles, guild) == see | Permission.MANAGE_CHANNELS
    hidden = {"type": 0, "permission_overwrites": [_overwrite("g", 0, see)]}
    assert in_channel(member, hidden, roles, guild) == 0
    voice = {"type": 2, "permission_overwrites": [_overwrite("g", connect, 0)]}
    assert in_channel(member, voice, roles, guild) & Permission.MANAGE_CHANNELS
    closed = {"type": 2, "permission_overwrites": [_overwrite("g", 0, connect)]}
    assert in_channel(member, closed, roles, guild) == see
    assert in_channel(member, nothing, roles, guild, timed_out=True) == see
    in_threads = Permission.SEND_MESSAGES_IN_THREADS
    assert not in_channel(member, nothing, roles, guild, in_thread=True) & Permission.EMBED_LINKS
    talkative: Json = {"type": 0, "permission_overwrites": [_overwrite("g", in_threads, write)]}
    assert in_channel(member, talkative, roles, guild, in_thread=True) & Permission.EMBED_LINKS


def test_owner_and_administrator_may_do_everything() -> None:
    member, roles, guild = _guild(0, Permission.ADMINISTRATOR)
    channel = {"type": 0, "permission_overwrites": [_overwrite("u", 0, ALL)]}
    assert in_channel(member, channel, roles, guild) == ALL
    member, roles, guild = _guild(0, 0)
    assert in_channel(member, channel, roles, guild) == 0
    assert in_channel(member, channel, roles, guild | {"owner_id": "u"}) == ALL


async def test_named_things_keep_their_ids_over_a_restart() -> None:
    ids: list[tuple[str, ...]] = []
    for _ in range(2):
        async with Sandbox() as discord:
            ana = await discord.member("ana")
            ids.append(
                (discord.guild_id, ana.id, discord.channel("practice")["id"], discord.role("guide")["id"])
            )
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 4


async def test_two_channels_of_one_name_have_ids_of_their_own() -> None:
    async with Sandbox() as discord:
        first, second = (discord.world.home.create_channel("twins").payload for _ in range(2))
        assert first["id"] != second["id"]
