"""What answers need from a plant besides the graph: keys of what was named, and its clock."""

from __future__ import annotations

from collections.abc import Sequence

from api.lookup import node_called
from api.wiring import Plant
from kg.model.graph import NOW, View
from kg.model.keys import normal_code
from kg.search import resolve

_MADE = ("Unit", "MaterialLot", "Container")
_BAD = ("DefectType", "Defect", "Complaint", *_MADE)


def keys_of(plant: Plant, texts: Sequence[str], view: View = NOW) -> list[str]:
    """The keys of things called by keys, codes or names. Raises NotFound with the nearest.

    A code that several things have, such as an order and its lot, means what is made; a name
    that a failure mode and a defect share means the defect.
    """
    known = plant.store.get_nodes(texts, view) if texts else {}
    found: list[str] = []
    missing = {t: [f"{k}:{normal_code(t)}" for k in _kinds(plant)] for t in texts if t not in known}
    made = plant.store.get_nodes([k for keys in missing.values() for k in keys], view)
    for text in texts:
        keys = [key for key in missing.get(text, ()) if key in made]
        if text in known:
            found.append(text)
        elif keys:
            found.append(keys[0])
        else:
            meant = resolve(plant.store, text, classes=_BAD, view=view).key
            found.append(meant or node_called(plant.store, text, view).key)
    return found


def _kinds(plant: Plant) -> list[str]:
    classes = plant.schema.classes
    return [classes[c].kind for c in _MADE if c in classes]
