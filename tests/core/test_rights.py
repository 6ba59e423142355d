"""Who may do what, held against the local Discord's own reckoning."""

from __future__ import annotations

from typing import Any, cast

import hikari
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrg_core.gateway.rights import EVERYTHING, allowed_by, allowed_in, in_threads, rank
from nrg_sandbox.world.permissions import Permission
from nrg_sandbox.world.world import World

P = hikari.Permissions
READ = hikari.impl.EntityFactoryImpl(cast(Any, None))

# Seeing and writing are left alone: without them Discord counts the rest as denied, whatever is granted.
COUNTED = (
    Permission.MANAGE_CHANNELS | Permission.MANAGE_ROLES | Permission.EMBED_LINKS | Permission.ADD_REACTIONS
)
SEEN = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES

some = st.lists(st.sampled_from([int(flag) for flag in COUNTED])).map(lambda flags: sum(set(flags)))
overwrites = st.lists(
    st.tuples(st.sampled_from(["everyone", "own", "other", "member"]), some, some), max_size=4
)


@given(everyone=some, own=some, other=some, said=overwrites)
def test_what_a_channel_allows(everyone: int, own: int, other: int, said: list[tuple[str, int, int]]) -> None:
    world = World(bot_permissions=own)
    guild = world.home
    second = guild.create_role("Second", permissions=other)
    guild.give_role(world.bot["id"], second["id"])
    guild.change_role(guild.id, {"permissions": str(everyone | SEEN)})
    (managed,) = (role["id"] for role in guild.roles.values() if role.get("managed"))
    ids = {"everyone": guild.id, "own": managed, "other": second["id"], "member": world.bot["id"]}
    channel = guild.create_channel("here")
    listed = {
        ids[whom]: {
            "id": ids[whom],
            "type": int(whom == "member"),
            "allow": str(allow & ~deny),
            "deny": str(deny),
        }
        for whom, allow, deny in said
    }
    guild.change_channel(channel, {"permission_overwrites": list(listed.values())})
    guild_id = hikari.Snowflake(guild.id)
    roles = [READ.deserialize_role(role, guild_id=guild_id) for role in guild.roles.values()]
    allowed = allowed_by(roles)
    member = READ.deserialize_member(guild.members[world.bot["id"]], guild_id=guild_id)
    place = READ.deserialize_guild_text_channel(channel.payload, guild_id=guild_id)
    assert int(allowed) == guild.permissions(world.bot["id"])
    assert int(allowed_in(place, member, allowed)) == guild.permissions(world.bot["id"], channel)


def test_an_administrator_may_do_everything_everywhere() -> None:
    world = World(bot_permissions=int(Permission.ADMINISTRATOR))
    guild_id = hikari.Snowflake(world.home.id)
    channel = world.find_channel("practice")
    overwrite = {"id": world.bot["id"], "type": 1, "allow": "0", "deny": str(int(Permission.SEND_MESSAGES))}
    place = READ.deserialize_guild_text_channel(
        channel.payload | {"permission_overwrites": [overwrite]}, guild_id=guild_id
    )
    roles = [READ.deserialize_role(role, guild_id=guild_id) for role in world.home.roles.values()]
    member = READ.deserialize_member(world.home.members[world.bot["id"]], guild_id=guild_id)
    assert allowed_in(place, member, allowed_by(roles)) == EVERYTHING


def test_of_two_roles_at_one_position_the_older_is_higher() -> None:
    guild = World().home
    for name, position in (("a", 2), ("b", 2), ("c", 3)):
        guild.create_role(name)
        guild.change_role(list(guild.roles)[-1], {"position": position})
    roles = [READ.deserialize_role(role, guild_id=hikari.Snowflake(1)) for role in guild.roles.values()]
    ranked = [str(role.id) for role in sorted(roles, key=rank)]
    assert ranked == sorted(guild.roles, key=guild.role_rank)


@pytest.mark.parametrize(
    ("needed", "there"),
    [
        (P.SEND_MESSAGES | P.VIEW_CHANNEL, P.SEND_MESSAGES_IN_THREADS | P.VIEW_CHANNEL),
        (P.VIEW_CHANNEL, P.VIEW_CHANNEL),
    ],
)
def test_writing_in_a_thread_has_a_permission_of_its_own(needed: P, there: P) -> None:
    assert in_threads(needed) == there
