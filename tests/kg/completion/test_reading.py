"""Folders of triples in the shapes that people share them in."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.completion.splits import read_split
from kg.model.errors import BadInput

WANTED = [("a pump", "has part", "seal, old"), ("a pump", "near", "motor"), ("motor", "near", "x")]
NUMBERS = {
    "entity2id.txt": "4\na pump\t0\nseal, old\t1\nmotor\t2\nx\t3\n",
    "relation2id.txt": "2\nhas part\t0\nnear\t1\n",
}


def rows(separator: str, triples: list[tuple[str, str, str]] | None = None) -> str:
    return "".join(separator.join(triple) + "\n" for triple in triples or WANTED)


def write(folder: Path, train: str, text: str, **others: str) -> None:
    (folder / train).write_text(text, encoding="utf-8")
    for name in ("valid", "test"):
        path = folder / train.lower().replace("train", name)
        path.write_text(others.get(name, ""), encoding="utf-8")


QUOTED = 'a pump,has part,"seal, old"\na pump,near,motor\nmotor,near,x\n'


@pytest.mark.parametrize(
    ("name", "text", "more"),
    [
        ("train.txt", rows("\t"), {}),
        ("train.txt", "\ufeff" + rows("\t").replace("\n", "\r\n") + "\n\n", {}),
        ("Train.tsv", "head\trelation\ttail\n" + rows("\t"), {}),
        ("train.csv", QUOTED, {}),
        (
            "train.csv",
            QUOTED.replace('"seal, old"', "seal, old").replace(",", ";").replace("l;", "l,"),
            {},
        ),
        ("train.csv", "Subject,Predicate,Object\n" + QUOTED, {}),
        (
            "train.tsv",
            "weight\ttail\thead\trel\n" + "".join(f"1\t{o}\t{s}\t{r}\n" for s, r, o in WANTED),
            {},
        ),
        ("train.txt", "0\t0\t1\n0\t1\t2\n2\t1\t3\n", NUMBERS),
        ("train.txt", "0 1 0\n0 2 1\n2 3 1\n", NUMBERS),
        ("train2id.txt", "3\n0 1 0\n0 2 1\n2 3 1\n", NUMBERS),
    ],
)
def test_every_shape_gives_the_same_triples(
    tmp_path: Path, name: str, text: str, more: dict[str, str]
) -> None:
    write(tmp_path, name, text)
    for path, content in more.items():
        (tmp_path / path).write_text(content, encoding="utf-8")
    graph = read_split(tmp_path).graph
    found = [
        (graph.entities[s], graph.relations[r], graph.entities[o]) for s, r, o in graph.triples
    ]
    assert sorted(found) == WANTED


def test_words_between_spaces_and_a_first_triple_that_looks_like_a_header(tmp_path: Path) -> None:
    write(tmp_path, "train.txt", "s r o\no r s\n", test="o q s\n")
    split = read_split(tmp_path)
    assert len(split.graph.triples) == 2
    assert split.graph.relations == ("q", "r")
    assert len(split.test) == 1


def test_missing_parts_are_split_off_and_the_same_ones_each_time(tmp_path: Path) -> None:
    many = [(f"n{at}", "r", f"n{at * 7 % 40}") for at in range(40)]
    (tmp_path / "train.txt").write_text(rows("\t", many), encoding="utf-8")
    first, again = read_split(tmp_path), read_split(tmp_path)
    assert len(first.test) == 4
    assert len(first.valid) == 4
    assert first.valid.tolist() == again.valid.tolist()
    assert first.test.tolist() == again.test.tolist()
    assert len(first.known.triples) == len(first.graph.triples) + 8 == 40
    assert len(first.notes) == 2


def test_what_was_learnt_from_is_not_asked(tmp_path: Path) -> None:
    new = ("x", "near", "a pump")
    write(
        tmp_path,
        "train.txt",
        rows("\t", [*WANTED, WANTED[0]]),
        valid=rows("\t", [WANTED[1], new]),
        test=rows("\t", [new, ("never seen", "near", "motor")]),
    )
    split = read_split(tmp_path)
    assert len(split.graph.triples) == 3
    assert len(split.valid) == 1
    assert len(split.test) == 1
    assert ["1 triples" in note for note in split.notes] == [True, True]


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        ("a\tr\tb\nx\ty\n", {}, "line 2"),
        ("a,r\n", {}, "line 1"),
        ("0\t9\t2\n", NUMBERS, r"number 9 is not in .*relation2id"),
        ("0\t1\t9\n", NUMBERS, r"number 9 is not in .*entity2id"),
        ("0\t1\t2\n", {**NUMBERS, "entity2id.txt": "pump\n"}, "line 1: a name and its number"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_place(
    tmp_path: Path, text: str, more: dict[str, str], message: str
) -> None:
    write(tmp_path, "train.txt", text)
    for path, content in more.items():
        (tmp_path / path).write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        read_split(tmp_path)
