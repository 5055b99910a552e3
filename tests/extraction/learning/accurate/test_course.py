"""Training, interrupting, saving and loading a recogniser with a tiny encoder."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from extraction.learning.accurate import finding, lessons, load, train
from extraction.learning.accurate.lessons import mark
from extraction.learning.accurate.network import Batch, Pairs
from extraction.learning.accurate.recogniser import EncoderRecogniser
from extraction.learning.accurate.settings import Settings, share_out
from extraction.learning.accurate.windows import make_windows, words_of
from extraction.learning.examples import Example, Span, make_example
from extraction.learning.protocol import Reading, Trained, TrainingOptions
from kg.model.errors import BadInput
from tests.extraction.learning.accurate.conftest import make_texts

SETTINGS = {
    "steps": 0,
    "epochs": 6,
    "hidden": 32,
    "head_rate": 0.02,
    "encoder_rate": 0.003,
    "dropout": 0.0,
    "folding": 0,
    "pointer": 0,
}


def _train(
    texts: list[Example],
    dev: list[Example],
    encoder: Path,
    progress: object = None,
    work: Path | None = None,
    seed: int = 0,
    **settings: object,
) -> Trained:
    options = TrainingOptions(
        seed=seed, work=work, encoder=encoder, settings={**SETTINGS, **settings}
    )
    return train(texts, dev, (), options, progress or (lambda message, done=None: None))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained(encoder: Path, texts: list[Example], dev: list[Example]) -> Trained:
    return _train(texts, dev, encoder, epochs=10)


def test_train_learns_nested_spans_and_ties(trained: Trained) -> None:
    assert trained.scores["entities"]["micro"]["f1"] > 0.9
    assert trained.scores["relations"]["loose"]["micro"]["f1"] > 0.8
    reading = trained.model.read([Example("new", "the oil hose is worn .")])[0]
    assert {span[:3] for span in reading.spans} == {
        (4, 12, "Part"),
        (8, 12, "Part"),
        (16, 20, "Fault"),
    }
    assert all(0 <= span.score <= 1 for span in reading.spans)
    for tie in reading.ties:  # it is no surer than its ends
        assert tie.score <= min(reading.spans[n].score for n in (tie.source, tie.target)) + 1e-3
    ends = {
        (reading.spans[t.source][:2], reading.spans[t.target][:2], t.label) for t in reading.ties
    }
    assert ends >= {((16, 20), (4, 12), "of"), ((4, 12), (8, 12), "isA")}


@pytest.mark.parametrize("contrast", [0, 2])
def test_train_learns_by_comparing_ends_of_spans(
    encoder: Path, texts: list[Example], dev: list[Example], tmp_path: Path, contrast: int
) -> None:
    trained = _train(texts, dev, encoder, epochs=10, pointer=16, contrast=contrast)
    assert trained.notes["by_contrast"] == bool(contrast)
    assert trained.scores["entities"]["micro"]["f1"] > 0.9
    assert trained.scores["relations"]["loose"]["micro"]["f1"] > 0.8
    trained.model.save(tmp_path)
    assert load(tmp_path, {}).read(dev) == trained.model.read(dev)


def test_train_names_the_encoder_by_its_weights(trained: Trained, encoder: Path) -> None:
    from hashlib import sha256

    digest = sha256((encoder / "model.safetensors").read_bytes()).hexdigest()
    assert trained.notes["encoder"]["sha256"] == digest
    assert trained.notes["encoder"]["name"] == encoder.name


def test_load_reads_as_what_was_saved(trained: Trained, dev: list[Example], tmp_path: Path) -> None:
    trained.model.save(tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.suffix in {".bin", ".pt", ".pkl"}]
    again = load(tmp_path, {})
    assert again.read(dev) == trained.model.read(dev)
    assert again.span_labels == trained.model.span_labels
    assert again.tie_labels == trained.model.tie_labels


def test_ties_are_the_same_read_few_at_a_time(
    trained: Trained, dev: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained.model.read(dev)
    assert any(reading.ties for reading in whole)
    monkeypatch.setattr(finding, "_PAIRS", 3)
    assert trained.model.read(dev) == whole


def test_too_many_pairs_are_learnt_from_the_tied_ones_and_the_nearest(
    trained: Trained, texts: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = trained.model
    assert isinstance(model, EncoderRecogniser)
    reader = model.reader
    words = [words_of(text) for text in texts]
    marks = [
        mark(text, cut, reader.labels, reader.tie_labels)
        for text, cut in zip(texts, words, strict=True)
    ]
    windows = make_windows(words, model.pieces, reader.window, reader.margin)
    given = lessons.make_lessons(windows, marks, reader.shape.widest)
    ties = sum(len(lesson.ties) for lesson in given)
    scored: list[Pairs] = []
    score = model.network.score_pairs

    def note(words: Tensor, batch: Batch, pairs: Pairs) -> Tensor:
        scored.append(pairs)
        return score(words, batch, pairs)

    monkeypatch.setattr(model.network, "score_pairs", note)
    for most in (1 << 20, ties + 5):
        monkeypatch.setattr(lessons, "_MOST_PAIRS", most)
        model.network.eval()
        lessons.find_loss(model.network, given, reader.special.padding)
    every, few = ({*zip(p.source.tolist(), p.target.tolist(), strict=True)} for p in scored)
    assert len(every) > ties + 5 == len(few)
    assert few < every
    monkeypatch.setattr(lessons, "_MOST_PAIRS", ties)
    lessons.find_loss(model.network, given, reader.special.padding)
    tied = {*zip(scored[-1].source.tolist(), scored[-1].target.tolist(), strict=True)}
    assert len(tied) == ties
    assert tied < few


def test_load_refuses_weights_that_were_cut_off(trained: Trained, tmp_path: Path) -> None:
    trained.model.save(tmp_path)
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(BadInput, match="damaged"):
        load(tmp_path, {})


def _readings(model: EncoderRecogniser, texts: list[Example]) -> list[Reading]:
    return model.read(texts)


def test_train_twice_with_a_seed_is_the_same(
    encoder: Path, texts: list[Example], dev: list[Example]
) -> None:
    one, other, different = (
        _train(texts, dev, encoder, seed=seed, epochs=2, dropout=0.3) for seed in (3, 3, 4)
    )
    assert _readings(one.model, dev) == _readings(other.model, dev)
    assert one.scores == other.scores
    first, second = (t.model.network.state_dict()["span_output.weight"] for t in (one, different))
    assert not (first == second).all()


class Interruption(Exception):
    pass


@pytest.mark.parametrize("after", ["labelled texts, epoch 3 of", "train and dev, epoch 1 of"])
def test_train_interrupted_goes_on_as_if_it_had_not(
    encoder: Path, texts: list[Example], dev: list[Example], tmp_path: Path, after: str
) -> None:
    options = {"epochs": 4, "dropout": 0.3, "recurrent": 8, "folding": 1}
    whole = _train(texts, dev, encoder, **options)

    def stop(message: str, done: float | None = None) -> None:
        if message.startswith(after):
            raise Interruption

    with pytest.raises(Interruption):
        _train(texts, dev, encoder, stop, tmp_path, **options)
    told: list[str] = []

    def listen(message: str, done: float | None = None) -> None:
        told.append(message)

    resumed = _train(texts, dev, encoder, listen, tmp_path, **options)
    course, epoch = after.split(", epoch ")
    assert f"{course}: going on after epoch {epoch[0]}" in told
    assert not any(message.startswith(after) for message in told)
    for name, tensor in whole.model.network.state_dict().items():
        assert (tensor == resumed.model.network.state_dict()[name]).all(), name
    assert resumed.notes["course"] == whole.notes["course"]


def test_train_learns_from_dev_after_it_has_measured_there(
    encoder: Path, texts: list[Example], dev: list[Example]
) -> None:
    pump = make_example("dev", "grease the gearbox .", [Span(11, 18, "Part")])
    apart = _train(texts, [*dev, pump], encoder, epochs=8)
    both = _train(texts, [*dev, pump], encoder, epochs=8, folding=1)
    assert apart.measured is None
    assert both.measured is not None
    assert both.scores == apart.scores
    for name, tensor in apart.model.network.state_dict().items():
        assert (tensor == both.measured.network.state_dict()[name]).all(), name
    words = both.model.network.state_dict()["encoder.embeddings.word_embeddings.weight"]
    learnt = both.measured.network.state_dict()["encoder.embeddings.word_embeddings.weight"]
    assert not (words == learnt).all()
    course = both.notes["course"]
    assert course["all_labelled"]["epoch"] == course["labelled"]["epoch"]


def test_train_leaves_dev_alone_where_learning_is_long(
    encoder: Path, texts: list[Example], dev: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extraction.learning.accurate.course.LONG", 100)
    assert _train(texts, dev, encoder, epochs=1, folding=1).measured is None


def test_train_does_not_go_on_with_the_work_of_other_texts(
    encoder: Path, texts: list[Example], dev: list[Example], tmp_path: Path
) -> None:
    _train(texts, dev, encoder, work=tmp_path, epochs=2)
    told: list[str] = []

    def listen(message: str, done: float | None = None) -> None:
        told.append(message)

    _train(texts[1:], dev, encoder, listen, tmp_path, epochs=2)
    assert not any("going on" in message for message in told)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"epoch": 3}, "no setting 'epoch'"),
        ({"epochs": "many"}, "epochs is a whole number"),
        ({"epochs": 0}, "at least 1"),
        ({"dropout": 1.5}, "from 0 to 1"),
        ({"batch": True}, "batch is a whole number"),
        ({"window": 20, "margin": 10}, "leaves no room"),
    ],
)
def test_train_refuses_bad_settings(
    encoder: Path, texts: list[Example], dev: list[Example], settings: dict[str, object], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        _train(texts, dev, encoder, **settings)


def test_train_refuses_a_directory_that_is_no_encoder(
    texts: list[Example], dev: list[Example], tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="is no encoder directory"):
        _train(texts, dev, tmp_path)
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(BadInput, match="cannot be opened"):
        _train(texts, dev, tmp_path)


def test_train_without_ties_and_with_flat_spans(encoder: Path) -> None:
    def flat(example: Example) -> Example:
        spans = [
            s
            for s in example.spans
            if not any(o != s and o.start <= s.start and s.end <= o.end for o in example.spans)
        ]
        return make_example(example.name, example.text, spans)

    trained = _train(
        [flat(e) for e in make_texts(40)], [flat(e) for e in make_texts(8, 5)], encoder
    )
    assert trained.model.tie_labels == ()
    for example, reading in zip(
        make_texts(20, 7), trained.model.read(make_texts(20, 7)), strict=True
    ):
        assert not reading.ties
        ends = [span[:2] for span in reading.spans]
        assert all(a >= d or c >= b for n, (a, b) in enumerate(ends) for c, d in ends[:n]), example


def test_train_gives_a_stretch_two_labels_where_the_texts_do(encoder: Path) -> None:
    def both(example: Example) -> Example:
        more = [Span(s.start, s.end, "Thing") for s in example.spans if s.label == "Part"]
        return make_example(example.name, example.text, [*example.spans, *more])

    trained = _train(
        [both(e) for e in make_texts(48)], [both(e) for e in make_texts(12, 5)], encoder, epochs=10
    )
    spans = trained.model.read([Example("new", "the motor is noisy .")])[0].spans
    assert {span[:3] for span in spans} == {
        (4, 9, "Part"),
        (4, 9, "Thing"),
        (13, 18, "Fault"),
    }


def test_read_takes_what_was_never_seen(trained: Trained) -> None:
    odd = ["", "   ", "\n", "🙂 ✓ ½", "漏油", "x" * 500, "the pump is leaking . " * 60]
    readings = trained.model.read([Example(f"odd {n}", text) for n, text in enumerate(odd)])
    assert len(readings) == len(odd)
    for text, reading in zip(odd, readings, strict=True):
        assert all(0 <= s.start < s.end <= len(text) for s in reading.spans)


def test_read_finds_in_long_texts_what_it_finds_in_short_ones(trained: Trained) -> None:
    short = "the pump is leaking . "
    reading = trained.model.read([Example("long", short * 60)])[0]
    found = {(s.start % len(short), s.end % len(short), s.label) for s in reading.spans}
    assert found >= {(4, 8, "Part"), (12, 19, "Fault")}
    assert sum(s.label == "Fault" for s in reading.spans) >= 40
    places = [s[:3] for s in reading.spans]
    assert len(set(places)) == len(places)
    near = [
        abs(reading.spans[t.source].start - reading.spans[t.target].start) for t in reading.ties
    ]
    assert len(near) >= 30


@given(
    texts=st.integers(1, 3_000),
    batch=st.integers(1, 40),
    epochs=st.integers(1, 20),
    steps=st.integers(0, 500),
)
def test_few_texts_are_learnt_from_in_as_many_steps_as_it_takes(
    texts: int, batch: int, epochs: int, steps: int
) -> None:
    size, often = share_out(Settings(batch=batch, steps=steps), texts, epochs)
    once = math.ceil(texts / size) * epochs
    assert often >= 1
    assert often * once >= steps
    assert often == 1 or (often - 1) * once < steps
    assert min(batch, 4) <= size <= batch
    assert size in {batch, 4} or math.ceil(texts / size) * epochs >= steps
    if math.ceil(texts / batch) * epochs >= steps:
        assert often == 1
