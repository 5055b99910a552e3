"""Reading YAML as a person means it: no surprises from types, aliases or doubled keys.

YAML 1.1 reads `NO` as false, `12:30` as 750 and `2024-01-05` as a date. Codes of a plant look
like all of these, so only plain numbers, `true`, `false` and empty values are not text here.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from kg.model.errors import BadMapping

_LONGEST = 1_000_000  # characters


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader with the few implicit types of JSON, refusing aliases and doubled keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(
                None, None, "aliases (*name) are not used in mappings; write the value out", mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a single word or text", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} stands here twice", key.start_mark
                )
            seen.add(key.value)
        # Keys stay text whatever they look like: codes such as 1 or 007 are compared as written.
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


_PlainLoader.add_constructor(
    "tag:yaml.org,2002:map",
    lambda loader, node: loader.construct_mapping(node, deep=True),  # type: ignore[arg-type]
)
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$", "-0123456789"),
):
    _PlainLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first)
    )


def read_yaml(text: str, name: str) -> Any:
    """The data in `text`. `name` is the file's, for errors. Raises BadMapping."""
    if len(text) > _LONGEST:
        raise BadMapping(f"{name} is longer than {_LONGEST:,} characters; that is no mapping.")
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        problem = error.problem or error.context or "it is not YAML"
        raise BadMapping(
            f"{name}{where}: {problem}; check the indentation, colons and quotation marks there."
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BadMapping(f"{name} is not YAML: {error}") from error


def line_of(text: str, path: tuple[str | int, ...]) -> int | None:
    """The line, from 1, at which the value at `path` stands; the nearest above where absent."""
    try:
        node = yaml.compose(text, Loader=_PlainLoader)
    except yaml.YAMLError:
        return None
    line: int | None = None
    for step in path:
        following = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(step):
                    following, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and step in range(len(node.value)):
            following = node.value[int(step)]
            line = following.start_mark.line + 1
        if following is None:
            break
        node = following
    return line
