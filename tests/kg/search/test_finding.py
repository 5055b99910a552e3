"""What people type and what they must find, on every store alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.model import View
from kg.model.errors import NotFound
from kg.search import nearest, require, require_first, resolve, search
from kg.store.protocol import Store
from ontology import load_schema
from tests.kg.plants import Facts, at, work_order
from tests.oracle import MemoryStore


@pytest.fixture
def plant(any_store: Store) -> Store:
    facts = Facts()
    facts.node("asset:P-101A", "Asset", "Cooling water pump A", manufacturer="Hydra")
    facts.node("asset:P-101B", "Asset", "Cooling water pump B")
    facts.also("asset:P-101A", "Asset", "冷却水泵A")
    facts.node("asset:M07", "Asset", "液压机7号")
    facts.also("asset:M07", "Asset", "Hydraulic press 7")
    facts.node("mode:Leakage", "FailureMode", "Leakage")
    facts.node("part:6205-2RS", "SparePart", "Deep groove ball bearing")
    facts.node("lot:M07", "MaterialLot", "M07")
    facts.node("unit:SN-000123", "Unit", "SN-000123")
    facts.node("unit:SN-000124", "Unit", "SN-000124")
    work_order(facts, "1001", "asset:M07", "2026-01-05", text="oil dripping below the ram",
               observed=("mode:Leakage",))  # fmt: skip
    work_order(facts, "1002", "asset:P-101A", "2026-01-06", text="泵轴封处渗漏，已更换",
               observed=("mode:Leakage",))  # fmt: skip
    work_order(facts, "1003", "asset:M07", "2026-01-07", text="bearing replaced")
    return facts.load(any_store)


def keys(store: Store, text: str, **more: object) -> list[str]:
    return [found.key for found in search(store, text, **more)]  # type: ignore[arg-type]


def test_search_exact_code_first(plant: Store) -> None:
    assert keys(plant, "P-101A")[0] == "asset:P-101A"
    assert search(plant, "P-101A")[0].reasons[0].field == "code"


def test_search_one_code_of_several_kinds_finds_all(plant: Store) -> None:
    assert set(keys(plant, "m07")[:2]) == {"asset:M07", "lot:M07"}


@pytest.mark.parametrize("typed", ["p101a", "P 101 A", "p-101-a", "ｐ－１０１Ａ", "P101-A"])
def test_search_codes_without_their_marks(plant: Store, typed: str) -> None:
    assert keys(plant, typed)[0] == "asset:P-101A"


def test_search_code_prefix_finds_things_kept_out_of_the_text_index(plant: Store) -> None:
    assert keys(plant, "SN-0001")[:2] == ["unit:SN-000123", "unit:SN-000124"]


def test_search_code_inside_a_chinese_question(plant: Store) -> None:
    assert "asset:P-101A" in keys(plant, "请问P-101A为什么漏水")[:2]


@pytest.mark.parametrize("typed", ["cooling water pump", "冷却水泵", "cooling watr pump"])
def test_search_names_in_both_languages_and_with_typos(plant: Store, typed: str) -> None:
    assert {"asset:P-101A", "asset:P-101B"} & set(keys(plant, typed)[:2])


def test_search_two_chinese_characters(plant: Store) -> None:
    assert keys(plant, "渗漏", classes=["WorkOrder"])[0] == "wo:1002"
    assert "asset:M07" in keys(plant, "液压")[:3]


def test_search_across_languages_finds_the_concept_and_what_observed_it(plant: Store) -> None:
    found = search(plant, "漏油")
    assert found[0].key == "mode:Leakage"
    events = {f.key for f in found if f.cls == "WorkOrder"}
    assert {"wo:1001", "wo:1002"} <= events
    assert "wo:1003" not in events


def test_search_asset_and_sign_together_prefers_the_record_with_both(plant: Store) -> None:
    assert keys(plant, "M07 泄漏", classes=["WorkOrder"])[0] == "wo:1001"


def test_search_reason_names_word_field_and_manner(plant: Store) -> None:
    best = search(plant, "cooling watr pump")[0]
    assert {(r.matched, r.manner) for r in best.reasons} >= {("watr", "typo")}
    assert all(r.found for r in best.reasons)


def test_search_classes_and_language_restrict(plant: Store) -> None:
    assert all(k.startswith("asset:") for k in keys(plant, "M07 pump", classes=["Asset"]))
    assert keys(plant, "nothing of the sort at all xyzzy") == []
    assert keys(plant, "   ") == []


def test_search_concept_that_no_document_mentions_is_marked(plant: Store) -> None:
    found = {f.key: f for f in search(plant, "振动", limit=50)}
    shipped = [f for f in found.values() if f.key.startswith("mode:") and not f.in_graph]
    assert shipped
    assert {f.named.label.zh for f in shipped}


def test_search_as_of_before_the_load_finds_nothing_of_it(plant: Store) -> None:
    before = View(as_of=at("2026-05-01"))
    assert not [f for f in search(plant, "cooling water pump", view=before) if f.in_graph]
    assert search(plant, "P-101A", view=before) == [] or not any(
        f.in_graph for f in search(plant, "P-101A", view=before)
    )


def test_resolve_code_name_concept_or_candidates(plant: Store) -> None:
    assert resolve(plant, "p-101a").key == "asset:P-101A"
    assert resolve(plant, "asset:m07").key == "asset:M07"
    assert resolve(plant, "冷却水泵A").how == "name"
    assert resolve(plant, "P101B").how == "spelling"
    assert resolve(plant, "泄漏", classes=["FailureMode"]).key == "mode:Leakage"
    unclear = resolve(plant, "M07")
    assert unclear.key is None
    assert {c.key for c in unclear.candidates[:2]} == {"asset:M07", "lot:M07"}
    assert require_first(plant, "M07", [("Asset",), ("Lot",)]) == "asset:M07"
    with pytest.raises(NotFound, match="Did you mean"):  # two pumps are called so
        require_first(plant, "Cooling water pump", [("Asset",), ("AssetClass",)])


def test_nearest_suggests_what_was_meant(plant: Store) -> None:
    assert nearest(plant, "asset:P-101C", 2) == ["asset:P-101A", "asset:P-101B"]
    assert nearest(plant, "unit:SN-000199", 2) == ["unit:SN-000123", "unit:SN-000124"]
    assert nearest(plant, "") == []
    with pytest.raises(NotFound, match="Did you mean") as caught:
        require(plant, "P-101C", classes=["Asset"])
    assert "asset:P-101A" in caught.value.nearest


def test_search_by_a_word_that_a_maintainer_adds_needs_no_code(tmp_path: Path) -> None:
    extra = tmp_path / "plant.ttl"
    extra.write_text(
        """@prefix mode: <https://w3id.org/gemba/concept/mode#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
mode:Leakage skos:altLabel "weepage"@en , "冒油花"@zh .
""",
        encoding="utf-8",
    )
    store = MemoryStore(load_schema([extra]))
    facts = Facts()
    work_order(facts, "1", "asset:M07", "2026-01-05", observed=("mode:Leakage",))
    facts.load(store)
    for word in ("weepage", "冒油花"):
        assert "wo:1" in keys(store, word, classes=["WorkOrder"])
