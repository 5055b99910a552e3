from __future__ import annotations

from pathlib import Path

import pytest

from extraction.text.lexicon import Lexicon
from extraction.text.reading import Reader
from extraction.text.wordlists import read_word_lists
from kg.model import BadInput
from tests.extraction.text.plant_words import small_plant


def test_a_plants_own_aliases_are_understood(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("abbrev,expansion,language\nzylinder,hydraulic cylinder,de\n")
    reader = Reader(Lexicon(small_plant(), read_word_lists((own,))))
    assert [m.concept for m in reader.read("Zylinder leak").mentions] == [
        "component:HydraulicCylinder",
        "mode:Leakage",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("short,long\na,b\n", "no column 'abbrev'"),
        ("abbrev,expansion\n,b\n", "row 2: the column 'abbrev' is empty"),
    ],
)
def test_a_wrong_alias_file_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    own = tmp_path / "own.csv"
    own.write_text(text)
    with pytest.raises(BadInput, match=message) as error:
        read_word_lists((own,))
    assert str(own) in str(error.value)


def test_a_missing_alias_file_is_told() -> None:
    with pytest.raises(BadInput, match="nowhere"):
        read_word_lists((Path("nowhere.csv"),))
