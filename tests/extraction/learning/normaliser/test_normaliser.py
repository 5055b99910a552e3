"""What the normaliser learns from pairs, keeps in its table, and follows when people edit it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from extraction.learning.examples import Respelt
from extraction.learning.normaliser import WordNormaliser, train
from extraction.learning.normaliser.candidates import Knowledge
from extraction.learning.normaliser.memory import FILE, Memory, read_rows
from extraction.learning.normaliser.parting import Parter
from extraction.learning.normaliser.shapes import Shapes, shape_of
from extraction.learning.normaliser.spelling import Speller
from extraction.learning.protocol import Trained, TrainingOptions
from kg.model.errors import BadInput
from tests.extraction.learning.plant_texts import respelt_texts
from tests.shared_data import shared


def silent(message: str, done: float | None = None) -> None:
    del message, done


def learn(texts: list[Respelt], **settings: object) -> Trained:
    return train(texts, texts[:20], (), TrainingOptions(settings={"parts": 4, **settings}), silent)


@pytest.fixture(scope="module")
def model() -> WordNormaliser:
    return learn(respelt_texts(400, 1)).model  # type: ignore[no-any-return]


def normalise(model: WordNormaliser, text: str) -> str:
    return "|".join(model.normalise([text.split()])[0])


def test_unknown_tags_are_masked_because_of_their_shape(model: WordNormaliser) -> None:
    assert normalise(model, "QX917 pump") == "<tag>|pump"
    assert normalise(model, "ZZ100 repl HOSE") == "<tag>|replace|hose"


def test_the_neighbour_decides_between_two_meanings(model: WordNormaliser) -> None:
    assert normalise(model, "AB123 W/O power pump") == "<tag>|without|power|pump"
    assert normalise(model, "AB123 W/O number 7 pump") == "<tag>|work order|number|<num>|pump"


def test_words_that_are_meant_as_one_are_joined(model: WordNormaliser) -> None:
    assert normalise(model, "AB123 motor over heating") == "<tag>|motor|overheating|"


def test_one_word_out_per_word_in_whatever_they_are(model: WordNormaliser) -> None:
    strange = [["", " ", "😀", "泵", "a" * 500, "9" * 60, "\t", "é-é/é", "<tag>"], []]
    given = model.normalise(strange)
    assert [len(words) for words in given] == [9, 0]
    assert [len(words) for words in model.most_frequent(strange)] == [9, 0]


def test_scores_are_shares_and_the_control_leaves_unknown_words(model: WordNormaliser) -> None:
    for words in model.propose([["QX917", "unheard", "W/O"]]):
        assert all(0 < word.score <= 1 for word in words)
    assert model.most_frequent([["QX917", "REPL"]]) == [["QX917", "replace"]]


def test_the_same_seed_gives_the_same_model(model: WordNormaliser) -> None:
    again = learn(respelt_texts(400, 1)).model
    words = [[w for w, _ in text.words] for text in respelt_texts(40, 9)]
    assert again.propose(words) == model.propose(words)


def test_it_survives_saving(model: WordNormaliser, tmp_path: Path) -> None:
    model.save(tmp_path)
    words = [[w for w, _ in text.words] for text in respelt_texts(40, 9)]
    assert WordNormaliser.load(tmp_path).propose(words) == model.propose(words)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "normaliser.json",
        "ranking.npz",
        FILE,
    ]


def edit(directory: Path, changes: dict[tuple[str, str], str], added: list[list[str]]) -> None:
    path = directory / FILE
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows:
        row[1] = changes.get((row[0], row[1]), row[1])
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows + added)  # as a spreadsheet may save it


def test_peoples_edits_are_followed(model: WordNormaliser, tmp_path: Path) -> None:
    model.save(tmp_path)
    edit(
        tmp_path,
        {("REPL", "replace"): "replenish"},
        [
            ["hose", "host", "", "^ _"],
            ["flotn", "flotation", "", ""],
            ["滤芯", "过滤器芯", "1", ""],
        ],
    )
    edited = WordNormaliser.load(tmp_path)
    assert normalise(edited, "QX917 REPL pump") == "<tag>|replenish|pump"
    assert normalise(edited, "flotn 滤芯") == "flotation|过滤器芯"
    assert normalise(edited, "hose hose") == "host|hose"  # only at the beginning
    assert normalise(edited, "QX917 W/O power") == normalise(model, "QX917 W/O power")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",x,1,", "line 2: needs a written word"),
        ("a,b,often,", "line 2: needs a written word and a whole number"),
        ("a,b,1,beside", "line 2: the context 'beside' must be"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / FILE).write_text(f"written,meant,count,context\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_rows(tmp_path)


def test_a_table_without_its_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("a,b,1,\n", encoding="utf-8")
    with pytest.raises(BadInput, match="first row must name the columns"):
        read_rows(tmp_path)


def test_chinese_words_are_learnt(tmp_path: Path) -> None:
    texts = [
        Respelt("t", (("起动", "启动"), ("ＰＵＭＰ", "泵"), ("機" if n % 2 else "机", "机")))
        for n in range(40)
    ]
    model = learn(texts).model
    assert model.normalise([["起动", "機", "ＰＵＭＰ"]]) == [["启动", "机", "泵"]]


def test_one_text_is_enough_not_to_fail() -> None:
    model = learn([Respelt("t", (("A", "b"),))]).model
    assert len(model.normalise([["A", "c"]])[0]) == 2


@pytest.mark.parametrize(("name", "value"), [("part", 3), ("parts", "many"), ("strength", -1.0)])
def test_wrong_settings_are_refused(name: str, value: object) -> None:
    with pytest.raises(BadInput, match=name):
        learn(respelt_texts(5, 1), **{name: value})


def test_shapes_are_counted_by_different_words() -> None:
    pairs = [("AB12", "<id>"), ("CD34", "<id>"), ("EF56", "<id>"), ("GH78", "GH78")]
    shapes = Shapes.learn(pairs)
    assert shape_of("AB12cd/漏") == "AA99aa/字"
    assert shape_of("ABCDEFGHIJ", True) == "A"
    assert shapes.read("XY99")["<id>"] == (3 / 5, 3 / 5)
    assert shapes.read("xy-99") == {}


def test_parting_reads_joined_words_piece_by_piece() -> None:
    texts = [
        [("check", "check"), ("/", "/"), ("REP", "repair"), ("pos", "position"), ("4", "<num>")],
        [("all", "all"), ("bucket", "bucket"), ("5", "<num>"), ("66", "<num>"), ("77", "<num>")],
    ] * 3
    memory = Memory.learn(texts)
    shapes = Shapes.learn((w, memory.most_frequent(w)) for w in memory.alone)
    parter = Parter(memory, shapes, Speller.learn(m for t in texts for _, m in t))
    assert parter.part("CHECK/REP")[0].meant == "check / repair"
    assert parter.part("pos9")[0].meant == "position <num>"
    assert parter.part("ALLBUCKET")[0].meant == "all bucket"
    assert parter.part("x") == []


def test_spelling_finds_slips_and_abbreviations() -> None:
    speller = Speller.learn(["replace", "switch", "bearing", "hydraulic", "release"])
    found = {
        (g.word, g.sort) for w in ("repalce", "swit", "brng", "hydlic") for g in speller.guess(w)
    }
    assert ("replace", "near") in found
    assert ("switch", "prefix") in found
    assert ("bearing", "skeleton") in found
    assert ("hydraulic", "letters") in found


@pytest.mark.slow
def test_beats_the_floor_on_a_part_of_real_work_orders() -> None:
    from extraction.learning.evaluating import measure
    from extraction.learning.formats import read_corpus

    texts = list(read_corpus("norm", shared("extraction/maintnorm/train.norm")).items)[:2400]
    trained = train(texts[:2000], texts[2000:], (), TrainingOptions(settings={"parts": 4}), silent)
    scores = measure(trained.model, texts[2000:], trained.notes)
    control = scores["control"]["most_frequent"]["error_reduction"]
    print(f"error reduction {scores['error_reduction']}, most frequent {control}")  # noqa: T201
    assert scores["error_reduction"] > control + 0.05


def test_the_shipped_aliases_are_candidates_for_words_that_no_text_had() -> None:
    knowledge = Knowledge.learn([[("pump", "pump")]])
    meanings = {m.text: m.features for m in knowledge.means("HYD")}
    assert "alias new" in meanings["hydraulic"]
    assert {"HYD", "hyd"} <= set(meanings)
