"""What loading files did, or would do."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from api.payloads.shape import Payload, example
from kg.ingest.report import LoadReport, Problems
from kg.model.errors import GembaError
from kg.store.protocol import Changes

Outcome = Literal["loaded", "planned", "unchanged", "duplicate", "refused"]

_CHANGES = {
    "nodes_added": 21,
    "nodes_changed": 0,
    "nodes_removed": 0,
    "statements_added": 64,
    "statements_removed": 0,
    "evidence_added": 64,
    "evidence_kept": 0,
    "evidence_retired": 0,
    "passages": 20,
}
_FILE = {
    "file": "workorders.csv",
    "document": "workorders.csv",
    "outcome": "loaded",
    "mapping": "work-orders",
    "rows": 20,
    "sentences": {"accepted": 14, "queued": 4, "rejected": 2},
    "claims_stored": 85,
    "claims_rejected": 1,
    "changes": _CHANGES,
    "rejected": [
        {
            "code": "bad-date",
            "count": 1,
            "examples": [{"place": "row:7", "sentence": "'31.02.2026' is no date."}],
        }
    ],
    "findings": [],
    "seconds": {"reading": 0.1, "resolution": 0.0, "gate": 0.0, "storing": 0.1},
    "duplicate_of": None,
    "error": None,
    "error_code": None,
}


class Example(Payload):
    """One problem spelled out."""

    place: str
    sentence: str


class RowProblem(Payload):
    """One kind of problem: how often, and the first few."""

    code: str
    count: int
    examples: list[Example]


class FileLoad(Payload):
    """What became of one file."""

    model_config = example(**_FILE)

    file: str
    document: Annotated[str, Field(description="Key of the document that the file is.")]
    outcome: Annotated[
        Outcome,
        Field(
            description="`loaded`; `planned`: a dry run; `unchanged`: read before, same content; "
            "`duplicate`: the content is there under another key; `refused`: see `error`."
        ),
    ]
    mapping: Annotated[str | None, Field(description="How its table was read.")] = None
    rows: int = 0
    sentences: dict[str, int] = Field(
        default_factory=dict,
        description="Sentences of free text: `accepted` (at least one accepted statement), "
        "`queued` (only statements for review), `rejected` (nothing understood).",
    )
    claims_stored: int = 0
    claims_rejected: int = 0
    changes: Changes
    rejected: Annotated[list[RowProblem], Field(description="Rows that were refused.")]
    findings: Annotated[list[RowProblem], Field(description="Data quality of rows in use.")]
    seconds: dict[str, float]
    duplicate_of: str | None = None
    error: Annotated[str | None, Field(description="Why it was refused, in one sentence.")] = None
    error_code: Annotated[str | None, Field(description="The kind of error, lasting.")] = None


class LoadAnswer(Payload):
    """What became of each file."""

    model_config = example(run="5f0c11d2a9b4", dry_run=False, files=[_FILE])

    run: str
    dry_run: bool
    files: list[FileLoad]

    @property
    def is_whole(self) -> bool:
        """Whether no file was refused."""
        return all(file.outcome != "refused" for file in self.files)


def code_of(error: GembaError) -> str:
    """`UnreadableFile` becomes `unreadable-file`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()


def problems_payload(problems: Problems) -> list[RowProblem]:
    """Problems, the most frequent first."""
    return [
        RowProblem(
            code=code,
            count=count,
            examples=[
                Example(place=place, sentence=sentence)
                for place, sentence in problems.examples.get(code, [])
            ],
        )
        for code, count in sorted(problems.counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def refused_file(
    file: str, document: str, error: str, code: str, mapping: str | None = None
) -> FileLoad:
    """A file of which nothing was stored."""
    return FileLoad(
        file=file,
        document=document,
        outcome="refused",
        mapping=mapping,
        changes=Changes(),
        rejected=[],
        findings=[],
        seconds={},
        error=error,
        error_code=code,
    )


def loaded_file(file: str, report: LoadReport, mapping: str | None) -> FileLoad:
    """What a load reported."""
    outcome: Outcome = "planned" if report.dry_run else "loaded"
    if report.unchanged:
        outcome = "unchanged"
    elif report.duplicate_of is not None:
        outcome = "duplicate"
    stages = report.stages
    return FileLoad(
        file=file,
        document=report.document,
        outcome=outcome,
        mapping=mapping,
        rows=report.rows,
        sentences=report.sentences._asdict(),
        claims_stored=report.claims_stored,
        claims_rejected=report.claims_rejected,
        changes=report.changes,
        rejected=problems_payload(report.rejected),
        findings=problems_payload(report.findings),
        seconds={
            "reading": round(stages.reading, 3),
            "resolution": round(stages.resolution, 3),
            "gate": round(stages.gate, 3),
            "storing": round(stages.storing, 3),
        },
        duplicate_of=report.duplicate_of,
    )
