"""FMEA out of the graph and in again."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.fmea_file import write_fmea
from extraction.tables import load_mapping, open_table
from kg.diagnosis.fmea import action_priority, fmea_rows
from kg.ingest import Loader
from kg.model import Run
from kg.model.errors import BadInput
from kg.resolution import NameResolver
from kg.store.protocol import Store
from kg.store.sqlite import SqliteStore
from ontology import load_gate
from tests.kg.plants import Facts, schema


def plant() -> Facts:
    f = Facts("fmea.xlsx").node("class:Press", "AssetClass", "press")
    for part, mode, cause, check, ratings in (
        ("ram seal ring", "weeping joint", "ring hardened by heat", "wipe and watch", (7, 5, 6)),
        ("ram seal ring", "weeping joint", "groove scored", "measure the groove", (7, 2, 3)),
        ("slide gib", "slide tilts", "gib worn through", "feeler gauge at corners", (9, 4, 2)),
    ):
        c, m, e = f"cause:{cause}", f"mode:{mode}", f"effect:bad parts from {part}"
        f.say("class:Press", "hasComponent", f"component:{part}")
        f.say(f"component:{part}", "hasFunction", f"function:keeps {part} tight")
        f.say(f"component:{part}", "exhibits", m).say("class:Press", "exhibits", m)
        f.say(m, "causes", e, props={"severity": ratings[0], "ratingScale": 10})
        f.say(c, "causes", m, props={"occurrence": ratings[1], "ratingScale": 10})
        f.say(c, "affects", f"component:{part}").say(c, "affects", "class:Press")
        f.say(c, "detectedBy", f"check:{check}",
              props={"detection": ratings[2], "ratingScale": 10})  # fmt: skip
        f.say(c, "remedied" + "By", f"remedy:renew {part}")
    return f


def test_fmea_goes_out_and_comes_in_equal(any_store: Store, tmp_path: Path) -> None:
    rows = fmea_rows(plant().load(any_store), schema(), "class:Press")
    assert [(r.component, r.cause, r.priority) for r in rows] == [
        ("ram seal ring", "groove scored", "L"),
        ("ram seal ring", "ring hardened by heat", "M"),
        ("slide gib", "gib worn through", "H"),
    ]
    file = tmp_path / "out.xlsx"
    write_fmea(rows, file, scale=10)
    again = SqliteStore(tmp_path / "again.db", schema())
    table = open_table(file, load_mapping("fmea"), schema())
    loader = Loader(again, load_gate((), schema()), NameResolver(schema()))
    loader.load(table.document, table.chunks, Run("again", 1))
    assert fmea_rows(again, schema(), "class:Press") == rows
    again.close()


def test_fmea_on_other_scales_rounds_to_the_greater_risk(any_store: Store) -> None:
    rows = fmea_rows(plant().load(any_store), schema(), "class:Press", scale=5)
    assert [(r.severity, r.occurrence, r.detection, r.priority) for r in rows] == [
        (4, 1, 2, ""), (4, 3, 3, ""), (5, 2, 1, ""),
    ]  # fmt: skip


def test_action_priority_is_complete_and_never_falls_with_the_ratings() -> None:
    order = "LMH"
    span = range(1, 11)
    table = {(s, o, d): order.index(action_priority(s, o, d))
             for s in span for o in span for d in span}  # fmt: skip
    for (s, o, d), level in table.items():
        for worse in ((s + 1, o, d), (s, o + 1, d), (s, o, d + 1)):
            assert table.get(worse, 2) >= level
    assert action_priority(10, 10, 10) == "H"
    with pytest.raises(BadInput, match="from 1 to 10"):
        action_priority(11, 1, 1)


def test_fmea_of_what_nobody_knows_is_refused(any_store: Store) -> None:
    Facts().node("class:Press", "AssetClass", "press").load(any_store)
    with pytest.raises(BadInput, match="Nothing is known"):
        fmea_rows(any_store, schema(), "class:Press")
    with pytest.raises(BadInput, match="rating scale"):
        fmea_rows(any_store, schema(), "class:Press", scale=1)
