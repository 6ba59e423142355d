"""``nrg invite``: the link, and who wants what of it."""

from __future__ import annotations

import pytest

from nrg_sandbox import Sandbox
from tests.cli.conftest import Nrg

VIEW_CHANNEL, SEND_MESSAGES, EMBED_LINKS = 1 << 10, 1 << 11, 1 << 14


async def test_the_link_asks_for_what_the_enabled_plugins_need(home: Nrg, discord: Sandbox) -> None:
    said = await home("invite", "--json")
    assert said.code == 0
    wanted = {each["permission"]: each["by"] for each in said.json["wanted"]}
    assert wanted["View Channels"] == ["core", "buddy", "practice", "validation"]
    assert wanted["Manage Channels"] == ["buddy"]
    shown = await home("invite")
    assert (shown.code, shown.err) == (0, "")
    link, _, *table = shown.out.splitlines()
    assert link == said.json["url"]
    assert any(row.split("  ")[0] == "Manage Channels" and row.rstrip().endswith("buddy") for row in table)
    assert discord.token not in shown.out

    await home("plugins", "disable", "buddy", "practice", "validation")
    said = await home("invite", "--json")
    permissions = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS
    assert said.json == {
        "url": f"https://discord.com/oauth2/authorize?client_id={discord.application_id}"
        f"&permissions={permissions}&scope=bot+applications.commands",
        "application_id": discord.application_id,
        "permissions": str(permissions),
        "wanted": [
            {"permission": name, "by": ["core"]} for name in ("Embed Links", "Send Messages", "View Channels")
        ],
    }
    await home("plugins", "enable", "buddy", "--guild", discord.guild_id)
    wanted = (await home("invite", "--json")).json["wanted"]
    assert {"permission": "Manage Channels", "by": ["buddy"]} in wanted, "enabled on one server is enough"


async def test_before_there_are_tables_every_plugin_counts(
    home: Nrg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    said = await home("invite")
    assert said.code == 0
    assert "Manage Channels" in said.out
    assert "what all of them need: The database has no tables yet. Run `nrg db upgrade`." in said.err


async def test_without_a_token(nrg: Nrg) -> None:
    said = await nrg("invite")
    assert (said.code, said.out) == (1, "")
    assert said.err == "nrg: DISCORD_TOKEN is not set. Put it into .env, or run `nrg init`.\n"


async def test_a_wrong_token(home: Nrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a-token-that-nobody-sees")
    said = await home("invite")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("nrg: Discord does not know DISCORD_TOKEN. ")
    assert said.err.count("\n") == 1
    assert "nobody-sees" not in said.err


async def test_discord_away(home: Nrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_API_URL", "http://127.0.0.1:1/api/v10")
    said = await home("invite", "--json")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("nrg: Discord cannot be reached: ")
    assert said.err.count("\n") == 1
