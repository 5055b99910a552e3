"""How benchmarks load a folder of files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from api.audit import Actor
from api.payloads.loads import LoadAnswer
from api.wiring import Plant

ACTOR = Actor("bench", "cli")
Say = Callable[[str], None]

_SAY_EVERY = 5.0  # seconds


def load_files(plant: Plant, files: Path, say: Say | None = None) -> tuple[LoadAnswer, float]:
    """Load a folder as `gemba load` does, saying now and then how far it is; also the seconds
    that took."""
    from api.intake import LoadOptions, gather, load_sources
    from api.intake.loading import Progress

    started = said = perf_counter()
    rows: dict[str, int] = {}

    def watch(progress: Progress) -> None:
        nonlocal said
        rows[progress.source.key] = progress.rows
        if say is not None and perf_counter() - said > _SAY_EVERY:
            said = perf_counter()
            say(f"  {sum(rows.values()):,} rows of {len(rows)} files")

    with tempfile.TemporaryDirectory(prefix="gemba-") as workspace:
        sources = gather([files], Path(workspace), key=None)
        answer = load_sources(plant, ACTOR, sources, LoadOptions(), watch)
    return answer, perf_counter() - started
