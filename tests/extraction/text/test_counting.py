from __future__ import annotations

import pytest

from extraction.text.counting import SentenceCounter
from kg.model import Claim
from kg.model.claims import Sentences


def claim(start: int, status: str = "accepted") -> Claim:
    return Claim("a:1", "r", "b:2", 0, 0.9, status, "x@1", start, start + 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "claims", "counted"),
    [
        ("hose leaking", [claim(10)], (1, 0, 0)),
        ("hose leaking", [claim(10, "suggested")], (0, 1, 0)),
        ("hose leaking", [claim(10, "suggested"), claim(12)], (1, 0, 0)),
        ("lorem ipsum", [], (0, 0, 1)),
        ("", [], (0, 0, 0)),
        (" \n ", [], (0, 0, 0)),
        ("Hose leaks. Pump ok. Lorem.", [claim(10), claim(22, "suggested")], (1, 1, 1)),
        ("泵漏油。已更换；试车正常。", [claim(10), claim(14)], (2, 0, 1)),
        ("fitted 6205.2 and No.3", [claim(10)], (1, 0, 0)),
        ("leak!!! ... ", [], (0, 0, 1)),
    ],
)
def test_every_sentence_is_counted_once(
    text: str, claims: list[Claim], counted: tuple[int, int, int]
) -> None:
    counter = SentenceCounter()
    counter.add(text, 10, claims)
    assert counter.take() == Sentences(*counted)
    assert counter.take() == Sentences()
