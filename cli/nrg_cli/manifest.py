"""What a plugin says of itself, put into plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nrg_core.host.discovery import Discovered, Loaded

__all__ = ["describe"]


def describe(loaded: Loaded, discovered: Discovered, state: str) -> dict[str, Any]:
    """Return what a plugin brings and needs, ready for JSON."""
    from nrg_core.host.needs import permission_names

    plugin = loaded.plugin
    hooks = discovered.manager.get_plugin(plugin.name)
    callers = (discovered.manager.get_hookcallers(hooks) if hooks else None) or []
    return {
        "name": plugin.name,
        "summary": plugin.summary,
        "state": state,
        "commands": _commands(plugin.commands),
        "tables": sorted(plugin.tables),
        "hooks": sorted(caller.name for caller in callers),
        "metrics": sorted(metric.spec.name for metric in loaded.metrics),
        "settings": _settings(plugin.settings, plugin.name),
        "intents": [flag.name for flag in plugin.intents],
        "permissions": permission_names(plugin.permissions),
        "requires": list(plugin.requires),
        "needs core": plugin.needs_core,
    }


def _commands(commands: Any) -> list[dict[str, str]]:
    if commands is None:
        return []
    import hikari

    kinds = {
        hikari.CommandType.SLASH: "/{}",
        hikari.CommandType.USER: "{} (menu of a member)",
        hikari.CommandType.MESSAGE: "{} (menu of a message)",
    }
    return [
        {
            "command": form.format(" ".join(each.qualified_name)),
            "description": getattr(each, "description", ""),
        }
        for kind, form in kinds.items()
        for each in commands.walk_commands(kind, callable_only=True)
    ]


def _settings(model: Any, name: str) -> list[dict[str, Any]]:
    if model is None:
        return []
    return [
        {
            "key": setting.alias or key,
            "variable": f"NRG_{name}__{setting.alias or key}".upper(),
            "description": setting.description or "",
            "default": None if setting.is_required() else str(setting.get_default(call_default_factory=True)),
        }
        for key, setting in model.model_fields.items()
    ]
