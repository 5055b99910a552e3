"""Every setting of Gemba, and the only place that reads the environment.

Each field of `Settings` names its variable, its default and what it is for; the reference page
`docs/reference/settings.md` is written from them.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kg.model.errors import BadInput

_SERVER_MARK = "://"
LANGUAGES = ("en", "zh")
LOG_LEVELS = ("debug", "info", "warning", "error")


class BadSetting(BadInput):
    """A setting has a value that cannot be used. The message names its variable."""


def _text(value: str) -> str:
    return value


def _store(value: str) -> str:
    return value if _SERVER_MARK in value else str(Path(value).expanduser())


def _paths(value: str) -> tuple[Path, ...]:
    return tuple(Path(part).expanduser() for part in value.split(os.pathsep) if part.strip())


def _path(value: str) -> Path | None:
    return Path(value).expanduser() if value.strip() else None


def _names(*allowed: str) -> Callable[[str], tuple[str, ...]]:
    def parse(value: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(n for part in value.split(",") if (n := part.strip())))
        if not names or any(name not in allowed for name in names):
            raise ValueError(f"choose of {', '.join(allowed)}")
        return names

    return parse


def _cache(value: str) -> Path | None:
    if value.strip().casefold() == "off":
        return None
    try:
        return Path(value).expanduser()
    except RuntimeError:  # this account has no home
        return None


def _switch(value: str) -> bool:
    match value.strip().casefold():
        case "on" | "yes" | "true" | "1":
            return True
        case "off" | "no" | "false" | "0":
            return False
    raise ValueError("say on or off")


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):
        raise ValueError(
            "name a zone of the IANA list, such as Europe/Berlin or Asia/Shanghai"
        ) from None
    return value


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.casefold() not in allowed:
            raise ValueError(f"choose one of {', '.join(allowed)}")
        return value.casefold()

    return parse


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise ValueError(f"give a whole number from {low} to {high}")
        return number

    return parse


def _setting(
    variable: str, default: str, parse: Callable[[str], Any], doc: str, *, secret: bool = False
) -> Any:
    return dataclasses.field(
        default_factory=lambda: parse(default),
        repr=not secret,
        metadata={"variable": variable, "default": default, "parse": parse, "doc": doc},
    )


def child_environment(python_path: str) -> dict[str, str]:
    """The environment for a process of our own that shall find the same packages."""
    return os.environ | {"PYTHONPATH": python_path}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a plant may choose. Build it with `Settings.from_environment`."""

    store: str = _setting(
        "GEMBA_STORE",
        "gemba.db",
        _store,
        "The store: a file for the embedded one, or the address of a Neo4j server such as "
        "`neo4j://localhost:7687`.",
    )
    neo4j_user: str = _setting("GEMBA_NEO4J_USER", "neo4j", _text, "User of the Neo4j server.")
    neo4j_password: str = _setting(
        "GEMBA_NEO4J_PASSWORD",
        "",
        _text,
        "Password of the Neo4j server. `GEMBA_NEO4J_PASSWORD_FILE` names a file to read it from "
        "instead.",
        secret=True,
    )
    neo4j_database: str = _setting(
        "GEMBA_NEO4J_DATABASE", "neo4j", _text, "Database on the Neo4j server."
    )
    ontology: tuple[Path, ...] = _setting(
        "GEMBA_ONTOLOGY",
        "",
        _paths,
        "Turtle files or folders with terms of your own, added to those that ship with Gemba; "
        f"separated by `{os.pathsep}`.",
    )
    mappings: tuple[Path, ...] = _setting(
        "GEMBA_MAPPINGS",
        "",
        _paths,
        "Folders with table mappings of your own, looked at before those that ship with Gemba; "
        f"separated by `{os.pathsep}`.",
    )
    aliases: tuple[Path, ...] = _setting(
        "GEMBA_ALIASES",
        "",
        _paths,
        "Alias tables of your own (CSV with the columns abbrev, expansion, language), read after "
        f"the shipped one; separated by `{os.pathsep}`. `gemba aliases add` writes to the first.",
    )
    extractors: tuple[str, ...] = _setting(
        "GEMBA_EXTRACTORS",
        "pipeline",
        _names("pipeline", "lexicon", "llm"),
        "What reads free text: `pipeline` (lexicon, rules and trained models), `lexicon` (without "
        "configuration and models), `llm` (a language model's suggestions); several are separated "
        "by commas.",
    )
    pipeline: Path | None = _setting(  # noqa: RUF009  # makes a field, not a default
        "GEMBA_PIPELINE",
        "",
        _path,
        "Configuration of the pipeline that reads free text, a copy of `data/pipeline/gemba.cfg` "
        "with changes of your own. Empty: the shipped one.",
    )
    model: Path | None = _setting(  # noqa: RUF009  # makes a field, not a default
        "GEMBA_MODEL",
        "",
        _path,
        "Folder of a trained model that reads free text together with the lexicon; `gemba train` "
        "writes one.",
    )
    cluster: str = _setting(
        "GEMBA_CLUSTER",
        "",
        _text,
        "Address of a Dask scheduler that shares out the reading of many documents, such as "
        "`tcp://10.0.0.5:8786`; `local` starts one on this machine. Empty: processes of this "
        "machine.",
    )
    llm_address: str = _setting(
        "GEMBA_LLM_ADDRESS",
        "http://127.0.0.1:11434/v1",
        _text,
        "Address of the OpenAI-compatible server that the extractor `llm` asks.",
    )
    llm_model: str = _setting(
        "GEMBA_LLM_MODEL", "", _text, "Name of the model on that server. Needed for `llm`."
    )
    llm_key: str = _setting(
        "GEMBA_LLM_KEY", "", _text, "Key that the server asks for; empty for none.", secret=True
    )
    llm_tokens: int = _setting(
        "GEMBA_LLM_TOKENS",
        "1000000",
        _whole(0, 1_000_000_000),
        "How many tokens `llm` may use in one run of Gemba; what is over is not asked.",
    )
    llm_requests: int = _setting(
        "GEMBA_LLM_REQUESTS",
        "10000",
        _whole(0, 100_000_000),
        "How many requests `llm` may make in one run of Gemba.",
    )
    cache: Path | None = _setting(  # noqa: RUF009  # makes a field, not a default
        "GEMBA_CACHE",
        "~/.cache/gemba",
        _cache,
        "Folder in which compiled copies of the ontology are kept, or `off`.",
    )
    timezone: str = _setting(
        "GEMBA_TIMEZONE",
        "UTC",
        _zone,
        "Time zone of dates in files that do not state one.",
    )
    language: str = _setting(
        "GEMBA_LANGUAGE",
        "en",
        _one_of(*LANGUAGES),
        "Language of answers that people read: `en` or `zh`.",
    )
    user: str = _setting(
        "GEMBA_USER",
        "",
        _text,
        "Name under which commands are written to the audit log. Empty: the account's name.",
    )
    auth: bool = _setting(
        "GEMBA_AUTH",
        "on",
        _switch,
        "Whether the service asks for a token. `off` is accepted on a loopback address only.",
    )
    host: str = _setting("GEMBA_HOST", "127.0.0.1", _text, "Address on which the service listens.")
    port: int = _setting("GEMBA_PORT", "8000", _whole(0, 65535), "Port of the service.")
    upload_megabytes: int = _setting(
        "GEMBA_UPLOAD_MEGABYTES",
        "64",
        _whole(1, 4096),
        "Largest request that the service accepts, in megabytes.",
    )
    auth_failures: int = _setting(
        "GEMBA_AUTH_FAILURES",
        "20",
        _whole(1, 10_000),
        "Failed sign-ins that one address may make in a minute; then it has to wait.",
    )
    log_level: str = _setting(
        "GEMBA_LOG_LEVEL",
        "info",
        _one_of(*LOG_LEVELS),
        "How much the service logs: `debug`, `info`, `warning` or `error`.",
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings from the environment's variables; an empty one counts as not set.

        Raises BadSetting naming the variable.
        """
        given = dict(os.environ if environment is None else environment)
        password_file = given.get("GEMBA_NEO4J_PASSWORD_FILE")
        if password_file:
            try:
                text = Path(password_file).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise BadSetting(
                    f"GEMBA_NEO4J_PASSWORD_FILE names {password_file}, which cannot be read "
                    f"({_reason(error)})."
                ) from error
            given["GEMBA_NEO4J_PASSWORD"] = text.strip()
        values: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            value = given.get(field.metadata["variable"])
            if value:
                values[field.name] = _parsed(field, value)
        return cls(**values)

    def replaced(self, **changes: Any) -> Settings:
        """The same settings with some given on the command line; None leaves one as it is.

        Texts are parsed as their variables would be. Raises BadSetting.
        """
        fields = {field.name: field for field in dataclasses.fields(self)}
        return dataclasses.replace(
            self,
            **{
                name: _parsed(fields[name], value) if isinstance(value, str) else value
                for name, value in changes.items()
                if value is not None
            },
        )

    @property
    def is_server(self) -> bool:
        """Whether the store is a server's, not a file."""
        return _SERVER_MARK in self.store

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of dates without one."""
        return ZoneInfo(self.timezone)

    @property
    def actor(self) -> str:
        """Who acts on the command line: the name that goes to the audit log."""
        if self.user:
            return self.user
        import getpass

        try:
            return getpass.getuser()
        except (OSError, KeyError):
            return "local"


def _parsed(field: dataclasses.Field[Any], value: str) -> Any:
    try:
        return field.metadata["parse"](value)
    except ValueError as error:
        raise BadSetting(f"{field.metadata['variable']} is {value!r}: {error}.") from error


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
