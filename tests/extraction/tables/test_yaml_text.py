"""YAML as people mean it."""

from __future__ import annotations

import pytest

from extraction.tables.yaml_text import line_of, read_yaml
from kg.model import BadMapping


def test_codes_that_look_like_other_things_stay_text() -> None:
    data = read_yaml("a: NO\nb: 12:30\nc: 2024-01-05\nd: 007\ne: yes\nf: on\ng: 1e3", "m.yaml")
    assert data == {
        "a": "NO", "b": "12:30", "c": "2024-01-05", "d": "007", "e": "yes", "f": "on", "g": "1e3",
    }  # fmt: skip


def test_plain_numbers_and_truth_values_are_read() -> None:
    assert read_yaml("a: 1\nb: 0.5\nc: true\nd: null\ne:", "m.yaml") == {
        "a": 1, "b": 0.5, "c": True, "d": None, "e": None,
    }  # fmt: skip


def test_keys_stay_as_written() -> None:
    assert read_yaml("map: {1: one, 007: bond, NO: none}", "m") == {
        "map": {"1": "one", "007": "bond", "NO": "none"}
    }


def test_a_key_that_stands_there_twice_is_an_error_with_its_line() -> None:
    with pytest.raises(BadMapping, match=r"m\.yaml, line 3: 'a' stands here twice"):
        read_yaml("a: 1\nb: 2\na: 3\n", "m.yaml")


def test_aliases_are_refused_so_that_nothing_can_explode() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    with pytest.raises(BadMapping, match="aliases"):
        read_yaml(bomb, "m.yaml")


def test_broken_yaml_names_file_and_line() -> None:
    with pytest.raises(BadMapping, match=r"m\.yaml, line 2"):
        read_yaml("a: 1\n  b: [\n", "m.yaml")


def test_objects_of_python_are_never_built() -> None:
    with pytest.raises(BadMapping):
        read_yaml("a: !!python/object/apply:os.system ['true']", "m.yaml")


def test_lines_are_found_by_path() -> None:
    text = "a: 1\nthings:\n  order:\n    class: X\nstatements:\n  - one\n  - two\n"
    assert line_of(text, ("things", "order", "class")) == 4
    assert line_of(text, ("statements", 1)) == 7
    assert line_of(text, ("things", "order", "absent")) == 3
