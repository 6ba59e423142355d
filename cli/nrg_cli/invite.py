"""``nrg invite``: the link that brings the bot to a server, or grants it there what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nrg_cli.console import Config, Json, give, open_tables, say, show, told, wait_for, warn

if TYPE_CHECKING:
    from nrg_core.config import Settings
    from nrg_core.host.needs import Needs

__all__ = ["invite"]


def invite(config: Config = None, as_json: Json = False) -> None:
    """Print the link that invites the bot, and asks for what the enabled plugins need.

    Opened for a server where the bot is already, it grants what is missing there.
    """
    import hikari

    from nrg_core.config import load
    from nrg_core.host.needs import invitation, permission_names

    application_id, needs, unknown = wait_for(_ask(load(config)))
    wanted = needs.anywhere()
    permissions = hikari.Permissions.NONE
    for needed in wanted.values():
        permissions |= needed
    url = invitation(application_id, permissions)
    askers = [[name for name, needed in wanted.items() if needed & flag] for flag in permissions]
    rows = list(zip(permission_names(permissions), askers, strict=True))
    if as_json:
        give(
            {
                "url": url,
                "application_id": str(application_id),
                "permissions": str(int(permissions)),
                "wanted": [{"permission": name, "by": names} for name, names in rows],
            }
        )
        return
    say(f"{url}\n")
    show(("asks for", "wanted by"), [(name, ", ".join(names)) for name, names in rows])
    if unknown:
        warn(f"Which plugins are enabled is unknown, so it asks for what all of them need: {unknown}")


async def _ask(settings: Settings) -> tuple[int, Needs, str]:
    """Return the application's id, what is needed, and, if all plugins count as enabled, why."""
    from nrg_core.gateway.visit import visit
    from nrg_core.host.discovery import discover
    from nrg_core.host.needs import Needs, read_needs

    async with visit(settings.token(), settings.discord_api_url) as rest:
        application_id = int((await rest.fetch_application()).id)
    plugins = [loaded.plugin for loaded in discover().plugins]
    try:
        async with open_tables(settings) as database:
            return application_id, await database.read(read_needs, plugins), ""
    except Exception as error:
        line = told(error)
        if line is None:
            raise
        return application_id, Needs(plugins), line
