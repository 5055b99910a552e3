from __future__ import annotations

import json
from pathlib import Path

import pytest

from extraction.pipeline.labels import Meaning
from extraction.pipeline.naming import LABELS, name_labels
from kg.model import BadInput
from ontology.schema import Schema


def make(folder: Path, task: str = "spans") -> Path:
    card = {"version": 1, "task": task, "tier": "fast", "format": "jsonl", "reading": {},
            "labels": ["Ding", "Item", "Zustand"], "tie_labels": ["an"]}  # fmt: skip
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder


def texts(folder: Path) -> Path:
    text = "hose leaking"
    entry = {
        "text": text,
        "entities": [
            {"id": 1, "label": "Ding", "start_offset": 0, "end_offset": 4},
            {"id": 2, "label": "Zustand", "start_offset": 5, "end_offset": 12},
        ],
        "relations": [{"id": 1, "from_id": 2, "to_id": 1, "type": "an"}],
    }
    path = folder / "texts.jsonl"
    path.write_text("\n".join([json.dumps(entry)] * 6), encoding="utf-8")
    return path


def test_labels_are_named_from_texts_and_corrections_stay(schema: Schema, tmp_path: Path) -> None:
    model = make(tmp_path)
    alone = name_labels(schema, model)
    assert (alone.class_of("Item"), alone.class_of("Ding")) == ("Component", None)
    found = name_labels(schema, model, texts=texts(tmp_path))
    assert found.class_of("Ding") == "Component"
    assert found.class_of("Zustand") == "FailureMode"
    assert found.relation_of("an", "Zustand", "Ding") == Meaning("exhibits", True)
    table = (model / LABELS).read_text(encoding="utf-8")
    corrected = table.replace("Ding,Component", "Ding,SparePart")
    assert corrected != table
    (model / LABELS).write_text(corrected, encoding="utf-8")
    assert name_labels(schema, model, texts=texts(tmp_path)).class_of("Ding") == "SparePart"


def test_only_models_of_spans_have_labels_to_name(schema: Schema, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no spans"):
        name_labels(schema, make(tmp_path, "normalise"))
