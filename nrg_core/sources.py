"""Where settings come from: layers of files and variables, joined, checked, and named when they are wrong.

Works for any pydantic model: the core's settings and each plugin's own.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsError

from nrg_core.errors import OperatorError
from nrg_core.urls import redacted

__all__ = [
    "Layer",
    "build",
    "env_file_layer",
    "environment_layer",
    "hint",
    "keys",
    "read_toml",
    "refuse_unknown",
]

M = TypeVar("M", bound=BaseModel)

ENVIRONMENT = "environment"


@dataclass(frozen=True)
class Layer:
    """One place that settings come from, and the words that point at a key in it."""

    name: str
    values: dict[str, Any]
    text: str = ""
    """The file's text, in which lines are counted."""
    section: str = ""
    """The TOML table in which the keys stand."""
    prefix: str | None = None
    """What variables begin with (they are written in capitals); ``None`` for a TOML file."""
    variables: frozenset[str] = field(default_factory=frozenset[str])
    """Every variable that this layer holds, in small letters, whether the model knows it or not."""

    def spelled(self, key: str) -> str:
        """Return a key as it is written in this layer."""
        return key if self.prefix is None else f"{self.prefix}{key}".upper()

    def place(self, key: str) -> str:
        """Return where a key stands: the layer's name, and the line if it can be found."""
        written = re.compile(rf"(export\s+)?[\"']?{re.escape(self.spelled(key))}[\"']?\s*=", re.IGNORECASE)
        section, line = "", ""
        for number, content in enumerate(self.text.splitlines(), 1):
            if self.prefix is None and (header := re.match(r"\s*\[+\s*([^\[\]]+?)\s*\]", content)):
                section = header[1]
                line = f":{number}" if section == ".".join(filter(None, (self.section, key))) else line
            elif section == self.section and written.match(content.strip()):
                line = f":{number}"
        return f"{self.name}{line}"


def read_toml(file: Path) -> tuple[dict[str, Any], str]:
    """Return what a TOML file says, and its text.

    Raises
    ------
    OperatorError
        It is not there, cannot be read, or is no TOML.
    """
    try:
        text = file.read_text("utf-8-sig")
        return tomllib.loads(text), text
    except FileNotFoundError:
        raise OperatorError(f"{file} does not exist.", resolution="`nrg init` makes one.") from None
    except OSError as error:
        raise OperatorError(f"{file} cannot be read: {error.strerror}.") from None
    except tomllib.TOMLDecodeError as error:
        raise OperatorError(f"{file.name} is not valid TOML: {error}.") from None
    except UnicodeDecodeError:
        raise OperatorError(f"{file.name} is not a UTF-8 text file.") from None


def env_file_layer(model: type[BaseModel], file: Path, prefix: str = "") -> Layer:
    """Read from a `.env` file what it says about a model; an empty variable says nothing."""
    if not file.is_file():
        return Layer(file.name, {}, prefix=prefix)
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise OperatorError(f"{file} cannot be read as a UTF-8 text file.") from None
    source = DotEnvSettingsSource(
        _settings(model), file, env_prefix=prefix, env_ignore_empty=True, dotenv_filtering="only_existing"
    )
    return _variables(source, file.name, text, prefix)


def environment_layer(model: type[BaseModel], prefix: str = "") -> Layer:
    """Read from the environment what it says about a model; an empty variable says nothing."""
    source = EnvSettingsSource(_settings(model), env_prefix=prefix, env_ignore_empty=True)
    return _variables(source, ENVIRONMENT, "", prefix)


def build(model: type[M], layers: Sequence[Layer], *, known: dict[str, Any], table: str = "") -> M:
    """Join the layers, later ones winning, and check the whole.

    Parameters
    ----------
    known
        Values that come from no layer. They are also the validators' context.
    table
        Where a key that is missing belongs, for the message.

    Raises
    ------
    OperatorError
        Something is wrong: the first thing is named, the others are counted.
    """
    values = {key: value for layer in layers for key, value in layer.values.items()}
    try:
        return model.model_validate(values | known, context=known)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    # Raised outside the handler: the library's error holds the values, secrets among them.
    more = f" ({len(problems) - 1} more after this one.)" if len(problems) > 1 else ""
    raise OperatorError(_sentence(model, problems[0], layers, table) + more)


def refuse_unknown(model: type[BaseModel], layer: Layer, names: Iterable[str]) -> None:
    """Raise ``OperatorError`` for the first name that is no key of the model."""
    for name in names:
        if name not in keys(model):
            near = hint(name.lower(), keys(model), layer.spelled)
            raise OperatorError(f"{layer.place(name)}: unknown key “{layer.spelled(name)}”{near or '.'}")


def hint(word: str, known: Iterable[str], spelled: Callable[[str], str] = str) -> str:
    """Return "; did you mean …?" if something known resembles the word, else nothing."""
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean “{spelled(near[0])}”?" if near else ""


def keys(model: type[BaseModel]) -> list[str]:
    """Return the keys under which a model is filled."""
    return [setting.alias or name for name, setting in model.model_fields.items()]


def _settings(model: type[BaseModel]) -> type[BaseSettings]:
    # The library's sources read a model's fields and configuration only: any model will do.
    return cast("type[BaseSettings]", model)


def _variables(source: EnvSettingsSource, name: str, text: str, prefix: str) -> Layer:
    variables = frozenset(source.env_vars)
    try:
        return Layer(name, source(), text, "", prefix, variables)
    except SettingsError as error:
        key = re.search(r'field "(.+?)"', str(error))
    layer = Layer(name, {}, text, "", prefix, variables)
    bad = key[1] if key else ""
    raise OperatorError(f"{layer.place(bad)}: {layer.spelled(bad)} must be written as JSON.")


def _sentence(model: type[BaseModel], problem: ErrorDetails, layers: Sequence[Layer], table: str) -> str:
    path = [str(part) for part in problem["loc"]]
    if not path:
        return f"{layers[0].name}: {table} {problem['msg'].removeprefix('Value error, ')}."
    source = next((layer for layer in reversed(layers) if path[0] in layer.values), layers[0])
    key = ".".join([source.spelled(path[0]), *path[1:]])
    if problem["type"] == "missing":
        return f"{source.name}: “{key}” is missing" + (f" in {table}." if table else ".")
    said = problem["msg"].removeprefix("Value error, ").split(", unable", 1)[0]
    said = re.sub(r"^\w+ should ", "must ", said)
    given = problem["input"]
    hidden = len(path) > 1 or not isinstance(given, str | int | float) or _is_secret(model, path[0])
    end = "" if said.endswith("?") else "." if hidden else f", not “{redacted(str(given))[:60]}”."
    return f"{source.place(path[0])}: {key} {said}{end}"


def _is_secret(model: type[BaseModel], key: str) -> bool:
    def holds(kind: object) -> bool:
        return kind is SecretStr or kind is SecretBytes or any(holds(part) for part in get_args(kind))

    setting: FieldInfo | None = next(
        (each for name, each in model.model_fields.items() if key in (name, each.alias)), None
    )
    return setting is None or holds(setting.annotation)
