"""Rejected rows: seen, taken away to be corrected, and tried again."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TextIO

import orjson

from api.audit import Actor, audited
from api.intake.mappings import find_mapping
from api.intake.replays import next_replay
from api.payloads.loads import FileLoad, LoadAnswer, code_of, loaded_file, refused_file
from api.wiring import Plant
from extraction.tables import Mapping, neutralise, replay
from kg.ingest import REJECTED
from kg.model import Chunk, Document, GembaError, Rejection, Run, StoreUnavailable
from kg.store import Store

_READ_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A rejected row as it is kept; `id` orders and names it."""

    id: str
    document: str
    place: str
    code: str
    reason: str
    recipe: str
    row: dict[str, str] = field(default_factory=dict)


def list_rejected(
    store: Store,
    *,
    document: str | None = None,
    code: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[RejectedRow]:
    """Rejected rows in the order of their ids, which begin with the document's key."""
    found: list[RejectedRow] = []
    while limit is None or len(found) < limit:
        records = store.get_records(REJECTED, document=document, after=after, limit=_READ_AT_ONCE)
        found += [
            row
            for key, record in records.items()
            if (row := _row(key, record)) and (code is None or row.code == code)
        ]
        if len(records) < _READ_AT_ONCE:
            break
        after = max(records)
    return found[:limit]


def export_rejected(rows: Iterable[RejectedRow], file: TextIO) -> int:
    """Write rows as CSV: their own columns, then where they stood and why they were refused.

    Corrected there, they can be loaded with the mapping that they were read by. Returns how many.
    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    listed = list(rows)
    columns = list(dict.fromkeys(column for row in listed for column in row.row))
    writer = csv.writer(file)
    writer.writerow([*columns, "gemba document", "gemba place", "gemba reason"])
    for row in listed:
        cells = [row.row.get(column, "") for column in columns]
        writer.writerow([neutralise(c) for c in (*cells, row.document, row.place, row.reason)])
    return len(listed)


def replay_rejected(
    plant: Plant,
    actor: Actor,
    *,
    document: str | None = None,
    mapping: str | None = None,
    mapping_files: bool = True,
    dry_run: bool = False,
) -> LoadAnswer:
    """Try rejected rows again, after a mapping or the ontology was corrected.

    What passes now becomes part of the graph as a document of its own beside the first
    (`KEY#replayed-1`), until the file itself is loaded anew; what is refused again stays rejected,
    with its new reason. `mapping` is the one they were read by where it is not named.
    Raises BadMapping where the named one is not there.
    """
    named = find_mapping(plant.settings, mapping, files=mapping_files) if mapping else None
    run = plant.new_run(actor.name, "rejected rows, tried again")
    by_document: dict[str, list[RejectedRow]] = {}
    for row in list_rejected(plant.store, document=document):
        by_document.setdefault(row.document, []).append(row)
    files = [
        _replay(plant, actor, run, rows, named, dry_run=dry_run)
        for _, rows in sorted(by_document.items())
    ]
    return LoadAnswer(run=run.id, dry_run=dry_run, files=files)


def _replay(
    plant: Plant,
    actor: Actor,
    run: Run,
    rows: Sequence[RejectedRow],
    named: Mapping | None,
    *,
    dry_run: bool,
) -> FileLoad:
    key = rows[0].document
    name = named.name if named else rows[0].recipe.partition("@")[0]
    target = next_replay(plant.store, key)
    try:
        mapping = named or find_mapping(plant.settings, name, files=False)
        refused = _Refused()
        given = [Rejection(r.document, r.place, r.reason, r.code, r.row, r.recipe) for r in rows]
        digest = hashlib.sha256(orjson.dumps([r.row for r in rows])).hexdigest()

        def chunks(_checkpoint: str | None) -> Iterator[Chunk]:
            for chunk in replay(
                given,
                mapping,
                plant.schema,
                extractors=plant.text_extractors,
                time_zone=mapping.spec.time_zone or plant.settings.timezone,
            ):
                refused.take(chunk)
                yield chunk

        read = Document(target, digest, f"{mapping.name}@replay", f"{key}, tried again")
        with audited(plant.store, actor, "rejected.replay", key, document=target) as note:
            report = plant.new_loader().load(read, chunks, run, dry_run=dry_run, again=True)
            note.details["rows"] = report.rows
    except StoreUnavailable:
        raise
    except GembaError as error:
        return refused_file(key, target, str(error), code_of(error), name)
    if not dry_run:
        _settle(plant.store, target, rows, refused)
    return loaded_file(key, report, mapping.name)


class _Refused:
    """Collects what is refused again, so that it stays with the document it came from."""

    def __init__(self) -> None:
        self.by_place: dict[str, Rejection] = {}

    def take(self, chunk: Chunk) -> None:
        """Remember the refusals of a chunk."""
        self.by_place.update((r.place, r) for r in chunk.rejections)


def _settle(store: Store, target: str, rows: Sequence[RejectedRow], refused: _Refused) -> None:
    """Keep what was refused again under the first document, forget what passed."""
    again = dict(refused.by_place)
    for row in list_rejected(store, document=target):  # the gate's refusals
        again[row.place] = Rejection(row.document, row.place, row.reason, row.code)
    store.drop_records(REJECTED, document=target)
    passed = [row.id for row in rows if row.place not in again]
    store.drop_records(REJECTED, keys=passed)
    for row in rows:
        now = again.get(row.place)
        if now is not None and (now.code, now.reason) != (row.code, row.reason):
            store.put_records(
                REJECTED,
                {
                    row.id: {
                        "document": row.document,
                        "place": row.place,
                        "reason": now.reason,
                        "code": now.code,
                        "row": row.row,
                        "recipe": row.recipe,
                    }
                },
                document=row.document,
            )
    if len(passed) == 0:
        store.remove_documents([target])


def _row(key: str, record: object) -> RejectedRow | None:
    if not isinstance(record, dict):
        return None
    row = record.get("row")
    return RejectedRow(
        id=key,
        document=str(record.get("document", "")),
        place=str(record.get("place", "")),
        code=str(record.get("code", "")),
        reason=str(record.get("reason", "")),
        recipe=str(record.get("recipe", "")),
        row={str(k): str(v) for k, v in row.items()} if isinstance(row, dict) else {},
    )
