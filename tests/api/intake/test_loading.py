"""Loading files: what each becomes, isolation, audit, replays."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

import pytest

from api.audit import LOG, Actor
from api.documents import remove_documents
from api.intake import LoadOptions, gather, load_sources
from api.intake.loading import Progress
from api.intake.mappings import find_mapping, known_mappings
from api.intake.opened import OpenSource, TableOptions
from api.intake.rejected import export_rejected, list_rejected, replay_rejected
from api.intake.sources import Source
from api.payloads.loads import FileLoad, LoadAnswer
from api.wiring import Plant
from extraction.tables.side_tables import Shelf
from kg.model import BadMapping, StoreUnavailable
from tests.api.order_files import (
    BROKEN,
    CHANGED,
    GOOD,
    HEADER,
    LENIENT,
    WITH_BAD_ROW,
    write_mapping,
)

pytestmark = pytest.mark.usefixtures("without_concepts")
ACTOR = Actor("tester", "cli")


@pytest.fixture
def here(plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder; the plant has a mapping of its own."""
    monkeypatch.chdir(tmp_path)
    write_mapping(tmp_path / "mappings")
    plant.settings = dataclasses.replace(plant.settings, mappings=(tmp_path / "mappings",))
    return tmp_path


def _write(here: Path, name: str, content: str | bytes) -> Path:
    path = here / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Path(name)


def _load(plant: Plant, here: Path, *paths: Path, **options: object) -> LoadAnswer:
    workspace = here / "workspace"
    workspace.mkdir(exist_ok=True)
    sources = gather(list(paths), workspace)
    return load_sources(plant, ACTOR, sources, LoadOptions(**options))  # type: ignore[arg-type]


def _one(answer: LoadAnswer) -> FileLoad:
    (file,) = answer.files
    return file


def _audit(plant: Plant) -> list[tuple[str, str, str]]:
    return [
        (e.payload["action"], e.payload["subject"], e.payload["outcome"])
        for e in plant.store.read_log(LOG)
    ]


def test_loading_known_format_needs_no_mapping(plant: Plant, here: Path) -> None:
    file = _one(_load(plant, here, _write(here, "orders.csv", GOOD)))
    assert (file.outcome, file.mapping, file.rows) == ("loaded", "own-orders", 2)
    assert file.changes.statements_added >= 2
    assert plant.store.get_nodes(["wo:WO-8"])["wo:WO-8"].props["description"] == "泵漏油"
    assert _audit(plant)[-2:] == [
        ("load", "orders.csv", "begun"),
        ("load", "orders.csv", "done"),
    ]


def test_loading_again_changes_nothing_and_leaves_no_entry(plant: Plant, here: Path) -> None:
    path = _write(here, "orders.csv", GOOD)
    _load(plant, here, path)
    entries = len(_audit(plant))
    file = _one(_load(plant, here, path))
    assert file.outcome == "unchanged"
    assert file.changes.is_empty
    assert len(_audit(plant)) == entries


def test_loading_changed_file_applies_the_difference(plant: Plant, here: Path) -> None:
    _load(plant, here, _write(here, "orders.csv", GOOD))
    file = _one(_load(plant, here, _write(here, "orders.csv", CHANGED)))
    assert file.outcome == "loaded"
    assert file.changes.nodes_changed == 1
    assert file.changes.statements_removed == 0
    assert plant.store.get_nodes(["wo:WO-7"])["wo:WO-7"].props["description"] == "pump leaks badly"


def test_loading_same_content_under_another_name_is_a_duplicate(plant: Plant, here: Path) -> None:
    _load(plant, here, _write(here, "orders.csv", GOOD))
    copy = _write(here, "copy.csv", GOOD)
    file = _one(_load(plant, here, copy))
    assert (file.outcome, file.duplicate_of) == ("duplicate", "orders.csv")
    assert _one(_load(plant, here, copy, again=True)).outcome == "loaded"


def test_loading_dry_run_writes_nothing(plant: Plant, here: Path) -> None:
    before = plant.store.count()
    file = _one(_load(plant, here, _write(here, "orders.csv", GOOD), dry_run=True))
    assert file.outcome == "planned"
    assert file.changes.statements_added >= 2
    assert plant.store.count() == before
    assert _audit(plant) == []


def test_loading_broken_file_stops_no_other(plant: Plant, here: Path) -> None:
    answer = _load(
        plant,
        here,
        _write(here, "broken.csv", BROKEN),
        _write(here, "empty.csv", b""),
        Path("absent.csv"),
        _write(here, "strange.csv", "a,b\n1,2\n"),
        _write(here, "archive.zip", b"no archive"),
        _write(here, "orders.csv", GOOD),
    )
    assert [f.outcome for f in answer.files] == ["refused"] * 5 + ["loaded"]
    assert not answer.is_whole
    for file in answer.files[:5]:
        assert file.error is not None
        assert file.file in file.error
        assert "\n" not in file.error
        assert file.changes.is_empty
    assert [f.error_code for f in answer.files[:5]] == [
        "unreadable-file",
        "unreadable-file",
        "unreadable-file",
        "bad-mapping",
        "unreadable-file",
    ]


def test_loading_cut_file_is_held_back_until_told(plant: Plant, here: Path) -> None:
    rows = "".join(f"WO-{n},2026-02-01,P-{n},leak\n" for n in range(100, 120))
    _load(plant, here, _write(here, "orders.csv", HEADER + rows))
    cut = _write(here, "orders.csv", HEADER + rows[:60])
    refused = _one(_load(plant, here, cut))
    assert (refused.outcome, refused.error_code) == ("refused", "mass-removal")
    assert "--replace" in (refused.error or "")
    assert "wo:WO-119" in plant.store.get_nodes(["wo:WO-119"])
    assert _audit(plant)[-1][2] == "failed"
    taken = _one(_load(plant, here, cut, replace=True))
    assert taken.outcome == "loaded"
    assert plant.store.get_nodes(["wo:WO-119"]) == {}


def test_loading_with_another_mapping_is_not_held_back(plant: Plant, here: Path) -> None:
    path = _write(here, "orders.csv", GOOD)
    _load(plant, here, path)
    write_mapping(here / "mappings", LENIENT)
    assert _one(_load(plant, here, path)).outcome == "loaded"


def test_loading_tells_where_it_stands(plant: Plant, here: Path) -> None:
    seen: list[Progress] = []
    sources = gather([_write(here, "orders.csv", GOOD)], here / "none")
    load_sources(plant, ACTOR, sources, LoadOptions(), seen.append)
    assert [p.rows for p in seen] == [2]
    assert seen[0].source.key == "orders.csv"


def test_loading_database_that_is_down_is_raised(
    plant: Plant, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(here, "orders.csv", GOOD)

    def down(*_: object, **__: object) -> None:
        raise StoreUnavailable("The database is locked.")

    monkeypatch.setattr(plant.store, "begin_load", down)
    with pytest.raises(StoreUnavailable):
        _load(plant, here, path)


def test_loading_unknown_mapping_names_the_nearest(plant: Plant, here: Path) -> None:
    with pytest.raises(BadMapping, match="own-orders"):
        find_mapping(plant.settings, "own-order")
    path = _write(here, "orders.csv", GOOD)
    file = _one(_load(plant, here, path, table=TableOptions(mapping="own-order")))
    assert file.error_code == "bad-mapping"


def test_mappings_of_the_plant_replace_shipped_ones(plant: Plant, here: Path) -> None:
    names = [m.name for m in known_mappings(plant.settings)]
    assert len(names) == len(set(names))
    assert "own-orders" in names
    assert "excavator-work-orders" in names


def test_rejected_rows_are_kept_listed_and_exported(plant: Plant, here: Path) -> None:
    file = _one(_load(plant, here, _write(here, "orders.csv", WITH_BAD_ROW)))
    assert [(p.code, p.count) for p in file.rejected] == [("bad-date", 1)]
    (row,) = list_rejected(plant.store)
    assert (row.document, row.place, row.code) == ("orders.csv", "row:4", "bad-date")
    assert row.row["Order"] == "WO-9"
    assert list_rejected(plant.store, code="other") == []
    assert list_rejected(plant.store, document="other.csv") == []
    assert list_rejected(plant.store, after=row.id) == []
    written = io.StringIO()
    assert export_rejected([row], written) == 1
    (exported,) = csv.DictReader(io.StringIO(written.getvalue()))
    assert exported["Order"] == "WO-9"
    assert exported["gemba place"] == "row:4"
    assert exported["gemba reason"] == row.reason


def test_rejected_rows_are_read_in_parts(
    plant: Plant, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.intake.rejected._READ_AT_ONCE", 2)
    rows = "".join(f"WO-{n},31.02.2026,P-1,x\n" for n in range(7))
    _load(plant, here, _write(here, "orders.csv", GOOD + rows))
    assert len(list_rejected(plant.store)) == 7
    assert len(list_rejected(plant.store, limit=3)) == 3


def test_rejected_row_that_still_fails_stays(plant: Plant, here: Path) -> None:
    _load(plant, here, _write(here, "orders.csv", WITH_BAD_ROW))
    before = plant.store.count()
    file = _one(replay_rejected(plant, ACTOR))
    assert [(p.code, p.count) for p in file.rejected] == [("bad-date", 1)]
    assert [r.place for r in list_rejected(plant.store, document="orders.csv")] == ["row:4"]
    assert plant.store.count() == before


def test_rejected_row_passes_after_the_mapping_was_corrected(plant: Plant, here: Path) -> None:
    _load(plant, here, _write(here, "orders.csv", WITH_BAD_ROW))
    write_mapping(here / "mappings", LENIENT)

    planned = _one(replay_rejected(plant, ACTOR, dry_run=True))
    assert planned.changes.statements_added == 1
    assert plant.store.get_nodes(["wo:WO-9"]) == {}
    assert len(list_rejected(plant.store)) == 1

    file = _one(replay_rejected(plant, ACTOR, document="orders.csv"))
    assert (file.document, file.outcome) == ("orders.csv#replayed-1", "loaded")
    assert "wo:WO-9" in plant.store.get_nodes(["wo:WO-9"])
    assert list_rejected(plant.store) == []
    assert _audit(plant)[-1] == ("rejected.replay", "orders.csv", "done")
    assert replay_rejected(plant, ACTOR).files == []


def test_replayed_rows_go_with_their_document(plant: Plant, here: Path) -> None:
    before = plant.store.count()
    _load(plant, here, _write(here, "orders.csv", WITH_BAD_ROW))
    write_mapping(here / "mappings", LENIENT)
    replay_rejected(plant, ACTOR)
    removal = remove_documents(plant.store, ACTOR, ["orders.csv"])
    assert "orders.csv#replayed-1" in removal.removed
    assert plant.store.count() == before


def test_replayed_rows_give_way_when_the_file_is_read_anew(plant: Plant, here: Path) -> None:
    path = _write(here, "orders.csv", WITH_BAD_ROW)
    _load(plant, here, path)
    write_mapping(here / "mappings", LENIENT)
    replay_rejected(plant, ACTOR)
    assert _one(_load(plant, here, path)).outcome == "loaded"
    documents = {v.document.key for v in plant.store.versions()}
    assert "orders.csv" in documents
    assert not any("replayed" in key for key in documents)
    assert "wo:WO-9" in plant.store.get_nodes(["wo:WO-9"])


def test_loading_fault_of_ours_stops_no_other_file(
    plant: Plant, here: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from api.intake import loading

    opened = loading.open_source

    def open_source(
        plant: Plant, source: Source, options: TableOptions, shelf: Shelf
    ) -> list[OpenSource]:
        if source.key == "bad.csv":
            raise ZeroDivisionError("oops")
        return opened(plant, source, options, shelf)

    monkeypatch.setattr(loading, "open_source", open_source)
    bad, good = _write(here, "bad.csv", GOOD), _write(here, "orders.csv", GOOD)
    refused, loaded = _load(plant, here, bad, good).files
    assert (refused.outcome, refused.error_code) == ("refused", "internal-error")
    assert "fault of Gemba" in (refused.error or "")
    assert loaded.outcome == "loaded"
    assert "ZeroDivisionError" in caplog.text


def test_loading_text_that_is_called_a_workbook_is_refused(plant: Plant, here: Path) -> None:
    file = _one(_load(plant, here, _write(here, "notes.xlsx", "some words\n")))
    assert file.outcome == "refused"
    assert file.error is not None
    assert "ends in .xlsx and is no workbook" in file.error


def test_loading_a_wrong_encoding_is_named_in_the_refusal(plant: Plant, here: Path) -> None:
    path = _write(here, "orders.csv", "工单号,设备编号\nWX1,AS04\n".encode("gb18030"))
    file = _one(_load(plant, here, path, table=TableOptions(encoding="big5")))
    assert file.error is not None
    assert "It was read as big5" in file.error
