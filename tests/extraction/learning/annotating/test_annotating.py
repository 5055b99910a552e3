"""Choosing what to label next, and the way to the labelling tools and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cli import main
from extraction.learning.annotating import (
    TOOLS,
    Judged,
    PoolText,
    choose_texts,
    gather_texts,
    judge_texts,
    read_pool,
)
from extraction.learning.annotating.choosing import _cover
from extraction.learning.annotating.tools import read_from, write_for
from extraction.learning.examples import Example, Labelled, Span, Tie, make_example
from extraction.learning.formats import read_corpus
from kg.model.errors import BadInput
from tests.api.small_plant import load_small_plant
from tests.shared_data import shared


def example(text: str, *spans: tuple[int, int, str], ties: Sequence[Tie] = ()) -> Example:
    return make_example("t", text, [Span(*s) for s in spans], ties)


EXAMPLES = [
    example("🔧 oil leak at pump", (2, 10, "Fault"), (14, 18, "Part"), ties=[Tie(0, 1, "at")]),
    example("液压泵漏油。", (0, 3, "部件"), (3, 5, "故障"), ties=[Tie(1, 0, "of")]),
    example("nothing here"),
    example('say "stop"', (5, 9, "X")),
]


def judged(examples: Sequence[Example], label: str | None = None) -> list[Judged]:
    return [
        Judged(PoolText(e.text, e.name), 1.0, e, label, tuple(0.5 for _ in e.spans))
        for e in examples
    ]


def bare(examples: Sequence[Example]) -> list[tuple[object, ...]]:
    return [(e.text, e.spans, e.ties) for e in examples]


def annotate_in_label_studio(path: Path) -> None:
    """What exporting from the tool does: predictions become annotations."""
    tasks = json.loads(path.read_text("utf-8"))
    for task in tasks:
        task["annotations"] = [
            {"result": [], "was_cancelled": True},
            {"result": task.pop("predictions")[0]["result"]},
        ]
    path.write_text(json.dumps(tasks), "utf-8")


@pytest.mark.parametrize("tool", ["doccano", "label-studio", "prodigy"])
def test_spans_and_ties_survive_the_tool(tmp_path: Path, tool: str) -> None:
    path = tmp_path / "out"
    nested = example("park brake stuck", (0, 10, "Part"), (5, 10, "Part"), (7, 13, "Odd"))
    examples = [*EXAMPLES, nested]
    write_for(tool, path, judged(examples), "spans")
    if tool == "label-studio":
        annotate_in_label_studio(path)
    corpus = read_from(tool, path)
    assert corpus.notices == ()
    assert bare(corpus.items) == bare(examples)


def test_conll_keeps_the_longest_of_nested_spans(tmp_path: Path) -> None:
    nested = example("park brake stuck", (0, 10, "Part"), (5, 10, "Inner"), (11, 16, "State"))
    write_for("conll", tmp_path / "out", judged([nested, EXAMPLES[1]]), "spans")
    first, second = read_from("conll", tmp_path / "out").items
    assert [(first.text[s.start : s.end], s.label) for s in first.spans] == [
        ("park brake", "Part"),
        ("stuck", "State"),
    ]
    assert [second.text[s.start : s.end] for s in second.spans] == ["液 压 泵", "漏 油"]


@pytest.mark.parametrize("tool", ["doccano", "label-studio", "prodigy"])
def test_labels_of_whole_texts_survive_the_tool(tmp_path: Path, tool: str) -> None:
    path = tmp_path / "out"
    write_for(tool, path, judged([Example("t", "漏油"), Example("t", "b")], "泄漏"), "classify")
    if tool == "label-studio":
        annotate_in_label_studio(path)
    corpus = read_from(tool, path)
    assert [(t.text, t.label) for t in corpus.items] == [("漏油", "泄漏"), ("b", "泄漏")]


def test_conll_has_no_labels_of_whole_texts(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="conll has no labels of whole texts"):
        write_for("conll", tmp_path / "out", judged([Example("t", "a")], "x"), "classify")


def test_label_studios_offsets_of_a_browser_are_understood(tmp_path: Path) -> None:
    text = "🔧🔧 oil leak"

    def result(start: int, end: int, quoted: str) -> dict[str, object]:
        value = {"start": start, "end": end, "text": quoted, "labels": ["Fault"]}
        return {"id": quoted, "type": "labels", "value": value}

    results = [result(5, 8, "oil"), result(7, 11, "leak"), result(0, 3, "other")]
    task = {"data": {"text": text}, "annotations": [{"result": results}]}
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), "utf-8")
    corpus = read_from("label-studio", path)
    assert [text[s.start : s.end] for s in corpus.items[0].spans] == ["oil", "leak"]
    assert [n.message for n in corpus.notices] == [
        "export.json, entry 1: result 2 is no labelled stretch of the text of 11 characters; "
        "left out."
    ]


def test_bad_annotations_are_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = {"text": "oil leak", "spans": [{"start": 0, "end": 3, "label": "A"}]}
    entries = [
        good,
        {**good, "answer": "reject"},
        {"text": "oil", "spans": [{"start": 0, "end": 30, "label": "A"}, 7]},
        {"text": "oil", "relations": [{"head_span": {}, "child_span": None, "label": "r"}, 3]},
        {"spans": []},
    ]
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join(json.dumps(e) for e in entries) + "\n{oops", "utf-8")
    corpus = read_from("prodigy", path)
    assert len(corpus.items) == 3
    assert [n.message for n in corpus.notices] == [
        "p.jsonl, line 2: was not accepted in prodigy; left out.",
        "p.jsonl, line 3: span 0 is no labelled stretch of the text of 3 characters; left out.",
        "p.jsonl, line 3: span 1 is no labelled stretch of the text of 3 characters; left out.",
        "p.jsonl, line 4: relation 0 joins no two spans; left out.",
        "p.jsonl, line 4: relation 1 joins no two spans; left out.",
        "p.jsonl, line 5: has no text; left out.",
        "p.jsonl, line 6: is no JSON; left out.",
    ]


@pytest.mark.parametrize("tool", [tool.name for tool in TOOLS if tool.name != "conll"])
def test_an_export_without_labels_is_refused(tmp_path: Path, tool: str) -> None:
    path = tmp_path / "export.json"
    path.write_text('[{"data": {"title": "x"}, "annotations": []}, {"data": 3}, 4]', "utf-8")
    with pytest.raises(BadInput, match=f"no labelled text of {tool} was found"):
        read_from(tool, path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.text(max_size=4),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "text",
                    "data",
                    "annotations",
                    "result",
                    "value",
                    "labels",
                    "type",
                    "id",
                    "start",
                    "end",
                    "from_id",
                    "to_id",
                    "spans",
                    "relations",
                    "head_span",
                    "child_span",
                    "label",
                    "answer",
                    "accept",
                    "choices",
                    "was_cancelled",
                    "direction",
                ]
            ),
            children | st.sampled_from(["relation", "choices", "labels", "oil leak"]),
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(entries=st.lists(JSON, min_size=1, max_size=4))
def test_any_export_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, entries: list[object]
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_text(json.dumps(entries), "utf-8")
    for tool in ("doccano", "label-studio", "prodigy"):
        try:
            corpus = read_from(tool, path)
        except BadInput:
            continue
        for item in corpus.items:
            if isinstance(item, Example):
                assert all(0 <= s.start < s.end <= len(item.text) for s in item.spans)
            else:
                assert isinstance(item, Labelled)


def test_nearly_equal_texts_are_gathered_once_and_counted() -> None:
    texts = ["PUMP 12 leaks!", "pump 7 leaks", "ｐｕｍｐ 7 leaks", "pump stuck", "123", " "]
    pool = gather_texts([Example(f"row {n}", t) for n, t in enumerate(texts)], ["PUMP stuck."])
    assert pool == [PoolText("PUMP 12 leaks!", "row 0", 3)]


def test_long_texts_are_cut_at_sentences() -> None:
    text = "。".join(f"第{n}个泵漏油" + "很" * 90 for n in range(60))
    pool = gather_texts([Example("t", text)])
    assert len(pool) == 1  # all stretches read alike once their numbers are set aside
    words = ["alpha", "beta", "gamma", "delta"]
    text = " ".join(f"{word} {' '.join([word] * 200)}." for word in words)
    assert len(gather_texts([Example("t", text)])) >= 2


def test_pools_are_read_from_tables_texts_and_json_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,pump leaks\n2,\n3,hose worn\n", "utf-8")
    (tmp_path / "a.txt").write_text("one\n\ntwo\n", "utf-8")
    (tmp_path / "a.jsonl").write_text('{"text": "x y", "label": [[0, 1, "A"]]}', "utf-8")
    assert [e.text for e in read_pool(tmp_path / "a.csv", "text")] == ["pump leaks", "hose worn"]
    assert [e.text for e in read_pool(tmp_path / "a.txt")] == ["one", "two"]
    assert [e.spans for e in read_pool(tmp_path / "a.jsonl")] == [()]
    with pytest.raises(BadInput, match="say --column with one of: id, text"):
        read_pool(tmp_path / "a.csv")
    with pytest.raises(BadInput, match="is no table"):
        read_pool(tmp_path / "a.txt", "text")


def test_the_worthiest_are_chosen_but_not_twice_the_same() -> None:
    texts = ["pump leaks oil again", "pump leaks oil again.", "belt torn", "radio mute"]
    pool = [
        Judged(PoolText(t, t), worth, Example(t, t))
        for t, worth in zip(texts, [3.0, 2.9, 2.0, 1.0], strict=True)
    ]
    assert [j.worth for j in choose_texts(pool, 2, cover=False)] == [3.0, 2.0]
    assert [j.worth for j in choose_texts(pool[:3], 2, cover=False)] == [3.0, 2.0]


def test_the_lexicon_labels_first() -> None:
    known, unknown = judge_texts([PoolText("replace pump", "a"), PoolText("frob the wizzle", "b")])[
        0
    ]
    assert [known.example.text[s.start : s.end] for s in known.example.spans] == ["replace", "pump"]
    assert unknown.example.spans == ()
    assert (known.worth, unknown.worth) == (2.0, 3.0)


def test_the_greedy_choice_covers_as_well_as_the_best_one_nearly() -> None:
    from itertools import combinations

    rng = np.random.default_rng(0)
    points = rng.random((9, 3))
    near = np.array([[np.exp(-5 * ((a - b) ** 2).sum()) for a in points] for b in points])
    near = near.astype(np.float32)
    weights = rng.random(9).astype(np.float32)

    def covered(chosen: Sequence[int]) -> float:
        return float(near[list(chosen)].max(axis=0) @ weights)

    best = max(covered(some) for some in combinations(range(9), 3))
    assert covered(_cover(near, weights, 3)) >= (1 - 1 / np.e) * best


def test_the_choice_is_diverse_worthwhile_and_repeatable() -> None:
    texts = [f"pump leaks oil again {chr(97 + n)}" for n in range(20)]
    texts += ["conveyor belt torn", "radio without signal"]
    pool = [
        Judged(PoolText(t, str(n)), 1.0 if n < 20 else 0.8, Example(str(n), t))
        for n, t in enumerate(texts)
    ]
    chosen = [j.text.text for j in choose_texts(pool, 3)]
    assert {"conveyor belt torn", "radio without signal"} <= set(chosen)
    assert chosen == [j.text.text for j in choose_texts(pool, 3)]
    assert len(choose_texts(pool, 100)) == 22


def test_a_large_pool_is_shortened_to_the_worthiest_and_some_others() -> None:
    from extraction.learning.annotating.choosing import _shortlist

    pool = [Judged(PoolText(str(n), ""), float(n), Example("", str(n))) for n in range(1000)]
    kept = [j.worth for j in _shortlist(pool, 100, 0)]
    assert len(kept) == 100
    assert set(range(925, 1000)) <= set(kept)
    assert min(kept) < 900


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("tool", [tool.name for tool in TOOLS if tool.name != "label-studio"])
def test_the_command_there_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tool: str
) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("replace pump 1\nreplace pump 2\nhose is leaking\n轴承异响\n", "utf-8")
    out, back = tmp_path / "out", tmp_path / "back.jsonl"
    code, said, _ = run(capsys, "annotate", texts, "--as", tool, "--out", out, "--number", 3)
    assert code == 0
    assert "3 of 3 different texts (4 in all)" in said
    code, said, _ = run(capsys, "annotate", "--read", out, "--as", tool, "--out", back)
    assert code == 0
    assert "gemba train --format jsonl" in said
    corpus = read_corpus("jsonl", back)
    assert len(corpus.items) == 3
    assert any(e.spans for e in corpus.items)
    code, said, _ = run(
        capsys, "annotate", texts, "--labelled", back, "--as", tool, "--out", out, "--number", 3
    )
    if tool != "conll":  # which gives Chinese texts back with spaces between their characters
        assert code != 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as", "brat"], "There is no tool 'brat'; known are: doccano, label-studio"),
        (["absent.txt"], "absent.txt: cannot be read"),
        ([], "Say which texts"),
        (["--model", "nowhere", "{texts}"], "is no trained model"),
    ],
)
def test_the_command_refuses_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("pump leaks\n", "utf-8")
    given_ = [a.format(texts=texts) for a in arguments]
    code, _, err = run(capsys, "annotate", *given_, "--out", tmp_path / "out")
    assert code != 0
    assert said in err
    assert "Traceback" not in err


def test_what_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("pump leaks\n", "utf-8")
    out = tmp_path / "absent" / "out.jsonl"
    code, _, err = run(capsys, "annotate", texts, "--out", out)
    assert code != 0
    assert "out.jsonl: cannot be written (No such file or directory)" in err


def test_passages_of_the_store_are_proposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.settings import Settings
    from api.wiring import open_plant

    monkeypatch.chdir(tmp_path)
    with open_plant(Settings()) as plant:
        load_small_plant(plant.store)
    out = tmp_path / "out.jsonl"
    code, said, _ = run(capsys, "annotate", "--stored", "--out", out, "--json")
    assert code == 0
    assert json.loads(said)["proposed"] > 0
    assert all(json.loads(line)["place"] for line in out.read_text("utf-8").splitlines())


@pytest.mark.slow
def test_chosen_texts_teach_more_than_random_ones() -> None:
    from extraction.learning.classifier import train
    from extraction.learning.protocol import TrainingOptions

    folder = shared("extraction/failure_mode_classification")
    texts = [
        t for part in ("train", "dev") for t in read_corpus("label", folder / f"{part}.txt").items
    ]
    step, rounds = 40, 3
    accuracy: dict[str, list[float]] = {"chosen": [], "random": []}
    for seed in range(3):
        dealt = texts[:]
        Random(seed).shuffle(dealt)
        test, pool = dealt[:170], dealt[170:]
        for way, scores in accuracy.items():
            known, rest = pool[:step], pool[step:]
            for _ in range(rounds):
                options = TrainingOptions(settings={"label_words": False})
                trained = train(known, test, (), options, lambda message, done=None: None)
                scores.append(trained.scores["accuracy"])
                picked = rest[:step]
                if way == "chosen":
                    picked = _most_useful(trained.model, rest, step)
                known = known + picked
                rest = [t for t in rest if t not in picked]
    means = {way: sum(scores) / len(scores) for way, scores in accuracy.items()}
    print(f"mean accuracy over rounds: {means}")  # noqa: T201
    assert means["chosen"] > means["random"] + 0.02


def _most_useful(model: object, rest: list[Labelled], number: int) -> list[Labelled]:
    from extraction.learning.annotating.judging import _judge_by_classifier

    pool = [PoolText(t.text, str(n)) for n, t in enumerate(rest)]
    chosen = choose_texts(_judge_by_classifier(model, {}, pool), number)
    return [rest[int(j.text.place)] for j in chosen]
