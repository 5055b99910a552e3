"""Documents, the runs that read them, and what a load or a removal did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Annotated

from pydantic import Field

from api.payloads.shape import Payload, example
from kg.model.instants import Instant, to_datetime
from kg.store.protocol import Changes, Version

_RUN = {
    "id": "5f0c11d2a9b4",
    "at": "2026-03-01T07:30:00Z",
    "by": "li.wei",
    "label": "workorders.csv",
}


class Run(Payload):
    """One execution that read documents."""

    model_config = example(**_RUN)

    id: str
    at: datetime
    by: str
    label: str


class Reading(Payload):
    """One version of a document: when it was read, and how."""

    run: Run
    sha256: Annotated[str, Field(description="Digest of the content.")]
    recipe: Annotated[str, Field(description="Mapping, extractors and ontology it was read by.")]
    is_complete: bool


class Document(Payload):
    """A document with its readings, oldest first."""

    model_config = example(
        key="workorders.csv",
        title="workorders.csv",
        media_type="text/csv",
        language="en",
        readings=[
            {
                "run": _RUN,
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "recipe": "work-orders@1:51c2",
                "is_complete": True,
            }
        ],
    )

    key: str
    title: str
    media_type: str
    language: str | None
    readings: list[Reading]


class RunSummary(Payload):
    """A run with the documents that it read."""

    model_config = example(run=_RUN, documents=["workorders.csv"])

    run: Run
    documents: list[str]


class Removal(Payload):
    """What taking documents or a run out of the graph changed."""

    model_config = example(
        removed=["workorders.csv"],
        changes={
            "nodes_added": 0,
            "nodes_changed": 0,
            "nodes_removed": 17,
            "statements_added": 0,
            "statements_removed": 64,
            "evidence_added": 0,
            "evidence_kept": 0,
            "evidence_retired": 64,
            "passages": 20,
        },
    )

    removed: list[str]
    changes: Changes


def run_payload(version: Version) -> Run:
    """The run of a version."""
    run = version.run
    return Run(id=run.id, at=to_datetime(run.at), by=run.by, label=run.label)


def documents_payload(versions: Iterable[Version], as_of: Instant | None = None) -> list[Document]:
    """Documents in order of their keys, with the versions that were there at `as_of`."""
    known = [v for v in versions if as_of is None or v.run.at <= as_of]
    known.sort(key=lambda v: v.document.key)
    found: list[Document] = []
    for key, group in groupby(known, key=lambda v: v.document.key):
        readings = list(group)
        latest = readings[-1].document
        found.append(
            Document(
                key=key,
                title=latest.title or key,
                media_type=latest.media_type,
                language=latest.language,
                readings=[
                    Reading(
                        run=run_payload(v),
                        sha256=v.document.sha256,
                        recipe=v.document.recipe,
                        is_complete=v.is_complete,
                    )
                    for v in readings
                ],
            )
        )
    return found


def runs_payload(versions: Iterable[Version]) -> list[RunSummary]:
    """Runs, latest first, with the documents that each read."""
    runs: dict[str, Run] = {}
    documents: dict[str, list[str]] = {}
    for version in versions:
        runs.setdefault(version.run.id, run_payload(version))
        documents.setdefault(version.run.id, []).append(version.document.key)
    ordered = sorted(runs.values(), key=lambda r: (r.at, r.id), reverse=True)
    return [RunSummary(run=run, documents=sorted(documents[run.id])) for run in ordered]
