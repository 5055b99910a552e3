"""Manuals, mails and archives of them on their way into the graph."""

from __future__ import annotations

import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from api.audit import Actor
from api.intake import LoadOptions, gather, load_sources
from api.payloads.loads import LoadAnswer
from api.wiring import Plant
from kg.model import StatementKey

pytestmark = pytest.mark.usefixtures("without_concepts")
MANUAL = """\
# KX 22 screw compressor, manual

## Fault finding

| Fault | Cause | Remedy |
| --- | --- | --- |
| It hums loudly | Laminations are loose | Varnish the stator |
| Oil foams up | Antifoam is used up | Drain and refill |
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _load(plant: Plant, path: Path, folder: Path) -> LoadAnswer:
    workspace = folder / f"work-{len(list(folder.iterdir()))}"
    workspace.mkdir()
    return load_sources(plant, Actor("test", "test"), gather([path], workspace), LoadOptions())


def _indicates(symptom: str, cause: str) -> StatementKey:
    return StatementKey(f"symptom:{symptom}", "indicates", f"cause:{cause}")


HUMS = _indicates("it hums loudly", "laminations are loose")
FOAMS = _indicates("oil foams up", "antifoam is used up")


def test_manual_is_loaded_with_its_evidence(plant: Plant, tmp_path: Path) -> None:
    (tmp_path / "manual.md").write_text(MANUAL, encoding="utf-8")
    (file,) = _load(plant, Path("manual.md"), tmp_path).files
    assert (file.outcome, file.mapping, file.rejected) == ("loaded", "document", [])
    (evidence,) = plant.store.evidence_of([HUMS])[HUMS]
    assert evidence.place == "table:1/row:2"
    assert evidence.quote == "It hums loudly | Cause: Laminations are loose"
    assert evidence.document == "manual.md"


def test_changed_manual_yields_the_difference(plant: Plant, tmp_path: Path) -> None:
    path = tmp_path / "manual.md"
    path.write_text(MANUAL, encoding="utf-8")
    first = _load(plant, Path("manual.md"), tmp_path).files[0]
    assert _load(plant, Path("manual.md"), tmp_path).files[0].outcome == "unchanged"
    added = "| Valve rattles | Spring is broken | Fit a new spring |\n"
    path.write_text(
        MANUAL.replace("## Fault", "A new chapter before it.\n\n## Fault") + added, encoding="utf-8"
    )
    (second,) = _load(plant, Path("manual.md"), tmp_path).files
    assert second.changes.statements_removed == 0
    assert second.changes.evidence_retired == 0
    assert second.changes.evidence_kept >= first.changes.evidence_added
    assert second.changes.statements_added > 0
    kept = path.read_text(encoding="utf-8").replace(
        "| Oil foams up | Antifoam is used up | Drain and refill |\n", ""
    )
    path.write_text(kept, encoding="utf-8")
    (third,) = _load(plant, Path("manual.md"), tmp_path).files
    assert HUMS in plant.store.get_statements([HUMS, FOAMS])
    assert FOAMS not in plant.store.get_statements([HUMS, FOAMS])
    assert third.changes.statements_removed > 0


def test_removed_manual_leaves_nothing(plant: Plant, tmp_path: Path) -> None:
    before = plant.store.count()
    (tmp_path / "manual.md").write_text(MANUAL, encoding="utf-8")
    _load(plant, Path("manual.md"), tmp_path)
    assert plant.store.count() != before
    plant.store.remove_documents(["manual.md"])
    assert plant.store.count() == before


def test_mail_with_attachments_and_an_archive_in_it(plant: Plant, tmp_path: Path) -> None:
    packed = tmp_path / "inner.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("deep/手册.md", MANUAL)
        archive.writestr("broken.pdf", b"%PDF-1.4 broken")
    inner = EmailMessage()
    inner["Subject"] = "forwarded"
    inner.set_content("Symptom: Belt squeals\nCause: Pulley is glazed\n")
    mail = EmailMessage()
    mail["Subject"] = "Manuals"
    mail.set_content("See the attached files.")
    mail.add_attachment(
        packed.read_bytes(), maintype="application", subtype="zip", filename="../../all.zip"
    )
    mail.add_attachment(inner)
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    files = {f.document: f for f in _load(plant, Path("a.eml"), tmp_path).files}
    assert set(files) == {
        "a.eml",
        "a.eml/all.zip/broken.pdf",
        "a.eml/all.zip/deep/手册.md",
        "a.eml/mail-2.eml",
    }
    broken = files.pop("a.eml/all.zip/broken.pdf")
    assert {f.outcome for f in files.values()} == {"loaded"}
    assert broken.outcome == "refused"
    assert broken.error == "a.eml/all.zip/broken.pdf is a damaged PDF; export it again."
    assert HUMS in plant.store.get_statements([HUMS])
    squeals = _indicates("belt squeals", "pulley is glazed")
    assert plant.store.evidence_of([squeals])[squeals][0].document == "a.eml/mail-2.eml"
    assert not (tmp_path.parent / "all.zip").exists()


def test_archives_within_archives_end_somewhere(plant: Plant, tmp_path: Path) -> None:
    data = MANUAL.encode()
    name = "manual.md"
    for _ in range(8):
        path = tmp_path / "next.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, data)
        data, name = path.read_bytes(), "next.zip"
    (file,) = _load(plant, Path("next.zip"), tmp_path).files
    assert file.outcome == "refused"
    assert "packed into" in (file.error or "")


def test_texts_with_record_columns_stay_tables(plant: Plant, tmp_path: Path) -> None:
    (tmp_path / "orders.txt").write_text(
        "work order,equipment,description,reported on\n4711,P-1,pump leaks,2026-01-02\n",
        encoding="utf-8",
    )
    (tmp_path / "note.txt").write_text(
        "Symptom: Belt squeals\nCause: Pulley is glazed\n", encoding="utf-8"
    )
    orders = _load(plant, Path("orders.txt"), tmp_path).files[0]
    note = _load(plant, Path("note.txt"), tmp_path).files[0]
    assert orders.mapping != "document"
    assert note.mapping == "document"


def test_interrupted_manual_goes_on_and_ends_as_if_it_had_not_been(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extraction.documents.reading._CHUNK", 10)
    chapters = "".join(
        f"## Fault finding {n}\n\nRead this first.\n\n| Fault | Cause |\n|---|---|\n"
        f"| sign {n} is seen | reason {n} is there |\n\n1. Open it.\n2. Close it.\n\n"
        for n in range(12)
    )
    (tmp_path / "manual.md").write_text("# Screw compressor\n\n" + chapters, encoding="utf-8")
    stops = 0

    def stop(_: object) -> None:
        nonlocal stops
        stops += 1
        if stops == 3:
            raise KeyboardInterrupt

    workspace = tmp_path / "work"
    workspace.mkdir()
    actor = Actor("test", "test")
    sources = gather([Path("manual.md")], workspace)
    with pytest.raises(KeyboardInterrupt):
        load_sources(plant, actor, sources, LoadOptions(), stop)
    assert not plant.store.versions("manual.md")[-1].is_complete
    assert plant.store.versions("manual.md")[-1].checkpoint is not None
    load_sources(plant, actor, sources, LoadOptions())
    resumed = plant.store.count()
    signs = [_indicates(f"sign {n} is seen", f"reason {n} is there") for n in range(12)]
    assert len(plant.store.get_statements(signs)) == 12
    plant.store.remove_documents(["manual.md"])
    load_sources(plant, actor, sources, LoadOptions())
    assert plant.store.count() == resumed
