"""What ``nrg doctor`` asks of Discord: has the bot what the plugins need?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import hikari

from nrg_core.gateway.rights import with_administrator
from nrg_core.hooks.health import CheckResult
from nrg_core.host.diagnosis import Finding
from nrg_core.host.needs import PORTAL_SWITCHES, Needs, intent_names, permission_names
from nrg_core.text import plural

__all__ = ["check_intents", "check_servers", "inspect"]

SHOWN: Final = 20
"""Servers that are named one by one, those that lack something first."""

ASKED: Final = 1000
"""Servers at the most that are asked for."""

REMEDY: Final = (
    "Grant it to the bot's role in Server Settings → Roles, or open the link of `nrg invite` once more."
)

_Flags = hikari.ApplicationFlags
_GRANTED: Final = {
    hikari.Intents.GUILD_PRESENCES: _Flags.VERIFIED_FOR_GUILD_PRESENCES | _Flags.GUILD_PRESENCES_INTENT,
    hikari.Intents.GUILD_MEMBERS: _Flags.VERIFIED_FOR_GUILD_MEMBERS_INTENT | _Flags.GUILD_MEMBERS_INTENT,
    hikari.Intents.MESSAGE_CONTENT: _Flags.MESSAGE_CONTENT_INTENT | _Flags.MESSAGE_CONTENT_INTENT_LIMITED,
}
"""By privileged intent, the flags of an application either of which says that it is switched on."""


async def inspect(rest: hikari.api.RESTClient, needs: Needs) -> list[Finding]:
    """Compare what is needed with what Discord says of the application and of the bot's servers.

    Raises
    ------
    hikari.HikariError
        Discord did not answer.
    """
    application = await rest.fetch_application()
    servers = await rest.fetch_my_guilds().limit(ASKED)
    # A bot asks for the intents of every plugin as it starts, whichever are enabled.
    intents = {plugin.name: plugin.intents for plugin in needs.plugins}
    return [
        Finding("privileged intents", check_intents(intents, application.flags)),
        *check_servers(servers, needs),
    ]


def check_intents(intents: Mapping[str, hikari.Intents], flags: hikari.ApplicationFlags) -> CheckResult:
    """Say which plugin needs a privileged intent that is not switched on in the developer portal."""
    granted = hikari.Intents.NONE
    for intent, saying in _GRANTED.items():
        if flags & saying:
            granted |= intent
    lacking = {
        name: lacked
        for name, asked in intents.items()
        if (lacked := asked & hikari.Intents.ALL_PRIVILEGED & ~granted)
    }
    told = [
        f"{name} needs the {' and the '.join(intent_names(lacked))}, which is not switched on"
        for name, lacked in lacking.items()
    ]
    return CheckResult(False, "\n".join(told), PORTAL_SWITCHES) if told else CheckResult(True, "all there")


def check_servers(servers: Iterable[hikari.OwnGuild], needs: Needs) -> list[Finding]:
    """Say, server by server, what the plugins that are enabled there lack."""
    servers = list(servers)
    if not servers:
        return [
            Finding("servers", CheckResult(False, "the bot is on none", "Open the link of `nrg invite`."))
        ]
    found = [Finding(f"permissions in {each.name}", _compare(each, needs)) for each in servers]
    found.sort(key=lambda finding: finding.result.ok)
    return found[:SHOWN] + _others(found[SHOWN:])


def _compare(server: hikari.OwnGuild, needs: Needs) -> CheckResult:
    allowed = with_administrator(server.my_permissions)
    lacked = {name: needed & ~allowed for name, needed in needs.on_server(server.id).items()}
    told = [f"{name} lacks {', '.join(permission_names(each))}" for name, each in lacked.items() if each]
    return CheckResult(False, "\n".join(told), REMEDY) if told else CheckResult(True, "all there")


def _others(findings: Sequence[Finding]) -> list[Finding]:
    if not findings:
        return []
    lacking = sum(not finding.result.ok for finding in findings)
    result = (
        CheckResult(False, f"something is missing in {lacking} of them", REMEDY)
        if lacking
        else CheckResult(True, "all there")
    )
    return [Finding(f"permissions in {plural(len(findings), 'other server')}", result)]
