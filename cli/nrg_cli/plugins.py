"""``nrg plugins``: what is installed, and what is switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from nrg_cli.console import Config, Json, fail, give, open_tables, say, show, wait_for, warn

if TYPE_CHECKING:
    from nrg_core.config import Settings
    from nrg_core.host.enablement import Enablement

__all__ = ["app"]

app = typer.Typer(help="What is installed, and what is switched on.", no_args_is_help=True)

Names = Annotated[list[str], typer.Argument(metavar="NAME…", help="The plugins, by name.")]
Guild = Annotated[int | None, typer.Option(min=1, help="In this server only, by its id.")]
Name = Annotated[str, typer.Argument(help="The plugin's name.")]


@app.command("list")
def list_plugins(config: Config = None, as_json: Json = False) -> None:
    """List the installed plugins, running none of their code."""
    from nrg_cli.finding import fault_of
    from nrg_core.config import load
    from nrg_core.host.installed import installed

    enablement, unknown = wait_for(_read(load(config)))
    found = installed()
    rows: list[dict[str, Any]] = [
        {
            "name": one.name,
            "version": one.version,
            **_switched(enablement, one.name),
            "summary": one.summary,
            "distribution": one.distribution,
            "problem": fault_of(one, found),
        }
        for one in found
    ]
    if as_json:
        give(rows)
        return
    show(
        ("name", "version", "state", "summary"),
        (
            (
                row["name"],
                row["version"],
                _state(row),
                f"✗ {row['problem']}" if row["problem"] else row["summary"],
            )
            for row in rows
        ),
        empty="No plugin is installed.",
    )
    if unknown:
        warn(f"Which are enabled is unknown: {unknown}")


@app.command()
def info(name: Name, config: Config = None, as_json: Json = False) -> None:
    """Show whether a plugin is on, what it brings (commands, tables, hooks, settings), and what it needs."""
    from nrg_cli.finding import find_loaded
    from nrg_cli.manifest import describe
    from nrg_core.config import load

    loaded, discovered = find_loaded(name)
    enablement, unknown = wait_for(_read(load(config)))
    told = describe(loaded, discovered, _state(_switched(enablement, name)))
    if as_json:
        give(told)
        return
    margin = "\n" + " " * 13
    for key, value in told.items():
        lines = (
            [_line(each) for each in cast("list[Any]", value)] if isinstance(value, list) else [str(value)]
        )
        say(f"{key + ':':<13}{margin.join(lines) or '–'}")
    if unknown:
        warn(f"Whether it is enabled is unknown: {unknown}")


@app.command()
def enable(names: Names, guild: Guild = None, config: Config = None) -> None:
    """Switch plugins on, everywhere or in one server. A running bot follows within seconds.

    Ends with 1, saying why, if one of them does nothing all the same.
    """
    _switch(names, guild, config, on=True)


@app.command()
def disable(names: Names, guild: Guild = None, config: Config = None) -> None:
    """Switch plugins off, everywhere or in one server. Their data stays. A running bot follows."""
    _switch(names, guild, config, on=False)


def _switch(names: list[str], guild: int | None, config: Config, *, on: bool) -> None:
    from nrg_cli.finding import idle_reasons, require_known
    from nrg_core.config import load
    from nrg_core.host.installed import installed

    require_known(names, installed())
    if guild is not None and guild >= 2**63:
        fail("That is no server's id.", code=2)
    enablement = wait_for(_write(load(config), names, guild, on=on))
    where = f" in server {guild}" if guild else ""
    said = f"{', '.join(names)}: {'enabled' if on else 'disabled'}{where}."
    say(f"{said} A running bot follows within seconds.")
    if on and (idle := idle_reasons(names, enablement)):
        for reason in idle:
            warn(reason)
        raise typer.Exit(1)


async def _write(settings: Settings, names: list[str], guild: int | None, *, on: bool) -> Enablement:
    """Switch plugins, and return what is enabled then."""
    from nrg_core.clock import SystemClock
    from nrg_core.host.enablement import read_enablement, set_enabled

    now = SystemClock().now()
    async with open_tables(settings) as database, database.unit_of_work() as uow:
        await uow.run(set_enabled, names, on, now, guild)
        return await uow.run(read_enablement)


async def _read(settings: Settings) -> tuple[Enablement | None, str]:
    """Return what is enabled, or why that cannot be told."""
    from nrg_cli.console import told
    from nrg_core.host.enablement import read_enablement

    try:
        async with open_tables(settings) as database, database.reading() as uow:
            return await uow.run(read_enablement), ""
    except Exception as error:
        line = told(error)
        if line is None:
            raise
        return None, line


def _switched(enablement: Enablement | None, name: str) -> dict[str, Any]:
    """Return whether a plugin is on, and in which servers that was said apart."""
    guilds = sorted(enablement.guilds) if enablement else []
    return {
        "enabled": enablement.is_enabled(name) if enablement else None,
        "servers": {str(guild): on for guild, plugin, on in guilds if plugin == name},
    }


def _state(row: dict[str, Any]) -> str:
    if row["enabled"] is None:
        return "unknown"
    others = sum(on != row["enabled"] for on in row["servers"].values())
    state = "enabled" if row["enabled"] else "disabled"
    opposite = "off" if row["enabled"] else "on"
    return f"{state} ({opposite} in {others} server{'s' * (others != 1)})" if others else state


def _line(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    first, *rest = cast("dict[str, Any]", value).values()
    return "  ".join([str(first), *(str(each) for each in rest if each not in (None, ""))])
