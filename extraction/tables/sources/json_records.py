"""JSON lines and JSON arrays as tables: nested objects become columns with dotted names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from extraction.files.limits import Limits
from extraction.files.scanning import Scan
from extraction.tables.sources.protocol import ListCell, Problem, RawRow
from kg.model.errors import UnreadableFile

_MOST_SHAPES = 20_000  # different sets of names among the records
_LINES_ENDINGS = (".jsonl", ".ndjson", ".jsonlines")
_BLOCK = 1024 * 1024
_DEEPEST = 8  # levels of nesting that become dotted names
_MOST_ROWS_OF_ONE = 10_000  # that one record may explode into


class JsonTable:
    """Records of a JSON file, one per line or as the items of an array."""

    name = ""
    knows_merges = False

    def __init__(
        self,
        scan: Scan,
        *,
        rows: str | None = None,
        explode: Sequence[str] = (),
        limits: Limits,
    ) -> None:
        """`rows` is the dotted path to the array of records in a file that is one object.
        `explode` names lists of objects: each object in them becomes a row of its own.

        Raises UnreadableFile where there are no records.
        """
        self._scan = scan
        self._limits = limits
        self._path = [part for part in (rows or "").split(".") if part and part != "$"]
        self._explode = tuple(explode)
        self._kind = self._recognise()
        self.place_prefix = "line:" if self._kind == "lines" else "item:"
        # All of them, because a name that is missing from most records may come late.
        headers: dict[str, None] = {}
        seen: set[tuple[str, ...]] = set()
        for _, record in self._records():
            if isinstance(record, dict) and (names := tuple(record)) not in seen:
                seen.add(names)
                headers.update(dict.fromkeys(names))
                if len(headers) > limits.columns or len(seen) > _MOST_SHAPES:
                    raise UnreadableFile(
                        f"{scan.path} has records of too many different forms to be a table."
                    )
        if not headers:
            raise UnreadableFile(
                f"{scan.path} holds no JSON objects to read as rows; name the list of them with"
                " source.rows in the mapping."
            )
        self.headers = list(headers)
        self.findings: list[Problem] = []
        self.rows_total: int | None = scan.lines + 1 if self._kind == "lines" else None

    def rows(self) -> Iterator[RawRow]:
        """The records. One that is no object comes with its problem."""
        headers = self.headers
        longest = self._limits.cell_characters
        for number, record in self._records():
            if isinstance(record, Problem):
                yield RawRow(number, [], record)
                continue
            cells = [record.get(header, "") for header in headers]
            if any(len(cell) > longest for cell in cells):
                yield RawRow(
                    number,
                    [cell[:1000] for cell in cells],
                    Problem("cell-too-long", f"A value has more than {longest:,} characters."),
                )
                continue
            yield RawRow(number, cells)

    def _records(self) -> Iterator[tuple[int, dict[str, str] | Problem]]:
        items = self._lines() if self._kind == "lines" else self._items()
        for number, item in items:
            if isinstance(item, Problem):
                yield number, item
            elif not isinstance(item, dict):
                yield (
                    number,
                    Problem("not-an-object", f"There is {item!r:.40} where an object should be."),
                )
            else:
                for record in self._exploded(item):
                    yield number, _flatten(record)

    def _exploded(self, item: dict[str, Any]) -> list[dict[str, Any]]:
        records = [item]
        for name in self._explode:
            following: list[dict[str, Any]] = []
            for record in records:
                inner = record.get(name)
                if isinstance(inner, list) and inner:
                    following.extend({**record, name: one} for one in inner)
                else:
                    following.append(record)
                if len(following) > _MOST_ROWS_OF_ONE:
                    raise UnreadableFile(
                        f"{self._scan.path}: one record makes more than {_MOST_ROWS_OF_ONE:,} rows;"
                        " it is no record of a plant."
                    )
            records = following
        return records

    def _lines(self) -> Iterator[tuple[int, Any]]:
        longest = self._limits.line_characters
        with self._open() as file:
            number = 0
            while line := file.readline(longest):
                number += 1
                if len(line) >= longest and line[-1] not in "\r\n":
                    raise UnreadableFile(
                        f"{self._scan.path}, line {number}: a line is longer than {longest:,}"
                        " characters; this is no file of JSON lines."
                    )
                text = line.strip("\ufeff \t\r\n\x1e")
                if not text:
                    continue
                try:
                    yield number, orjson.loads(text)
                except ValueError as error:
                    yield (
                        number,
                        Problem(
                            "bad-json",
                            f"The line is not JSON ({str(error)[:100]}); it may be cut off.",
                        ),
                    )

    def _items(self) -> Iterator[tuple[int, Any]]:
        if self._kind == "array" and not self._path:
            yield from self._streamed_items()
            return
        path = self._scan.path
        if self._scan.size > self._limits.document_bytes:
            raise UnreadableFile(
                f"{path} is larger than the {self._limits.document_bytes:,} bytes that a JSON"
                " object may have; save it as JSON lines."
            )
        try:
            with self._open() as file:
                found: Any = orjson.loads(file.read().lstrip("\ufeff"))
        except ValueError as error:
            raise UnreadableFile(
                f"{path} is not JSON ({str(error)[:120]}); it may be cut off."
            ) from error
        for step in self._path:
            found = found.get(step) if isinstance(found, dict) else None
        if not self._path and isinstance(found, dict):
            lists = [value for value in found.values() if _is_table(value)]
            found = lists[0] if len(lists) == 1 else [found]
        if isinstance(found, dict):
            found = list(found.values()) if _is_table(list(found.values())) else [found]
        if not isinstance(found, list):
            raise UnreadableFile(
                f"{path} has no list at {'.'.join(self._path)!r}; correct source.rows in the"
                " mapping."
            )
        yield from enumerate(found, 1)

    def _streamed_items(self) -> Iterator[tuple[int, Any]]:
        """The items of a top-level array, without reading all of it at once."""
        decoder = json.JSONDecoder()
        with self._open() as file:
            buffer = file.read(_BLOCK).lstrip("\ufeff \t\r\n")[1:]
            number = 0
            while True:
                buffer = buffer.lstrip(" \t\r\n,")
                if buffer.startswith("]"):
                    return
                item, end = self._decode(decoder, buffer)
                # A number at the end of the buffer may go on in the next block.
                if end < 0 or end >= len(buffer):
                    more = file.read(max(_BLOCK, len(buffer)))
                    if not more:
                        raise UnreadableFile(
                            f"{self._scan.path}, item {number + 1}: the file ends, or is no longer"
                            " JSON, in the middle of the list."
                        )
                    buffer += more
                    if len(buffer) > 2 * self._limits.line_characters:
                        raise UnreadableFile(
                            f"{self._scan.path}, item {number + 1}: it is not JSON from here on, or"
                            f" longer than {self._limits.line_characters:,} characters."
                        )
                    continue
                number += 1
                yield number, item
                buffer = buffer[end:]

    @staticmethod
    def _decode(decoder: json.JSONDecoder, buffer: str) -> tuple[Any, int]:
        try:
            return decoder.raw_decode(buffer)
        except (ValueError, RecursionError):
            return None, -1

    def _recognise(self) -> str:
        if self._scan.path.suffix.lower() in _LINES_ENDINGS:
            return "lines"
        with self._open() as file:
            start = file.read(65_536).lstrip("\ufeff \t\r\n")
        if start.startswith("["):
            return "array"
        first, _, rest = start.partition("\n")
        try:
            record = orjson.loads(first.strip("\x1e \r"))
        except ValueError:
            return "object"
        if rest.strip():
            return "lines"
        # One object alone: a record, or the envelope around the list of them.
        holds_list = isinstance(record, dict) and any(_is_table(v) for v in record.values())
        return "object" if self._path or holds_list else "lines"

    def _open(self) -> Any:
        return open(
            self._scan.path,
            encoding=self._scan.encoding.name,
            errors="surrogateescape",
            newline="",
        )


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _flatten(record: dict[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    _flatten_into(flat, "", record, 0)
    return flat


def _flatten_into(flat: dict[str, str], name: str, value: Any, depth: int) -> None:
    if value.__class__ is str:
        flat[name] = value
    elif isinstance(value, dict) and depth < _DEEPEST:
        for key, inner in value.items():
            _flatten_into(flat, f"{name}.{key}" if name else str(key), inner, depth + 1)
    elif isinstance(value, list):
        if _is_table(value) and depth < _DEEPEST:
            _flatten_objects(flat, name, value, depth)
        else:
            flat[name] = ListCell([_scalar(inner) for inner in value])
    else:
        flat[name] = _scalar(value)


def _flatten_objects(flat: dict[str, str], name: str, objects: list[Any], depth: int) -> None:
    """Objects in a list as parallel lists: `parts.lot` and `parts.quantity` stay in step."""
    rows: list[dict[str, str]] = []
    for one in objects:
        row: dict[str, str] = {}
        _flatten_into(row, "", one if isinstance(one, dict) else {"value": one}, depth + 1)
        rows.append(row)
    for key in dict.fromkeys(key for row in rows for key in row):
        flat[f"{name}.{key}"] = ListCell([row.get(key, "") for row in rows])


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return repr(value)
    return orjson.dumps(value).decode()
