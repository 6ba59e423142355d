"""Settings: from `nrg.toml`, `.env` and the environment, checked once, at start.

The folder that holds `nrg.toml` is the community's home: `.env` lies there, and relative paths start
there. The environment beats `.env`, which beats `nrg.toml`. Whatever is wrong becomes one line that
names the place, the key and the remedy, and that shows no secret.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from sqlalchemy import URL

from nrg_core.errors import OperatorError
from nrg_core.sources import (
    Layer,
    build,
    env_file_layer,
    environment_layer,
    hint,
    keys,
    read_toml,
    refuse_unknown,
)
from nrg_core.urls import async_url, parse_database_url, passwords, redacted

__all__ = ["Keys", "Settings", "async_url", "load", "redacted", "secrets_of", "template"]

M = TypeVar("M", bound=BaseModel)

FILE_NAME = "nrg.toml"


def _begins_with(*beginnings: str) -> AfterValidator:
    def check(value: str | SecretStr) -> str | SecretStr:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not any(re.match(re.escape(beginning) + r"[^\s]", text) for beginning in beginnings):
            raise ValueError("must be an address that begins with " + " or ".join(beginnings))
        return value

    return AfterValidator(check)


def _database(value: SecretStr) -> SecretStr:
    parse_database_url(value.get_secret_value())
    return value


def _zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in available_timezones():
        raise ValueError(
            "must be an IANA time zone such as Europe/Berlin" + hint(value, available_timezones())
        )
    return ZoneInfo(value)


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Snowflake = Annotated[int, Field(gt=0, lt=2**63)]
WebAddress = Annotated[str, _begins_with("http://", "https://")]
LogLevel = Annotated[Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_lower)]
LogFormat = Annotated[Literal["console", "json"], BeforeValidator(_lower)]


class Keys(BaseModel):
    """Everything that can be said in `nrg.toml`, or by a variable of the same name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    discord_token: SecretStr | None = Field(
        default=None,
        description="The bot's token. Better kept in .env, as DISCORD_TOKEN.",
        examples=["the-token"],
    )
    discord_guild_id: Snowflake | None = Field(
        default=None,
        description="One server's id: commands are registered there alone, and are there at once.",
        examples=[123456789012345678],
    )
    discord_api_url: WebAddress | None = Field(
        default=None,
        description="Another REST base than Discord's own, such as a sandbox's.",
        examples=["http://127.0.0.1:8080/api/v10"],
    )
    data_folder: Path = Field(default=Path("data"), description="Where NRG keeps the files it makes.")
    database_url: Annotated[SecretStr, AfterValidator(_database)] | None = Field(
        default=None,
        description="PostgreSQL, or another SQLite file than nrg.sqlite3 in the data folder. "
        "Behind a transaction pooler add ?prepared_statement_cache_size=0.",
        examples=["postgresql://nrg@localhost/nrg"],
    )
    redis_url: Annotated[SecretStr, _begins_with("redis://", "rediss://", "unix://")] | None = Field(
        default=None,
        description="Redis, for caches and rate limits that several processes share.",
        examples=["redis://localhost:6379/0"],
    )
    portal_url: WebAddress | None = Field(
        default=None,
        description="The portal that events are sent to.",
        examples=["https://portal.example.org"],
    )
    portal_webhook_secret: SecretStr | None = Field(
        default=None,
        description="Signs what goes to the portal and what comes from it. Better kept in .env.",
        examples=["whsec_bm90IGEgc2VjcmV0LCBqdXN0IGFuIGV4YW1wbGU="],
    )
    command_rate_limit: int = Field(
        default=5, ge=1, description="How many commands a member may give in one window."
    )
    command_rate_window: int = Field(
        default=10_000, ge=1, description="How long that window is, in milliseconds."
    )
    log_level: LogLevel = Field(default="info", description="debug, info, warning, error or critical.")
    log_format: LogFormat = Field(default="console", description="console for people, json for machines.")
    sentry_dsn: Annotated[SecretStr, _begins_with("https://", "http://")] | None = Field(
        default=None, description="Where faults are reported.", examples=["https://key@sentry.example.org/1"]
    )
    enable_analytics: bool = Field(default=True, description="Count what the community achieves as a whole.")
    enable_achievements: bool = Field(default=True, description="Award achievements.")
    enable_graduation: bool = Field(default=True, description="Let members graduate.")
    announce_channel_id: Snowflake | None = Field(
        default=None, description="The channel that announcements go to.", examples=[123456789012345678]
    )
    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)] = Field(
        default=ZoneInfo("UTC"), description="The zone of members who have not set their own."
    )
    rest_days: int = Field(
        default=0, ge=0, le=6, description="Days a week that a streak survives without practice."
    )
    hook_deadline: float = Field(
        default=2.0, gt=0, le=60, description="Seconds that a plugin has for one hook."
    )
    catalogue: Path | None = Field(
        default=None,
        description="The community's own hacks, achievements and texts.",
        examples=["community.toml"],
    )
    clock_url: WebAddress | None = Field(
        default=None,
        description="A sandbox to take the time from. Not for real use.",
        examples=["http://127.0.0.1:8080"],
    )

    @field_validator("data_folder", "catalogue")
    @classmethod
    def _from_home(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        context = cast("dict[str, Path] | None", info.context)
        return value and (context or {}).get("home", Path()) / value


class Settings(Keys):
    """How one installation runs. ``load`` makes it; a test may make one directly, which reads nothing."""

    home: Path = Path()
    """The folder in which relative paths start."""
    file: Path | None = None
    """The `nrg.toml` that was read, if there is one."""
    plugins: dict[str, dict[str, Any]] = Field(default_factory=dict[str, dict[str, Any]], repr=False)
    """The tables ``[plugins.NAME]`` as they stand; ``plugin_settings`` makes sense of them."""

    @property
    def database(self) -> URL:
        """The database's address, for SQLAlchemy's asyncio engines."""
        if self.database_url is None:
            return URL.create("sqlite+aiosqlite", database=str(self.data_folder / "nrg.sqlite3"))
        return async_url(self.database_url.get_secret_value(), folder=self.home)

    def token(self) -> str:
        """Return the bot's token.

        Raises
        ------
        OperatorError
            There is none.
        """
        if self.discord_token is None:
            raise OperatorError(
                "DISCORD_TOKEN is not set.", resolution="Put it into .env, or run `nrg init`."
            )
        return self.discord_token.get_secret_value()

    def plugin_settings(self, model: type[M], name: str) -> M:
        """Fill a plugin's settings from ``[plugins.NAME]`` and from variables ``NRG_NAME__FIELD``.

        Raises
        ------
        OperatorError
            A key that the model has not, a value that it refuses, or one that is missing.
        """
        prefix = f"NRG_{name.upper().replace('-', '_')}__"
        table = self.plugins.get(name, {})
        file = self.file and Layer(self.file.name, table, read_toml(self.file)[1], f"plugins.{name}")
        layers = (
            file or Layer(FILE_NAME, table),
            env_file_layer(model, self.home / ".env", prefix),
            environment_layer(model, prefix),
        )
        start = prefix.lower()
        refuse_unknown(model, layers[0], table)
        for layer in layers[1:]:
            ours = (each.removeprefix(start) for each in sorted(layer.variables) if each.startswith(start))
            refuse_unknown(model, layer, ours)
        return build(model, layers, known={}, table=f"[plugins.{name}]")


def load(path: Path | None = None) -> Settings:
    """Read the settings.

    Parameters
    ----------
    path
        The `nrg.toml` to read; otherwise the one that NRG_CONFIG names, or the one in the working folder.
        Where there is none, the environment and `.env` are all there is.

    Raises
    ------
    OperatorError
        A named file that is not there or cannot be read, an unknown key, or a wrong value.
    """
    named = path or (Path(os.environ["NRG_CONFIG"]) if os.environ.get("NRG_CONFIG") else None)
    file = named or (Path(FILE_NAME) if Path(FILE_NAME).exists() else None)
    home = file.resolve().parent if file else Path.cwd()
    values, text = read_toml(file) if file else ({}, "")
    known: dict[str, Any] = {"home": home, "file": file, "plugins": values.pop("plugins", {})}

    layers = (
        Layer(file.name if file else FILE_NAME, values, text),
        env_file_layer(Keys, home / ".env"),
        environment_layer(Keys),
    )
    refuse_unknown(Keys, layers[0], values)
    refuse_unknown(Keys, layers[1], _slips(layers))
    return build(Settings, layers, known=known)


def secrets_of(model: BaseModel) -> frozenset[str]:
    """Return every secret that settings hold, in each form in which it could turn up in a log."""
    values = (getattr(model, name) for name in type(model).model_fields)
    texts = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    return frozenset(
        each for text in texts for each in (passwords(text) if "://" in text else {text}) if each
    )


def template(**values: object) -> str:
    """Return the text of a commented `nrg.toml`, made from the keys' own descriptions.

    Keys given in ``values`` are set; all others stand as examples in comments (``#key = value``, whereas
    ``# `` begins a sentence).
    """
    lines = [
        "# The settings of this community. Nothing here is required.",
        "# A variable of the same name in capitals, in .env or the environment, beats what stands here.",
    ]
    for key, setting in Keys.model_fields.items():
        example = setting.examples[0] if setting.examples else setting.default
        mark = "" if key in values else "#"
        lines += ["", f"# {setting.description}", f"{mark}{key} = {_toml(values.get(key, example))}"]
    lines += ["", "# A plugin's own settings stand in a table [plugins.NAME].", ""]
    return "\n".join(lines)


def _slips(layers: tuple[Layer, ...]) -> list[str]:
    """Return what looks like a misspelt key in `.env`.

    Compose and others keep variables there too, so only a near miss of a key that is set nowhere counts.
    """
    unset = [key for key in keys(Keys) if not any(key in layer.values for layer in layers)]
    strangers = sorted(layers[1].variables - set(keys(Keys)))
    return [name for name in strangers if difflib.get_close_matches(name, unset, n=1, cutoff=0.85)]


def _toml(value: object) -> str:
    plain = isinstance(value, bool | int | float)
    return json.dumps(value if plain else str(value), ensure_ascii=False)
