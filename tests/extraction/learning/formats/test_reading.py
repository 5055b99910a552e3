"""Files of labelled texts: what a format gives, and what is said of what it cannot use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.learning.examples import Example, Labelled, Respelt, Span, Tie
from extraction.learning.formats import FORMATS, read_corpus, read_unlabelled
from extraction.learning.formats.label import write as write_labels
from kg.model.errors import BadInput, GembaError, UnreadableFile
from tests.shared_data import shared


def write(path: Path, content: str | bytes) -> Path:
    if isinstance(content, str):
        content = content.encode()
    path.write_bytes(content)
    return path


def marked(example: Example) -> list[tuple[str, str]]:
    return [(example.text[s.start : s.end], s.label) for s in example.spans]


JSONL = {
    "text": "🔧 oil leak at pump",
    "entities": [
        {"id": 7, "label": "Fault", "start_offset": 2, "end_offset": 10},
        {"id": 9, "label": "Part", "start_offset": 14, "end_offset": 18},
        {"id": 11, "label": "Medium", "start_offset": 2, "end_offset": 5},
    ],
    "relations": [{"id": 1, "from_id": 7, "to_id": 9, "type": "at"}],
}


def test_jsonl_reads_nested_spans_and_ties_behind_an_astral_character(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", json.dumps(JSONL))
    (example,) = read_corpus("jsonl", path).items
    assert marked(example) == [("oil", "Medium"), ("oil leak", "Fault"), ("pump", "Part")]
    assert example.ties == (Tie(1, 2, "at"),)


@pytest.mark.parametrize("key", ["label", "labels"])
def test_jsonl_reads_doccanos_older_form(tmp_path: Path, key: str) -> None:
    entry = {"id": 3, "text": "泵漏油", key: [[0, 1, "部件"], [1, 3, "故障"]]}
    path = write(tmp_path / "a.jsonl", json.dumps(entry, ensure_ascii=False))
    (example,) = read_corpus("jsonl", path).items
    assert marked(example) == [("泵", "部件"), ("漏油", "故障")]


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        ({"label": "A", "start_offset": 5, "end_offset": 99}, "entity 0 (5 to 99, 'A')"),
        ({"label": "A", "start_offset": -1, "end_offset": 2}, "entity 0 (-1 to 2, 'A')"),
        ({"label": "A", "start_offset": 3, "end_offset": 3}, "entity 0 (3 to 3, 'A')"),
        ({"label": "", "start_offset": 0, "end_offset": 3}, "entity 0 (0 to 3, '')"),
        ({"label": "A", "start_offset": "0", "end_offset": 3}, "entity 0 (0 to 3, 'A')"),
        ({"label": "A", "start_offset": True, "end_offset": 3}, "entity 0 (True to 3"),
        ("nonsense", "entity 0"),
    ],
)
def test_jsonl_leaves_a_bad_span_out_and_names_it(
    tmp_path: Path, entity: object, said: str
) -> None:
    good = {"id": 2, "label": "B", "start_offset": 0, "end_offset": 3}
    entry = {
        "text": "oil leak",
        "entities": [entity, good],
        "relations": [{"from_id": 0, "to_id": 2, "type": "at"}, {"from_id": [2], "to_id": {}}],
    }
    corpus = read_corpus("jsonl", write(tmp_path / "a.jsonl", json.dumps(entry)))
    assert marked(corpus.items[0]) == [("oil", "B")]
    assert corpus.items[0].ties == ()
    messages = [notice.message for notice in corpus.notices]
    assert len(messages) == 3
    assert messages[0].startswith("a.jsonl, line 1: ")
    assert said in messages[0]
    assert "relation 0 joins no two entities" in messages[1]


def test_overlapping_spans_and_doubles_are_kept_once_each(tmp_path: Path) -> None:
    entry = {"text": "abcdef", "label": [[0, 4, "X"], [2, 6, "X"], [0, 4, "X"], [0, 4, "Y"]]}
    (example,) = read_corpus("jsonl", write(tmp_path / "a.jsonl", json.dumps(entry))).items
    assert example.spans == (Span(0, 4, "X"), Span(0, 4, "Y"), Span(2, 6, "X"))


def test_broken_json_lines_are_noticed_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines = [json.dumps(JSONL), "{broken", "[1, 2]", '"text"', json.dumps({"text": "  "})]
    half = '{"text": "half \\ud83d a character"}'
    corpus = read_corpus("jsonl", write(tmp_path / "a.jsonl", "\n".join([*lines, half])))
    assert len(corpus.items) == 1
    assert [notice.message for notice in corpus.notices] == [
        "a.jsonl, line 2: is no JSON; left out.",
        "a.jsonl, line 3: is no JSON object; left out.",
        "a.jsonl, line 4: is no JSON object; left out.",
        "a.jsonl, line 5: has no text; left out.",
        "a.jsonl, line 6: an escape such as \\ud83d stands for half a character; left out.",
    ]


def test_a_broken_json_list_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "gold.json", '[\n{"tokens": ["a"]},\n{"tokens" ["b"]}\n]')
    with pytest.raises(BadInput, match=r"gold\.json, line 3: is no JSON"):
        read_corpus("maintie", path)


def test_deeply_nested_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read_corpus("maintie", write(tmp_path / "deep.json", "[" * 200_000))


@pytest.mark.parametrize(
    ("name", "encoding", "prefix"),
    [
        ("utf-16 with mark", "utf-16", ""),
        ("utf-16 without mark", "utf-16-le", ""),
        ("utf-8 with mark", "utf-8-sig", ""),
        ("gb18030", "gb18030", ""),
        ("utf-8", "utf-8", ""),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(
    tmp_path: Path, name: str, encoding: str, prefix: str, line_end: str
) -> None:
    rows = ["液压泵\tB-部件", "漏油\tB-故障", "", "更换\tB-维修", "密封圈\tB-部件", "的\tO"]
    path = write(tmp_path / "a.txt", (prefix + line_end.join(rows)).encode(encoding))
    corpus = read_corpus("conll", path)
    assert corpus.notices == (), name
    assert [marked(e) for e in corpus.items] == [
        [("液压泵", "部件"), ("漏油", "故障")],
        [("更换", "维修"), ("密封圈", "部件")],
    ]


def test_conll_takes_the_first_and_last_of_four_columns_and_iobes_marks(tmp_path: Path) -> None:
    rows = "-DOCSTART- -X- O O\n\nHydraulic NN x B-Part\npump NN x E-Part\nleaks VB x S-Fault\n"
    corpus = read_corpus("conll", write(tmp_path / "a.txt", rows))
    assert marked(corpus.items[0]) == [("Hydraulic pump", "Part"), ("leaks", "Fault")]
    assert corpus.notices == ()


def test_conll_with_one_column_is_read_as_unlabelled_and_says_so(tmp_path: Path) -> None:
    corpus = read_corpus("conll", write(tmp_path / "a.txt", "pump\nleaks\n"))
    assert corpus.items[0].text == "pump leaks"
    assert corpus.items[0].spans == ()
    assert [n.place for n in corpus.notices] == ["a.txt, line 1", "a.txt, line 2"]
    assert "expected a token and a label" in corpus.notices[0].message


def test_conll_spans_begin_anew_at_b_and_at_another_label(tmp_path: Path) -> None:
    rows = "a\tB-X\nb\tB-X\nc\tI-X\nd\tI-Y\ne\tO\nf\tI-Y"
    (example,) = read_corpus("conll", write(tmp_path / "a.txt", rows)).items
    assert marked(example) == [("a", "X"), ("b c", "X"), ("d", "Y"), ("f", "Y")]


def test_maintie_reads_token_ranges_levels_ties_and_hints(tmp_path: Path) -> None:
    entry = {
        "text": "replace park brake",
        "tokens": ["replace", "park", "brake"],
        "entities": [
            {"start": 0, "end": 1, "type": "Activity/Maintenance"},
            {"start": 1, "end": 3, "type": "PhysicalObject/Stopping"},
            {"start": 1, "end": 9, "type": "PhysicalObject"},
        ],
        "relations": [
            {"head": 0, "tail": 1, "type": "x/hasPatient"},
            {"head": 0, "tail": 2, "type": "hasPatient"},
            {"head": [0], "tail": {}, "type": "hasPatient"},
        ],
        "triples": [["hasPatient", "replace", "park brake"], 5],
    }
    path = write(tmp_path / "a.json", json.dumps([entry]))
    corpus = read_corpus("maintie", path)
    (example,) = corpus.items
    assert marked(example) == [("replace", "Activity"), ("park brake", "PhysicalObject")]
    assert example.ties == (Tie(0, 1, "hasPatient"),)
    assert [h.target for h in example.hints] == ["park brake"]
    assert [n.message for n in corpus.notices] == [
        "a.json, entry 1: entity 2 (1 to 9, PhysicalObject) is no range of the 3 tokens with a "
        "type; left out.",
        "a.json, entry 1: relation 1 (0 to 2) joins no two entities; left out.",
        "a.json, entry 1: relation 2 ([0] to {}) joins no two entities; left out.",
    ]
    (deeper,) = read_corpus("maintie", path, level=2).items
    assert deeper.spans[0].label == "Activity/Maintenance"


def test_bdci_names_the_ends_of_known_and_unknown_relations(tmp_path: Path) -> None:
    def triple(relation: str, head: list[int], tail: list[int]) -> dict[str, Any]:
        return {"relation": relation, "h": {"pos": head}, "t": {"pos": tail}}

    entry = {
        "text": "油泵漏油严重",
        "spo_list": [
            triple("部件故障", [0, 2], [2, 4]),
            triple("程度", [2, 4], [4, 6]),
            triple("组成", [0, 2], [4, 99]),
            {"relation": "组成"},
        ],
    }
    corpus = read_corpus("bdci", write(tmp_path / "a.json", json.dumps(entry)))
    assert marked(corpus.items[0]) == [
        ("油泵", "部件单元"),
        ("漏油", "故障状态"),
        ("漏油", "程度:h"),
        ("严重", "程度:t"),
    ]
    assert {tie.label for tie in corpus.items[0].ties} == {"部件故障", "程度"}
    assert [n.message.split(":")[1].split(" has")[0] for n in corpus.notices] == [
        " relation 2",
        " relation 3",
    ]


def test_norm_reads_words_that_fall_away_and_notices_lines_without_tab(tmp_path: Path) -> None:
    corpus = read_corpus(
        "norm", write(tmp_path / "a.norm", "U/S\tunserviceable\r\nlink\t\r\n\r\nok")
    )
    assert corpus.items == (
        Respelt("a.norm, line 1", (("U/S", "unserviceable"), ("link", ""))),
        Respelt("a.norm, line 4", (("ok", "ok"),)),
    )
    assert [n.place for n in corpus.notices] == ["a.norm, line 4"]


@pytest.mark.parametrize("head", ["", "text,label\n", "文本,标签\n"])
def test_label_reads_commas_in_texts_and_skips_a_header(tmp_path: Path, head: str) -> None:
    body = 'leaks oil, badly,Leaking\n"stuck, again",Fail to open\nonly one cell\n'
    corpus = read_corpus("label", write(tmp_path / "a.csv", head + body))
    assert [(t.text, t.label) for t in corpus.items] == [
        ("leaks oil, badly", "Leaking"),
        ("stuck, again", "Fail to open"),
    ]
    assert len(corpus.notices) == 1
    assert "expected a text and a label" in corpus.notices[0].message


def test_label_survives_being_written_and_read(tmp_path: Path) -> None:
    texts = [Labelled("x", 'says "stop", twice', "A,B"), Labelled("x", "漏油", "泄漏")]
    write_labels(tmp_path / "a.csv", texts)
    read = read_corpus("label", tmp_path / "a.csv").items
    assert [(t.text, t.label) for t in read] == [(t.text, t.label) for t in texts]


@pytest.mark.parametrize("format_", [f.name for f in FORMATS])
@pytest.mark.parametrize("content", ["", "   \n\n ", "\ufeff"])
def test_empty_files_are_refused(tmp_path: Path, format_: str, content: str) -> None:
    with pytest.raises((BadInput, UnreadableFile), match=r"a\.txt"):
        read_corpus(format_, write(tmp_path / "a.txt", content))


@pytest.mark.parametrize("format_", [f.name for f in FORMATS])
def test_missing_files_and_folders_are_refused(tmp_path: Path, format_: str) -> None:
    with pytest.raises(UnreadableFile, match=r"nowhere\.txt"):
        read_corpus(format_, tmp_path / "nowhere.txt")
    with pytest.raises(UnreadableFile):
        read_corpus(format_, tmp_path)


def test_an_unknown_format_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="maintie, bdci, conll, jsonl, norm, label"):
        read_corpus("brat", tmp_path / "a.txt")


def test_unlabelled_texts_keep_no_spans_of_other_formats(tmp_path: Path) -> None:
    corpus = read_unlabelled("norm", write(tmp_path / "a.txt", "one\n\n two \n"))
    assert [e.text for e in corpus.items] == ["one", "two"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "text",
                    "tokens",
                    "entities",
                    "relations",
                    "label",
                    "labels",
                    "id",
                    "from_id",
                    "to_id",
                    "type",
                    "start",
                    "end",
                    "start_offset",
                    "end_offset",
                    "spo_list",
                    "h",
                    "t",
                    "pos",
                    "relation",
                    "head",
                    "tail",
                    "triples",
                ]
            ),
            children,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(entries=st.lists(JSON, min_size=1, max_size=5))
def test_any_json_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Any]
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    for format_ in ("maintie", "bdci", "jsonl"):
        try:
            corpus = read_corpus(format_, path)
        except GembaError:
            continue
        for example in corpus.items:
            assert all(0 <= s.start < s.end <= len(example.text) for s in example.spans)
            places = range(len(example.spans))
            assert all(t.source in places and t.target in places for t in example.ties)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.txt"
    path.write_bytes(content)
    for format_ in FORMATS:
        said = "a.txt"
        try:
            read_corpus(format_.name, path)
        except GembaError as error:
            said = str(error)
        assert "a.txt" in said


@pytest.mark.parametrize(
    ("format_", "path", "texts"),
    [
        ("maintie", "extraction/maintie/gold_dev.json", 108),
        ("bdci", "extraction/bdci2022/dev.jsonl", 149),
        ("conll", "extraction/mwo2kg/conll_dev.txt", 383),
        ("norm", "extraction/maintnorm/dev.norm", 1200),
        ("label", "extraction/failure_mode_classification/dev.txt", 68),
    ],
)
def test_benchmark_files_are_read_whole(format_: str, path: str, texts: int) -> None:
    corpus = read_corpus(format_, shared(path))
    assert len(corpus.items) == texts
    assert corpus.notices == ()
