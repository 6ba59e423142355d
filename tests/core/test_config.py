"""Settings: where they come from, which one wins, and what is said when one is wrong."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr, ValidationError
from sqlalchemy import URL

from nrg_core.config import Keys, Settings, load, secrets_of, template
from nrg_core.errors import OperatorError
from nrg_core.urls import async_url, connect_args, passwords, redacted


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and an environment that says nothing about us."""
    for name in os.environ:
        if name.lower() in Keys.model_fields or name.startswith("NRG_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def wrong(toml: str = "", env: str = "") -> str:
    """Return what is said about a file."""
    Path("nrg.toml").write_text(toml)
    Path(".env").write_text(env)
    with pytest.raises(OperatorError) as caught:
        load()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_any_file_everything_has_a_default(home: Path) -> None:
    settings = load()
    assert settings.database == URL.create("sqlite+aiosqlite", database=str(home / "data" / "nrg.sqlite3"))
    assert (settings.command_rate_limit, settings.command_rate_window) == (5, 10_000)
    assert (settings.log_level, settings.log_format, settings.hook_deadline) == ("info", "console", 2.0)
    assert settings.timezone == ZoneInfo("UTC")
    assert settings.enable_graduation
    assert settings.file is None


def test_the_environment_beats_dotenv_beats_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("nrg.toml").write_text(
        "rest_days = 1\ncommand_rate_limit = 1\ncommand_rate_window = 1\nlog_level = 'DEBUG'"
    )
    Path(".env").write_text("COMMAND_RATE_LIMIT=2\nCOMMAND_RATE_WINDOW=2\nLOG_LEVEL=\n")
    monkeypatch.setenv("COMMAND_RATE_WINDOW", "3")
    monkeypatch.setenv("REST_DAYS", "")
    settings = load()
    assert (settings.rest_days, settings.command_rate_limit, settings.command_rate_window) == (1, 2, 3)
    assert settings.log_level == "debug"


def test_variables_of_others_are_not_ours(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    for name in ("HOME", "FILE", "PLUGINS"):
        monkeypatch.setenv(name, "/elsewhere")
    Path(".env").write_text("POSTGRES_PASSWORD=x\nHOME=/elsewhere\nPLUGINS=all\n")
    settings = load()
    assert (settings.home, settings.file, settings.plugins) == (home, None, {})


def test_home_is_where_the_file_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    community = tmp_path / "community"
    community.mkdir()
    file = community / "own.toml"
    file.write_text('database_url = "sqlite:///own.sqlite3"\ncatalogue = "c.toml"\ndata_folder = "/srv/data"')
    (community / ".env").write_text("DISCORD_TOKEN=abc")
    monkeypatch.setenv("NRG_CONFIG", str(file))
    for settings in (load(), load(file)):
        assert settings.home == community
        assert settings.database.database == str(community / "own.sqlite3")
        assert settings.catalogue == community / "c.toml"
        assert settings.data_folder == Path("/srv/data")
        assert settings.token() == "abc"
    assert load(file).file == file


def test_a_named_file_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OperatorError, match=r"^missing\.toml does not exist\. `nrg init` makes one\.$"):
        load(Path("missing.toml"))
    monkeypatch.setenv("NRG_CONFIG", "other.toml")
    with pytest.raises(OperatorError, match=r"^other\.toml does not exist"):
        load()


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('\ndatabse_url = "x"', "nrg.toml:2: unknown key “databse_url”; did you mean “database_url”?"),
        ('DISCORD_TOKEN = "x"', "nrg.toml:1: unknown key “DISCORD_TOKEN”; did you mean “discord_token”?"),
        ("xyzzy = 1", "nrg.toml:1: unknown key “xyzzy”."),
        ("home = '/'", "nrg.toml:1: unknown key “home”."),
        ("[logging]\nlevel = 1", "nrg.toml:1: unknown key “logging”."),
        ('log_format = "xml"', "nrg.toml:1: log_format must be 'console' or 'json', not “xml”."),
        ("# rest_days = 1\nrest_days = 7", "nrg.toml:2: rest_days must be less than or equal to 6, not “7”."),
        (
            "command_rate_limit = 0",
            "nrg.toml:1: command_rate_limit must be greater than or equal to 1, not “0”.",
        ),
        (
            'command_rate_window = "ten"',
            "nrg.toml:1: command_rate_window must be a valid integer, not “ten”.",
        ),
        ("hook_deadline = 0", "nrg.toml:1: hook_deadline must be greater than 0, not “0”."),
        ("announce_channel_id = -1", "nrg.toml:1: announce_channel_id must be greater than 0, not “-1”."),
        (
            'enable_analytics = "perhaps"',
            "nrg.toml:1: enable_analytics must be a valid boolean, not “perhaps”.",
        ),
        (
            'portal_url = "portal"',
            "nrg.toml:1: portal_url must be an address that begins with http:// or https://, no",
        ),
        (
            'timezone = "Europe/Berln"',
            "nrg.toml:1: timezone must be an IANA time zone such as Europe/Berlin; did you mean “Europe/Berl",
        ),
        (
            'portal_url = "ftp://u:pw@portal"',
            "nrg.toml:1: portal_url must be an address that begins with http:// or https://, not “ftp://u:***@portal”.",
        ),
        ("plugins = 3", "nrg.toml:1: plugins must be a valid dictionary, not “3”."),
        (
            "rest_days = 7\nhook_deadline = 0",
            "nrg.toml:1: rest_days must be less than or equal to 6, not “7”. (1 more",
        ),
        ("rest_days = ", "nrg.toml is not valid TOML: Invalid value (at end of document)."),
    ],
)
def test_a_wrong_file_is_one_clear_line(toml: str, said: str) -> None:
    assert wrong(toml).startswith(said)


def test_a_wrong_variable_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        wrong(env="A=1\nexport LOG_FORMAT=xml")
        == ".env:2: LOG_FORMAT must be 'console' or 'json', not “xml”."
    )
    monkeypatch.setenv("LOG_FORMAT", "yaml")
    said = wrong('log_format = "json"', "LOG_FORMAT=xml")
    assert said == "environment: LOG_FORMAT must be 'console' or 'json', not “yaml”."


def test_a_slip_in_dotenv_is_found_where_the_key_is_missing() -> None:
    assert wrong(env="DISCORD_TOKN=x") == ".env:1: unknown key “DISCORD_TOKN”; did you mean “DISCORD_TOKEN”?"
    Path(".env").write_text("DISCORD_TOKEN=x\nDISCORD_TOKEN_2=y\n")
    assert load().token() == "x"


def test_a_byte_order_mark_does_no_harm() -> None:
    Path("nrg.toml").write_bytes(b"\xef\xbb\xbfrest_days = 2\n")
    assert load().rest_days == 2


def test_files_that_are_no_text() -> None:
    Path("nrg.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(OperatorError, match=r"nrg\.toml is not a UTF-8"):
        load()
    Path("nrg.toml").unlink()
    Path(".env").write_bytes(b"\xff\xfe")
    with pytest.raises(OperatorError, match=r"\.env cannot be read as a UTF-8"):
        load()
    with pytest.raises(OperatorError, match="cannot be read: Is a directory"):
        load(Path())


SECRET = "correct-horse-battery"
SECRETS = f"""
discord_token = "{SECRET}"
database_url = "postgresql://nrg:{SECRET}@db/nrg"
redis_url = "redis://:{SECRET}@redis/0"
portal_webhook_secret = "{SECRET}"
sentry_dsn = "https://{SECRET}@sentry.example.org/1"
"""


def test_secrets_are_never_shown() -> None:
    Path("nrg.toml").write_text(SECRETS)
    settings = load()
    shown = (
        f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()} {settings.database!r}"
    )
    assert SECRET not in shown
    assert settings.token() == SECRET
    assert settings.database.password == SECRET
    assert secrets_of(settings) == {SECRET}


@pytest.mark.parametrize("key", re.findall(r"^\w+", SECRETS, re.MULTILINE))
@pytest.mark.parametrize(
    "value", [f"mysql://u:{SECRET}@h/x", f"://{SECRET}", f"postgresql://u:{SECRET}@h:port/x"]
)
def test_a_wrong_secret_is_not_shown(key: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Something else is wrong too, so that each key fails one way or another.
    for toml, env in ((f'{key} = "{value}"', ""), ("", f"{key.upper()}={value}")):
        assert SECRET not in wrong(f"{toml}\nrest_days = 9", env)
    assert SECRET not in wrong(f"{key} = ['{value}']")


def test_direct_settings_read_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REST_DAYS", "3")
    Path("nrg.toml").write_text("rest_days = 4")
    assert Settings().rest_days == 0
    with pytest.raises(ValidationError):
        Settings().rest_days = 2  # pyright: ignore[reportAttributeAccessIssue]


def test_no_token_says_what_to_do() -> None:
    with pytest.raises(OperatorError, match=r"DISCORD_TOKEN is not set\. Put it into \.env"):
        load().token()


class BuddySettings(BaseModel):
    waiting_days: int = Field(default=7, ge=1)
    zones: list[str] = []
    api_key: SecretStr | None = None


class StrictSettings(BaseModel):
    channel: int


def test_plugin_settings_join_table_and_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("nrg.toml").write_text(
        "[plugins.buddy]\nwaiting_days = 3\nzones = ['UTC']\n[plugins.other]\nanything = 1"
    )
    Path(".env").write_text('NRG_BUDDY__ZONES=["Asia/Tokyo"]\n')
    monkeypatch.setenv("NRG_BUDDY__API_KEY", SECRET)
    found = load().plugin_settings(BuddySettings, "buddy")
    assert found == BuddySettings(waiting_days=3, zones=["Asia/Tokyo"], api_key=SecretStr(SECRET))
    assert secrets_of(found) == {SECRET}
    assert load().plugin_settings(BuddySettings, "absent") == BuddySettings()
    monkeypatch.setenv("NRG_TWO_WORDS__WAITING_DAYS", "4")
    assert load().plugin_settings(BuddySettings, "two-words").waiting_days == 4


@pytest.mark.parametrize(
    ("toml", "env", "said"),
    [
        ("waiting_day = 3", "", "nrg.toml:4: unknown key “waiting_day”; did you mean “waiting_days”?"),
        ("waiting_days = 0", "", "nrg.toml:4: waiting_days must be greater than or equal to 1, not “0”."),
        ("zones = [1]", "", "nrg.toml:4: zones.0 must be a valid string."),
        ("", "0", "environment: NRG_BUDDY__WAITING_DAYS must be greater than or equal to 1, not “0”."),
    ],
)
def test_wrong_plugin_settings_are_one_clear_line(
    toml: str, env: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("nrg.toml").write_text(f"[plugins.other]\nwaiting_days = 9\n[plugins.buddy]\n{toml}\n")
    monkeypatch.setenv("NRG_BUDDY__WAITING_DAYS", env)
    with pytest.raises(OperatorError) as caught:
        load().plugin_settings(BuddySettings, "buddy")
    assert str(caught.value) == said


def test_wrong_plugin_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NRG_BUDDY__ZONES", "[oops")
    with pytest.raises(OperatorError, match=r"^environment: NRG_BUDDY__ZONES must be written as JSON\.$"):
        load().plugin_settings(BuddySettings, "buddy")
    monkeypatch.delenv("NRG_BUDDY__ZONES")
    monkeypatch.setenv("NRG_BUDDY__ZONE", "x")
    meant = r"environment: unknown key “NRG_BUDDY__ZONE”; did you mean “NRG_BUDDY__ZONES”\?"
    with pytest.raises(OperatorError, match=meant):
        load().plugin_settings(BuddySettings, "buddy")
    with pytest.raises(OperatorError, match=r"^nrg\.toml: “channel” is missing in \[plugins\.strict\]\.$"):
        load().plugin_settings(StrictSettings, "strict")


def test_the_template_parses_with_every_line_uncommented() -> None:
    text = template()
    assert tomllib.loads(text) == {}
    uncommented = re.sub(r"^#(?! )", "", text, flags=re.MULTILINE)
    assert set(tomllib.loads(uncommented)) == set(Keys.model_fields)
    Path("nrg.toml").write_text(uncommented)
    settings = load()
    assert settings.discord_guild_id == 123456789012345678
    assert settings.database.drivername == "postgresql+asyncpg"
    for setting in Keys.model_fields.values():
        assert setting.description
        assert f"# {setting.description}\n" in text


def test_the_template_can_be_filled_in() -> None:
    text = template(
        discord_guild_id=42, enable_analytics=False, catalogue=Path('a "b" ü\\.toml'), timezone="Asia/Tokyo"
    )
    Path("nrg.toml").write_text(text)
    settings = load()
    assert (settings.discord_guild_id, settings.enable_analytics) == (42, False)
    assert settings.catalogue == settings.home / 'a "b" ü\\.toml'
    assert settings.timezone == ZoneInfo("Asia/Tokyo")
    assert "\n#rest_days = 0\n" in text


@pytest.mark.parametrize(
    ("given", "driver", "rest"),
    [
        ("postgresql://u@h/db", "postgresql+asyncpg", "u@h/db"),
        ("postgres://u@h/db", "postgresql+asyncpg", "u@h/db"),
        ("postgresql+asyncpg://u@h/db?sslmode=require", "postgresql+asyncpg", "u@h/db?ssl=require"),
        ("postgresql:///db?host=/run/pg", "postgresql+asyncpg", "/db?host=%2Frun%2Fpg"),
        (
            "postgres://h/db?prepared_statement_cache_size=0",
            "postgresql+asyncpg",
            "h/db?prepared_statement_cache_size=0",
        ),
        ("sqlite:////srv/x.sqlite3", "sqlite+aiosqlite", "//srv/x.sqlite3"),
        ("sqlite+aiosqlite:///x.sqlite3", "sqlite+aiosqlite", "//home/x.sqlite3"),
        ("sqlite:///:memory:", "sqlite+aiosqlite", "/%3Amemory%3A"),
        ("sqlite://", "sqlite+aiosqlite", ""),
    ],
)
def test_database_addresses_are_normalised(given: str, driver: str, rest: str) -> None:
    url = async_url(given, folder=Path("/home"))
    assert str(url.render_as_string(hide_password=False)) == f"{driver}://{rest}"
    assert async_url(url, folder=Path("/home")) == url


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("mysql://u:pw@h/db", "must begin with sqlite:// or postgresql://; “mysql” is not"),
        ("postgresql+psycopg://h/db", "“postgresql+psycopg” is not"),
        ("nonsense", "must look like"),
        ("postgresql://h:port/db", "must look like"),
        ("sqlite://x.sqlite3", "needs three slashes"),
        (
            "postgresql://h/db?channel_binding=require",
            "an option that cannot be used here, “channel_binding”",
        ),
        ("postgresql://h/db?prepared_statement_cache_size=no", "must have a whole number"),
    ],
)
def test_other_addresses_are_refused(given: str, said: str) -> None:
    with pytest.raises(OperatorError, match=rf"^The database address .*{re.escape(said)}"):
        async_url(given)


def test_behind_a_pooler_no_statement_has_a_name_twice() -> None:
    assert connect_args(async_url("postgresql://h/db")) == {}
    arguments = connect_args(async_url("postgresql://h/db?prepared_statement_cache_size=0"))
    assert arguments["statement_cache_size"] == 0
    assert arguments["prepared_statement_name_func"]() != arguments["prepared_statement_name_func"]()


words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)


@given(user=words, password=st.text(min_size=1), host=words)
@example(user="u", password="p@ss:w/rd?#%", host="h")
def test_no_password_survives_redaction(user: str, password: str, host: str) -> None:
    marked = f"<{password}>"
    url = URL.create("postgresql", user, marked, host, database="nrg")
    for text in (url, f"postgresql://{user}:{marked}@{host}/nrg"):
        assert redacted(text) == f"postgresql://{user}:***@{host}/nrg"
        assert marked in passwords(text)


@pytest.mark.parametrize(
    ("url", "shown", "hidden"),
    [
        ("redis://:pw@h/0", "redis://:***@h/0", {"pw"}),
        ("https://key@sentry.io/1", "https://***@sentry.io/1", {"key"}),
        ("postgresql://u@h/db", "postgresql://u@h/db", set[str]()),
        ("redis://h?password=p%40w&db=1", "redis://h?password=***&db=1", {"p%40w", "p@w"}),
        ("sqlite:///data/x.sqlite3", "sqlite:///data/x.sqlite3", set[str]()),
        ("no address", "no address", set[str]()),
    ],
)
def test_addresses_are_shown_without_their_secrets(url: str, shown: str, hidden: set[str]) -> None:
    assert redacted(url) == shown
    assert passwords(url) == hidden
