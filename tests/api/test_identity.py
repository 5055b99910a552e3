"""Merging names and taking merges back, over the command line and HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.cli import main
from api.wiring import Plant
from tests.api.conftest import Sign


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with two spellings of a concept and two of a thing that no ontology knows."""
    from api.settings import Settings
    from api.wiring import open_plant
    from kg.model.claims import Batch, Chunk, Claim, Document, NodeClaim, Passage, passage_key

    monkeypatch.chdir(tmp_path)
    batch = Batch()
    for n, name in enumerate(["hyd pumps", "frobnicator unit", "frobnicater unit"]):
        text = f"WO-{n}: {name}"
        batch.passages.append(Passage(passage_key(text), f"row:{n + 2}", text))
        batch.nodes.append(NodeClaim(f"component:{name}", "Component", n, name, {}, 1.0, "test@1"))
        batch.claims.append(
            Claim(f"wo:WO-{n}", "involves", f"component:{name}", n, extractor="t@1")
        )
    with open_plant(Settings(store="gemba.db")) as plant:
        plant.load_concepts("test")
        plant.new_loader().load(
            Document("orders.csv", "0" * 64, "test@1"),
            lambda _checkpoint: iter([Chunk(batch, rows=3)]),
            plant.new_run("test"),
        )
    return tmp_path / "gemba.db"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def proposals(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    _, out = run(capsys, "identity", "propose", "--class", "Component", "--json")
    return [(p["kept"], p["dropped"]) for p in json.loads(out)["proposals"]]


def test_identity_proposes_merges_and_takes_back(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = proposals(capsys)
    assert ("component:HydraulicPump", "component:hyd pumps") in before
    assert any("frobnicat" in kept and "frobnicat" in dropped for kept, dropped in before)
    code, out = run(capsys, "identity", "propose", "--class", "Component", "--merge-sure")
    assert code == 0
    assert "merged component:hyd pumps into component:HydraulicPump" in out
    code, out = run(capsys, "statements", "list", "component:HydraulicPump")
    assert "wo:WO-0~involves" in out
    assert run(capsys, "identity", "unmerge", "component:hyd pumps")[0] == 0
    after = proposals(capsys)
    assert ("component:HydraulicPump", "component:hyd pumps") not in after
    assert len(after) == len(before) - 1
    _, out = run(capsys, "identity", "list", "--json")
    assert json.loads(out)["merges"] == []
    assert [a["other"] for a in json.loads(out)["apart"]] == ["component:hyd pumps"]
    assert (
        run(
            capsys,
            "identity",
            "apart",
            "component:hyd pumps",
            "component:HydraulicPump",
            "--forget",
        )[0]
        == 0
    )
    assert proposals(capsys) == before


def test_identity_speaks_chinese(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMBA_LANGUAGE", "zh")
    _, out = run(capsys, "identity", "propose", "--class", "Component")
    assert "缩写和词形还原后名称相同" in out
    assert "液压泵" in out
    assert "differ" not in out
    _, out = run(capsys, "identity", "propose", "--class", "Component", "--merge-sure")
    assert "已将 component:hyd pumps 并入 component:HydraulicPump" in out
    _, out = run(capsys, "identity", "list")
    assert "视为" in out
    assert "缩写和词形还原后名称相同" in out
    _, out = run(capsys, "identity", "unmerge", "component:hyd pumps")
    assert "已重新分开" in out
    _, out = run(capsys, "identity", "list")
    assert "合并已撤回" in out


def test_identity_refuses_codes_kinds_and_concepts(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = run(capsys, "identity", "merge", "wo:WO-0", "wo:WO-1")
    assert code != 0
    assert "has a code" in out
    assert (
        "differ in kind"
        in run(capsys, "identity", "merge", "mode:Leakage", "component:hyd pumps")[1]
    )
    assert (
        "ships with the ontology"
        in run(capsys, "identity", "merge", "component:hyd pumps", "component:HydraulicPump")[1]
    )
    assert "nothing with the key" in run(capsys, "identity", "merge", "mode:Leakage", "mode:x")[1]
    assert "not merged" in run(capsys, "identity", "unmerge", "component:hyd pumps")[1]
    _, out = run(capsys, "identity", "list", "--json")
    assert json.loads(out) == {"merges": [], "apart": []}


def test_identity_over_http(client: TestClient, sign: Sign, plant: Plant) -> None:
    maintainer, reader = sign("maintainer"), sign("reader")
    assert client.get("/api/v1/identity/proposals", headers=reader).status_code == 403
    assert client.get("/api/v1/identity/proposals", headers=maintainer).status_code == 200
    request = {"kept": "asset:EX-12", "dropped": "wo:WO-1"}
    assert client.post("/api/v1/identity/merges", json=request, headers=reader).status_code == 403
    refused = client.post("/api/v1/identity/merges", json=request, headers=maintainer)
    assert refused.status_code == 409
    assert "has a code" in refused.json()["detail"]
    told = {"one": "mode:Leakage", "other": "asset:EX-12", "reason": "other things"}
    assert client.post("/api/v1/identity/apart", json=told, headers=maintainer).status_code == 204
    (apart,) = client.get("/api/v1/identity/apart", headers=maintainer).json()["items"]
    assert (apart["one"], apart["other"]) == ("asset:EX-12", "mode:Leakage")
    assert [label["zh"] for label in apart["labels"]][1] == "泄漏"
    assert client.get("/api/v1/identity/merges", headers=maintainer).json()["items"] == []
    missing = client.delete("/api/v1/identity/merges/mode:x", headers=maintainer)
    assert missing.status_code == 404
