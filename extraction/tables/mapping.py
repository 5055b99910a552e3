"""Mappings: reading a mapping file, and the ones that ship with Gemba."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

import extraction
from extraction.tables.headers import suggest_nearest
from extraction.tables.specification import MappingSpec
from extraction.tables.yaml_text import line_of, read_yaml
from kg.model.errors import BadMapping

_MOST_PROBLEMS = 8  # that one error names


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file that has the right form. It is checked against an ontology when used."""

    name: str
    title: str
    spec: MappingSpec
    digest: str  # SHA-256 of the file's text
    origin: str  # the file's name, for errors
    text: str

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def extractor(self) -> str:
        """What the evidence of its rows is signed with."""
        return f"table:{self.name}@{self.digest[:8]}"


def shipped_folder() -> Path:
    """Where the shipped mappings lie: `data/mappings` beside the packages."""
    return Path(extraction.__path__[0]).parent / "data" / "mappings"


def load_mapping(name_or_path: str | os.PathLike[str]) -> Mapping:
    """The mapping file at a path, or the shipped mapping of that name.

    Raises BadMapping: no such file, not YAML, an entry that is not understood. The message names
    the file, the line and what to do.
    """
    path = Path(name_or_path)
    if path.suffix.lower() not in (".yaml", ".yml") and not path.is_file():
        shipped = shipped_folder() / f"{path.name}.yaml"
        if not shipped.is_file() or path.name != str(name_or_path):
            names = [p.stem for p in sorted(shipped_folder().glob("*.yaml"))]
            raise BadMapping(
                f"There is no mapping {str(name_or_path)!r}."
                f"{suggest_nearest(path.name, names)} Name a YAML file, or one of:"
                f" {', '.join(names)}."
            )
        path = shipped
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise BadMapping(f"There is no mapping file {path}.") from None
    except UnicodeDecodeError as error:
        raise BadMapping(f"{path} is not UTF-8 text; save the mapping as UTF-8.") from error
    except OSError as error:
        raise BadMapping(f"{path} cannot be read: {error.strerror}.") from error
    return parse_mapping(text, str(path))


def parse_mapping(text: str, origin: str = "mapping") -> Mapping:
    """A mapping from its YAML text. Raises BadMapping."""
    data = read_yaml(text, origin)
    if not isinstance(data, dict):
        raise BadMapping(f"{origin} must hold entries such as mapping, title, columns and things.")
    try:
        spec = MappingSpec.model_validate(data)
    except ValidationError as error:
        raise BadMapping(_explain(error, text, origin)) from error
    digest = hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
    return Mapping(spec.mapping, spec.title, spec, digest, origin, text)


@lru_cache(maxsize=1)
def _shipped(folder: Path) -> tuple[Mapping, ...]:
    return tuple(load_mapping(path) for path in sorted(folder.glob("*.yaml")))


def shipped_mappings() -> list[Mapping]:
    """All mappings that ship with Gemba, by name."""
    return list(_shipped(shipped_folder()))


def explain_problems(
    problems: list[tuple[tuple[str | int, ...], str]], text: str, origin: str
) -> str:
    """One message from problems at paths of the YAML."""
    lines = []
    for path, sentence in problems[:_MOST_PROBLEMS]:
        line = line_of(text, path) if text else None
        where = f"{origin}, line {line}" if line else origin
        lines.append(f"{where}: {dotted(path)}: {sentence}")
    if len(problems) > _MOST_PROBLEMS:
        lines.append(f"… and {len(problems) - _MOST_PROBLEMS} more.")
    return "\n".join(lines)


def dotted(path: tuple[str | int, ...]) -> str:
    """`statements[2].say` from its parts."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _explain(error: ValidationError, text: str, origin: str) -> str:
    problems: list[tuple[tuple[str | int, ...], str]] = []
    for item in error.errors(include_url=False):
        # Pydantic adds steps for the members of unions, which are no keys of the file.
        path = tuple(
            step
            for step in item["loc"]
            if isinstance(step, int) or not (step[:1].isupper() or "[" in step or step == "str")
        )
        problems.append((path, _sentence(item["type"], item["msg"], path, item.get("input"))))
    return explain_problems(list(dict.fromkeys(problems)), text, origin)


def _sentence(kind: str, message: str, path: tuple[str | int, ...], value: object) -> str:
    if kind == "extra_forbidden":
        known = _fields_at(path[:-1])
        return f"there is no entry of this name.{suggest_nearest(str(path[-1]), known)}"
    if kind == "missing":
        return "is missing; write it."
    if kind == "literal_error":
        return f"{value!r} is not possible here; {message[0].lower()}{message[1:]}."
    message = message.removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]}."


def _fields_at(path: tuple[str | int, ...]) -> list[str]:
    from extraction.tables import specification as language

    entries: dict[str, type[language.Entry]] = {
        "source": language.SourceSpec,
        "columns": language.ColumnSpec,
        "tables": language.TableSpec,
        "things": language.ThingSpec,
        "statements": language.StatementSpec,
        "texts": language.TextSpec,
        "checks": language.CheckSpec,
    }
    entry = entries.get(str(path[0])) if path else MappingSpec
    if entry is None:
        return []
    return [field.alias or name for name, field in entry.model_fields.items()]
