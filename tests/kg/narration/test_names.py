"""What coded things are called."""

from __future__ import annotations

import pytest

from kg.model.graph import Node
from kg.narration import name_in
from tests.kg.plants import schema


@pytest.mark.parametrize(
    ("key", "cls", "name", "en"),
    [
        ("part:FUEL PUMP", "SparePart", "fuel pump", "fuel pump"),
        ("part:SP-4008", "SparePart", "SP-4008", "spare part SP-4008"),
        ("part:SP-4008", "SparePart", "Fixture O-ring", "Fixture O-ring (SP-4008)"),
        ("part:ABC", "SparePart", "ABC", "spare part ABC"),
        ("part:密封圈", "SparePart", "密封圈", "密封圈"),
    ],
)
def test_a_code_that_reads_as_words_needs_no_class_before_it(
    key: str, cls: str, name: str, en: str
) -> None:
    assert name_in(schema(), {key: Node(key, cls, name)}, key).label.en == en
