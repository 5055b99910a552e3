"""The reference pages of commands, settings and API, written from the code.

`gemba reference docs/reference` writes them; a test fails when they are not current.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from api.settings import Settings

_NOTE = "<!-- Written by `gemba reference`; edit the code instead. -->\n"


def write_reference(folder: Path) -> list[Path]:
    """Write every page into `folder`; returns those that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in reference_pages().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def outdated_pages(folder: Path) -> list[str]:
    """The names of the pages in `folder` that do not say what the code says."""
    return [
        name
        for name, text in reference_pages().items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text
    ]


def reference_pages() -> dict[str, str]:
    """Every page by its file name."""
    makers: dict[str, Callable[[], Iterator[str]]] = {
        "cli.md": _commands_page,
        "settings.md": _settings_page,
        "api.md": _api_page,
    }
    return {name: _NOTE + "\n".join(make()).rstrip() + "\n" for name, make in makers.items()}


# -- commands ------------------------------------------------------------------------------------


def _commands_page() -> Iterator[str]:
    yield "# Commands\n"
    yield (
        "Answers go to standard output, everything else to standard error. Exit codes: 0 done; "
        "1 done in part, not found, in conflict, or a check that failed; 2 the command or its "
        "input is wrong; 3 the store cannot be reached; 70 a fault of Gemba; 130 interrupted.\n"
    )
    for path, command in walk_commands():
        yield from _command(path, command)


def walk_commands() -> Iterator[tuple[str, Any]]:
    """Every command with its path, such as `gemba documents list`, groups before their commands."""
    from typer.main import get_command

    from api.cli.groups import build_app

    yield from _walk("gemba", get_command(build_app()))


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    if command.hidden:
        return
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from _walk(f"{path} {name}", child)


def split_help(text: str) -> tuple[str, str]:
    """A command's help without its example, and the example's commands."""
    said, _, example = (text or "").partition("Example:")
    lines = [line.strip() for line in example.strip().splitlines()]
    return said.strip(), "\n".join(line for line in lines if line)


def _command(path: str, command: Any) -> Iterator[str]:
    import typer

    context = typer.Context(command, info_name=path)
    said, example = split_help(command.help)
    yield f"## {path}\n"
    yield said + "\n"
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"```\n{path} {pieces}".rstrip() + "\n```\n"
    rows = []
    for param in command.params:
        record = param.get_help_record(context)
        if record is not None:
            rows.append((f"`{record[0]}`", " ".join(record[1].split())))
    if rows:
        yield _table(["Argument or option", "Meaning"], rows)
    if example:
        yield f"Example:\n\n```\n{example}\n```\n"


# -- settings ------------------------------------------------------------------------------------


def _settings_page() -> Iterator[str]:
    yield "# Settings\n"
    yield (
        "Settings are environment variables. An empty one counts as not set. What is said on the "
        "command line goes first.\n"
    )
    rows = []
    for field in dataclasses.fields(Settings):
        default = field.metadata["default"]
        rows.append(
            (
                f"`{field.metadata['variable']}`",
                f"`{default}`" if default else "(empty)",
                field.metadata["doc"],
            )
        )
    yield _table(["Variable", "Default", "Meaning"], rows)


# -- API -----------------------------------------------------------------------------------------


def api_document() -> dict[str, Any]:
    """The OpenAPI document, without a store."""
    from typing import cast

    from api.http import create_app
    from api.wiring import Plant
    from kg.store import Store
    from ontology import load_schema

    app = create_app(Plant(Settings(), load_schema(), cast(Store, None)))
    return app.openapi()


def _api_page() -> Iterator[str]:
    document = api_document()
    yield "# API\n"
    yield document["info"]["description"] + "\n"
    yield (
        "The same, to try out, is at `/docs` of the running service; the OpenAPI document is at "
        "`/openapi.json`.\n"
    )
    by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            by_tag.setdefault(operation["tags"][0], []).append((path, method, operation))
    for tag in document["tags"]:
        yield f"## {tag['name'].capitalize()}\n"
        yield tag["description"] + "\n"
        for path, method, operation in by_tag.get(tag["name"], []):
            yield from _operation(path, method, operation)


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### `{method.upper()} {path}`\n"
    yield f"{operation['summary']}.\n"
    yield operation["description"] + "\n"
    rows = [
        (f"`{p['name']}`", p["in"], _type_of(p["schema"]), p.get("description", ""))
        for p in operation.get("parameters", [])
    ]
    if rows:
        yield _table(["Parameter", "In", "Type", "Meaning"], rows)
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"Takes {_type_of(content['schema'])} as `{media_type}`.\n"
    answers = []
    for status, response in sorted(operation["responses"].items()):
        contents: list[dict[str, Any]] = list(response.get("content", {}).values())
        schema = contents[0].get("schema", {}) if contents else {}
        if not status.startswith(("4", "5")) or "Problem" not in str(schema):
            answers.append(f"`{status}` {_type_of(schema)}")
    problems = [s for s, r in sorted(operation["responses"].items()) if "Problem" in str(r)]
    yield f"Answers {', '.join(answers)}.\n" + (
        f"Problems: {', '.join(problems)}.\n" if problems else ""
    )


def _type_of(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2].strip("_")
        return name.replace("Page_", "page of ").replace("_", " ")
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type_of(s) for s in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_type_of(schema.get('items', {}))}"
    return str(schema.get("type", "nothing"))


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
