"""Training, reading, saving: whole models on small corpora."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.learning.examples import Example, Span, make_example
from extraction.learning.fast import load, train
from extraction.learning.fast.learner import Learner
from extraction.learning.protocol import Trained, TrainingOptions
from kg.model.errors import BadInput
from tests.extraction.learning.fast.plant_texts import chinese, hinted, labelled
from tests.shared_data import shared

QUICK = {"iterations": 25, "folds": 2, "dictionary": False, "vectors": 0}


def quiet(message: str, done: float | None = None) -> None:
    del message, done


def learn(
    texts: list[Example],
    dev: list[Example],
    unlabelled: list[Example] | None = None,
    **more: object,
) -> Trained:
    options = TrainingOptions(settings={**QUICK, **more})
    return train(texts, dev, unlabelled or [], options, quiet)


@pytest.fixture(scope="module")
def english() -> Trained:
    return learn(labelled(80), labelled(40, seed=1))


def test_a_grammar_is_learnt_with_nested_spans_and_ties(english: Trained) -> None:
    assert english.scores["entities"]["micro"]["f1"] > 0.95
    assert english.scores["relations"]["strict"]["micro"]["f1"] > 0.9
    assert english.notes["layers"] == 2
    (reading,) = english.model.read([Example("one", "repair park brake broken")])
    places = {(span.start, span.end, span.label) for span in reading.spans}
    assert places == {(0, 6, "Activity"), (7, 17, "Part"), (12, 17, "Part"), (18, 24, "State")}
    named = {
        (reading.spans[t.source][:2], reading.spans[t.target][:2], t.label) for t in reading.ties
    }
    assert ((7, 17), (12, 17), "isA") in named
    assert all(0 <= thing.score <= 1 for thing in (*reading.spans, *reading.ties))


def test_saved_and_loaded_models_read_alike(english: Trained, tmp_path: Path) -> None:
    texts = [example.bare() for example in labelled(30, seed=2)]
    texts += [Example("new", "replace gudgeon-pin frobnicating today"), Example("none", "")]
    english.model.save(tmp_path)
    again = load(tmp_path, {})
    assert again.read(texts) == english.model.read(texts)
    assert again.span_labels == english.model.span_labels
    assert not list(tmp_path.glob("*.pkl"))


def test_reading_in_parts_gives_what_reading_at_once_gives(english: Trained) -> None:
    texts = [example.bare() for example in labelled(20, seed=3)]
    singly = [english.model.read([text])[0] for text in texts]
    for one, other in zip(singly, english.model.read(texts), strict=True):
        assert [s[:3] for s in one.spans] == [s[:3] for s in other.spans]
        assert [s.score for s in one.spans] == pytest.approx(
            [s.score for s in other.spans], abs=1e-4
        )


def test_the_same_seed_gives_the_same_model(english: Trained) -> None:
    again = learn(labelled(80), labelled(40, seed=1))
    assert again.scores == english.scores
    texts = [example.bare() for example in labelled(10, seed=4)]
    assert again.model.read(texts) == english.model.read(texts)


def test_chinese_text_without_spaces() -> None:
    trained = learn(chinese(60), chinese(30, seed=1))
    assert trained.scores["entities"]["micro"]["f1"] > 0.95
    assert trained.scores["relations"]["strict"]["micro"]["f1"] > 0.95


def test_hints_teach_words_that_no_label_shows() -> None:
    few = [e for e in labelled(60) if "hose" not in e.text and "belt" not in e.text]
    new = [e for e in labelled(200, seed=5) if "hose" in e.text or "belt" in e.text]
    dev = [e for e in labelled(120, seed=6) if "hose" in e.text or "belt" in e.text]
    alone = learn(few, dev)
    taught = learn(few, dev, [hinted(example) for example in new])
    assert taught.notes["machine_labelled_texts"] > 20
    before, after = (t.scores["relations"]["loose"]["micro"]["f1"] for t in (alone, taught))
    assert after >= before
    assert after > 0.9


def test_texts_without_spans_ties_or_words_are_fine() -> None:
    texts = [
        *[make_example("t", "pump broken", [Span(0, 4, "Part")]) for _ in range(6)],
        *[make_example("t", "all fine", []) for _ in range(6)],
        make_example("t", "", []),
        make_example("t", "rare thing", [Span(0, 4, "Rare")]),
    ]
    trained = learn(texts, texts[:8])
    readings = trained.model.read(
        [Example("a", ""), Example("b", "  \n "), Example("c", "pump broken " * 400)]
    )
    assert readings[0] == ((), ()) == readings[1]
    assert len(readings[2].spans) > 300
    assert not readings[2].ties


def test_labels_inside_of_words_make_characters_the_units() -> None:
    texts = [
        make_example("t", f"{a}pumpe{b}", [Span(len(a), len(a) + 5, "Part")])
        for a in ("kühl", "öl", "wasser", "x")
        for b in ("rad", "n", "gehäuse")
    ]
    trained = learn(texts, texts)
    assert trained.notes["units"] == "characters"
    assert trained.scores["entities"]["micro"]["f1"] > 0.8


def test_crossing_spans_do_not_stop_a_training() -> None:
    texts = [
        make_example("t", "air oil filter box", [Span(0, 14, "A"), Span(8, 18, "B")])
        for _ in range(12)
    ]
    trained = learn(texts, texts)
    (reading,) = trained.model.read([texts[0].bare()])
    assert {s[:3] for s in reading.spans} == set(texts[0].spans)


def test_unseen_scripts_are_read_without_error(english: Trained) -> None:
    text = "насос течёт 🚜 ポンプ漏れ \u0301\u200b مضخة"
    (reading,) = english.model.read([Example("t", text)])
    assert all(0 <= s.start < s.end <= len(text) for s in reading.spans)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epochs": 3}, "no setting 'epochs'"),
        ({"iterations": "many"}, "iterations"),
        ({"penalty": -1.0}, "penalty"),
        ({"folds": 1}, "folds"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        train(labelled(5), labelled(5), [], TrainingOptions(settings=settings), quiet)


def test_progress_can_interrupt() -> None:
    class Enough(Exception):
        pass

    def stop(message: str, done: float | None = None) -> None:
        if done and done > 0.1:
            raise Enough(message)

    with pytest.raises(Enough):
        train(labelled(30), labelled(5), [], TrainingOptions(settings=QUICK), stop)


def test_a_teacher_labels_the_unlabelled(english: Trained, tmp_path: Path) -> None:
    from extraction.learning.cards import write_card

    english.model.save(tmp_path)
    card = {"version": 1, "name": "t", "task": "spans", "tier": "fast", "format": "jsonl"}
    card |= {"labels": ["Activity", "Part", "State"], "seed": 0, "trained_at": "2026-01-01"}
    write_card(tmp_path, card | {"seconds": 1.0, "data": {}, "scores": {}, "notes": {}})
    few, more = labelled(12), [e.bare() for e in labelled(80, seed=7)]
    options = TrainingOptions(settings=QUICK, teacher=tmp_path)
    taught = train(few, labelled(40, seed=1), more, options, quiet)
    assert taught.notes["machine_labelled_texts"] > 20
    assert taught.scores["entities"]["micro"]["f1"] > 0.95
    with pytest.raises(BadInput, match="cannot teach"):
        train(chinese(10), chinese(5), more, options, quiet)


@pytest.mark.slow
def test_real_work_orders_reach_the_floor() -> None:
    from extraction.learning.formats import read_corpus

    texts = read_corpus("maintie", shared("extraction/maintie/gold_train.json")).items
    dev = read_corpus("maintie", shared("extraction/maintie/gold_dev.json")).items
    options = TrainingOptions(settings={"folds": 2, "iterations": 30})
    scores = train(texts, dev, [], options, quiet).scores
    assert scores["entities"]["micro"]["f1"] > 0.72
    assert scores["relations"]["loose"]["micro"]["f1"] > 0.45


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


def test_an_interrupted_training_goes_on_with_the_chains_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, dev = labelled(40), labelled(20, seed=1)
    unlabelled = [example.bare() for example in labelled(20, seed=2)]
    trained: list[int] = []
    real = Learner.train_chain

    def counted(self: Learner, layer: int, *rest: object) -> object:
        trained.append(layer)
        return real(self, layer, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Learner, "train_chain", counted)

    def stop(message: str, done: float | None = None) -> None:
        if message.startswith("part 2"):
            raise Interrupted

    options = TrainingOptions(settings=QUICK, work=tmp_path)
    whole = train(texts, dev, unlabelled, TrainingOptions(settings=QUICK), quiet)
    needed = len(trained)
    trained.clear()
    with pytest.raises(Interrupted):
        train(texts, dev, unlabelled, options, stop)
    before = len(trained)
    assert 0 < before < needed
    kept = sorted((tmp_path / "chains").iterdir())
    assert len(kept) == before
    kept[0].write_bytes(kept[0].read_bytes()[:100])  # killed while it was written
    trained.clear()
    again = train(texts, dev, unlabelled, options, quiet)
    assert len(trained) == needed - before + 1
    assert again.scores == whole.scores
    bare = [example.bare() for example in dev]
    assert again.model.read(bare) == whole.model.read(bare)
    trained.clear()
    train([*texts, *labelled(1, seed=9)], dev, unlabelled, options, quiet)
    assert len(trained) == needed  # other texts: nothing of it fits


def test_the_last_model_has_learnt_from_dev_and_the_scores_are_those_before(
    english: Trained,
) -> None:
    dev = labelled(40, seed=1)
    strange = [make_example(f"s{n}", "grunkle wobbling", [Span(0, 16, "State")]) for n in range(6)]
    trained = learn(labelled(80), [*dev, *strange])
    bare = [example.bare() for example in strange[:1]]
    assert trained.measured is not None
    assert trained.scores["entities"]["micro"]["f1"] < 1.0  # nobody had told it of grunkles
    told = {(s.start, s.end, s.label) for s in trained.model.read(bare)[0].spans}
    assert told == {(0, 16, "State")}
    alone = learn(labelled(80), [*dev, *strange], folding=0)
    assert alone.measured is None
    assert alone.scores == trained.scores
    assert alone.model.read(bare) == trained.measured.read(bare)
