"""Another process that reads ahead: nothing comes out differently, whatever happens to it."""

from __future__ import annotations

import dataclasses
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.audit import LOG, Actor
from api.intake import LoadOptions, ahead, gather, load_sources
from api.intake.ahead import ReadAhead, is_worth_it
from api.intake.frames import (
    Frame,
    as_columns,
    frame_of,
    from_columns,
    read_bytes,
    write_frame,
)
from api.intake.opened import TableOptions
from api.intake.sources import Source
from api.payloads.loads import LoadAnswer
from api.settings import Settings
from api.wiring import Plant, load_plant
from extraction.tables.names import Names
from kg.model import BadInput, Batch, Chunk, UnreadableFile
from kg.model.claims import NO_PROPS, Claim, Finding, NodeClaim, Passage, Rejection
from tests.api.order_files import BROKEN, CHANGED, GOOD, HEADER, WITH_BAD_ROW, write_mapping

pytestmark = pytest.mark.usefixtures("without_concepts")
ACTOR = Actor("tester", "cli")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with files of many kinds."""
    monkeypatch.chdir(tmp_path)
    write_mapping(tmp_path / "mappings")
    files = tmp_path / "files"
    files.mkdir()
    for name, content in (
        ("a-good.csv", GOOD),
        ("b-bad-row.csv", WITH_BAD_ROW),
        ("c-broken.csv", BROKEN),
        ("d-copy.csv", GOOD),
        ("e-empty.csv", b""),
        ("f-nothing.csv", b"Weather,Mood\nsun,good\n"),
    ):
        (files / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with zipfile.ZipFile(files / "g-changed.zip", "w") as archive:
        archive.writestr("orders/changed.csv", CHANGED)
    (files / "h-damaged.zip").write_bytes(b"PK\x03\x04 nothing")
    return tmp_path


@pytest.fixture
def plants(here: Path) -> Iterator[tuple[Plant, Plant]]:
    """Two empty plants."""
    settings = Settings(user="tester", mappings=(here / "mappings",))
    opened = [
        load_plant(dataclasses.replace(settings, store=str(here / f"{name}.db"))) for name in "ab"
    ]
    yield opened[0], opened[1]
    for plant in opened:
        plant.close()


def _load(plant: Plant, here: Path, workers: int, **options: object) -> LoadAnswer:
    workspace = here / f"unpacked-{workers}"
    workspace.mkdir(exist_ok=True)
    for old in workspace.iterdir():
        old.rename(here / f"old-{workers}-{old.name}-{os.urandom(3).hex()}")
    sources = gather([Path("files")], workspace)
    return load_sources(plant, ACTOR, sources, LoadOptions(workers=workers, **options))  # type: ignore[arg-type]


def _told(answer: LoadAnswer) -> list[dict[str, object]]:
    return [file.model_dump(exclude={"seconds"}) for file in answer.files]


def _content(plant: Plant) -> object:
    """Everything in the store but when and by which run it was written."""
    return [
        (dump.version.document, [dataclasses.astuple(batch) for batch in dump.batches])
        for dump in plant.store.dump()
    ], [(entry.payload["subject"], entry.payload["outcome"]) for entry in plant.store.read_log(LOG)]


def test_ahead_gives_what_one_process_gives(plants: tuple[Plant, Plant], here: Path) -> None:
    alone, helped = plants
    first = _told(_load(alone, here, 1))
    assert {file["outcome"] for file in first} == {"loaded", "refused", "duplicate"}
    assert _told(_load(helped, here, 2)) == first
    assert _content(helped) == _content(alone)

    again = _told(_load(alone, here, 1))
    assert "unchanged" in {file["outcome"] for file in again}
    assert _told(_load(helped, here, 2)) == again
    assert _content(helped) == _content(alone)


@pytest.mark.parametrize("reader", ["no.such.module", "tests.api.intake.dying_reader"])
def test_ahead_goes_on_alone_where_the_other_process_dies(
    plants: tuple[Plant, Plant], here: Path, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    alone, helped = plants
    (here / "files" / "a-good.csv").write_text(_many_orders(6_000))
    first = _told(_load(alone, here, 1))
    monkeypatch.setattr(ahead, "_READER", reader)
    assert _told(_load(helped, here, 2)) == first
    assert _content(helped) == _content(alone)


def test_ahead_resumes_in_the_middle_of_a_table_and_ends_in_the_middle_of_the_work(
    plants: tuple[Plant, Plant], here: Path
) -> None:
    plant, _ = plants
    names = ("a-good.csv", "b-bad-row.csv")
    (here / "files" / names[0]).write_text(_many_orders(12_000))
    (here / "files" / names[1]).write_text(_many_orders(40_000))
    sources = [Source(Path("files", name), name, name) for name in names]
    reader = ReadAhead(plant, sources, TableOptions(), known={}, again=False)
    try:
        (table,) = reader.open(0)
        rest = list(table.chunks("rows:5000"))
        (table,) = reader.open(1)
        next(iter(table.chunks(None)))
    finally:
        reader.close()
    assert [chunk.checkpoint for chunk in rest] == ["rows:10000", "rows:12000"]
    assert rest[0].batch.passages[0].place == "row:5002"
    with pytest.raises(ProcessLookupError):
        os.kill(reader.pid, 0)


def test_ahead_starts_no_process_for_little(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = here / "files" / "a-good.csv"
    sources = [Source(path, "a", "a"), Source(here / "absent.csv", "b", "b")]
    assert not is_worth_it(sources)
    monkeypatch.setattr(ahead, "WORTH_IT", path.stat().st_size)
    assert is_worth_it(sources)
    broken = [Source(path, "a", "a", UnreadableFile("it is damaged"))]
    assert not is_worth_it(broken)


def test_loading_by_no_process_at_all_is_refused(plants: tuple[Plant, Plant], here: Path) -> None:
    with pytest.raises(BadInput, match="workers"):
        _load(plants[0], here, 0)


def test_frames_bring_chunks_back_as_they_were() -> None:
    chunk = Chunk(
        Batch(
            [Passage("k", "row:2", "泵 leaks", "zh"), Passage("l", "row:3", "x")],
            [
                NodeClaim("a:1", "A", 0, Names("Pump", ("泵",)), NO_PROPS, 0.5),
                NodeClaim("a:2", "A", 1, None, {"n": 1, "list": ["x"], "f": 1.0, "b": True}),
            ],
            [Claim("a:1", "is", "a:2", 1, 0.25, "suggested", "t", 3, 4, -1, None, {"q": 2})],
        ),
        [Rejection("d", "row:4", "why", "code", {"A": "b"}, "r")],
        [Finding("code", "row:5", "what")],
        "rows:5",
        4,
    )
    stream = io.BytesIO()
    write_frame(stream, Frame("chunk", 1, 2, as_columns(chunk)))
    write_frame(stream, Frame("chunk", 1, 3, as_columns(Chunk(Batch()))))
    stream.seek(0)
    data = read_bytes(stream)
    assert data is not None
    frame = frame_of(data)
    assert frame[:3] == ("chunk", 1, 2)
    back = from_columns(frame.content)
    assert back == chunk
    assert type(back.batch.claims[0]) is Claim
    assert back.batch.nodes[0].props is NO_PROPS
    name = back.batch.nodes[0].name
    assert isinstance(name, Names)
    assert name.others == ("泵",)
    data = read_bytes(stream)
    assert data is not None
    assert from_columns(frame_of(data).content) == Chunk(Batch())
    assert read_bytes(stream) is None
    assert read_bytes(io.BytesIO(b"\0\0\0\0\0\0\0\x09cut")) is None


def _many_orders(count: int) -> str:
    header = HEADER.strip("\n")
    first = GOOD.strip("\n").splitlines()[1]
    code = next(cell for cell in first.split(",") if cell.startswith("WO-"))
    rows = (first.replace(code, f"WO-{number}") for number in range(count))
    return "\n".join([header, *rows]) + "\n"
