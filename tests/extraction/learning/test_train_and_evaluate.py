"""From files to a model directory and back, through the commands; and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from extraction.learning import load_model, read_card
from extraction.learning.calibration import read_calibration
from extraction.learning.formats.label import write as write_labels
from kg.model.errors import BadInput
from tests.extraction.learning.plant_texts import labelled_texts, norm_file, respelt_texts


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of both formats, and a model of each."""
    folder = tmp_path_factory.mktemp("learning")
    for name, number, seed in (("train", 150, 1), ("dev", 60, 2), ("test", 60, 3)):
        (folder / f"{name}.norm").write_text(norm_file(respelt_texts(number, seed)), "utf-8")
        write_labels(folder / f"{name}.csv", labelled_texts(number, seed))
    for format_, suffix in (("norm", "norm"), ("label", "csv")):
        code = main(
            [
                "train",
                "--format",
                format_,
                "--tier",
                "fast",
                "--out",
                str(folder / format_),
                "--train",
                str(folder / f"train.{suffix}"),
                "--dev",
                str(folder / f"dev.{suffix}"),
            ]
        )
        assert code == 0
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    ("format_", "suffix", "what"), [("norm", "norm", "words"), ("label", "csv", "labels")]
)
def test_a_model_with_its_cards_and_calibration(
    files: Path, format_: str, suffix: str, what: str
) -> None:
    model, card = load_model(files / format_)
    assert card["data"]["train"]["texts"] == 150
    assert len(card["data"]["dev"]["sha256"]) == 64
    report = card["calibration"][what]["report"]["all"]
    assert report["n"] == (60 if format_ == "label" else card["scores"]["support"])
    assert 0 <= report["calibration_error"] < 0.2
    calibration = read_calibration(card, what)  # type: ignore[arg-type]
    assert 0 < calibration.probability("changed", 0.9) < 1
    people = (files / format_ / "README.md").read_text("utf-8")
    assert f"## Probabilities of {what}" in people
    assert "Expected calibration error" in people
    assert ("replacements.csv" in people) == (format_ == "norm")
    assert not (files / format_ / "work").exists()
    assert model is not None


@pytest.mark.parametrize(("format_", "suffix"), [("norm", "norm"), ("label", "csv")])
def test_evaluate_prints_scores_and_controls(
    files: Path, capsys: pytest.CaptureFixture[str], format_: str, suffix: str
) -> None:
    arguments = ["evaluate", "--model", files / format_, "--format", format_, "--test"]
    code, out, _ = run(capsys, *arguments, files / f"test.{suffix}", "--json")
    scores = json.loads(out)
    assert code == 0
    assert scores["accuracy"] > 0.9
    assert scores["error_reduction"] > 0.8
    assert {"macro_f1", "control", "support"} <= set(scores)
    code, out, _ = run(capsys, *arguments, files / f"test.{suffix}")
    assert code == 0
    assert f"accuracy {scores['accuracy']:.3f}" in out


@pytest.mark.parametrize(
    ("format_", "test", "said"),
    [
        ("jsonl", "test.csv", "was trained to classify, but the format 'jsonl' is for spans"),
        ("norm", "test.norm", "say the format that it was trained with (label)"),
        ("brat", "test.csv", "There is no format 'brat'"),
        ("label", "absent.csv", "absent.csv: cannot be read"),
    ],
)
def test_evaluate_refuses_in_a_sentence(
    files: Path, capsys: pytest.CaptureFixture[str], format_: str, test: str, said: str
) -> None:
    model = files / "label"
    code, _, err = run(
        capsys, "evaluate", "--model", model, "--format", format_, "--test", files / test
    )
    assert code in {1, 2}
    assert said in err
    assert "Traceback" not in err


def test_bad_lines_are_told_with_the_scores(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some.csv"
    path.write_text("pump leaks oil,Leaking\njust a text\n", "utf-8")
    code, out, _ = run(
        capsys,
        "evaluate",
        "--model",
        files / "label",
        "--format",
        "label",
        "--test",
        path,
        "--json",
    )
    assert code == 0
    assert json.loads(out)["support"] == 1
    assert "some.csv, line 2" in json.loads(out)["notices"][0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("classifier.npz", b""),
        ("classifier.npz", b"PK\x03\x04 cut short"),
        ("classifier.npz", None),
        ("card.json", b"{not json"),
        ("card.json", b"[]"),
        ("card.json", b'{"version": 1}'),
        ("card.json", b'{"version": 99, "task": "classify", "tier": "fast"}'),
        ("card.json", None),
    ],
)
def test_a_damaged_model_is_named(
    files: Path, tmp_path: Path, name: str, content: bytes | None
) -> None:
    import shutil

    model = tmp_path / "model"
    shutil.copytree(files / "label", model)
    (model / name).unlink()
    if content is not None:
        (model / name).write_bytes(content)
    with pytest.raises(BadInput, match=r"train it again|train the model again|`gemba train`"):
        load_model(model)


def test_a_normaliser_with_damaged_parts_is_named(files: Path, tmp_path: Path) -> None:
    import shutil

    for name, content in (
        ("normaliser.json", "{}"),
        ("normaliser.json", "[["),
        ("ranking.npz", "PK"),
        ("replacements.csv", ""),
    ):
        model = tmp_path / "model"
        shutil.rmtree(model, ignore_errors=True)
        shutil.copytree(files / "norm", model)
        (model / name).write_text(content, "utf-8")
        with pytest.raises(BadInput):
            load_model(model)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tier", "quick"], "There is no tier 'quick'"),
        (["--pupil", "other"], "taught by a model of --tier accurate"),
        (["--set", "strength"], "say NAME=VALUE"),
        (["--set", "depth=3"], "There is no setting 'depth'"),
        (["--dev", "absent.norm"], "absent.norm: cannot be read"),
    ],
)
def test_train_refuses_in_a_sentence(
    files: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    given = ["--dev", str(files / "dev.norm"), "--tier", "fast", *arguments]
    code, _, err = run(
        capsys,
        "train",
        "--format",
        "norm",
        "--train",
        files / "train.norm",
        "--out",
        tmp_path / "out",
        *given,
    )
    assert code != 0
    assert said in err
    assert "Traceback" not in err
    assert not (tmp_path / "out" / "card.json").exists()


def test_a_pupil_is_a_fast_model_taught_by_the_accurate_one(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def train_model(*files: object, out: Path, tier: str, options: Any, **_: object) -> Any:
        asked.append((out, tier, options.teacher))
        return {"name": f"{tier} model"}

    monkeypatch.setattr("extraction.learning.train_model", train_model)
    texts, model, pupil = tmp_path / "texts.txt", tmp_path / "model", tmp_path / "pupil"
    code, out, _ = run(
        capsys, "train", "--format", "jsonl", "--train", texts, "--dev", texts, "--unlabelled",
        texts, "--out", model, "--pupil", pupil, "--json",
    )  # fmt: skip
    assert code == 0
    assert asked == [(model, "accurate", None), (pupil, "fast", model)]
    assert json.loads(out) == {"name": "accurate model", "pupil": {"name": "fast model"}}


def test_a_folder_with_other_things_is_not_overwritten(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "diary.txt").write_text("mine", "utf-8")
    arguments = ["train", "--format", "norm", "--train", files / "train.norm", "--dev"]
    code, _, err = run(capsys, *arguments, files / "dev.norm", "--out", tmp_path)
    assert code != 0
    assert "holds other things than a model" in err
    code, _, err = run(capsys, *arguments, files / "dev.norm", "--out", tmp_path / "diary.txt")
    assert code != 0
    assert "is a file" in err


def test_texts_without_a_span_or_with_other_labels_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none, one, other = (tmp_path / f"{name}.jsonl" for name in ("none", "one", "other"))
    none.write_text('{"text": "pump leaks"}\n', "utf-8")
    one.write_text('{"text": "pump leaks", "label": [[0, 4, "Part"]]}\n', "utf-8")
    other.write_text('{"text": "pump leaks", "label": [[0, 4, "Ding"]]}\n', "utf-8")
    for train, dev, said in (
        (none, one, "none of its 1 texts"),
        (one, other, "none of the labels"),
    ):
        code, _, err = run(
            capsys,
            "train",
            "--format",
            "jsonl",
            "--train",
            train,
            "--dev",
            dev,
            "--tier",
            "fast",
            "--out",
            tmp_path / "out",
        )
        assert code != 0
        assert said in err


def test_training_again_into_the_same_folder_replaces_the_model(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in ("1", "2"):
        code, _, _ = run(
            capsys,
            "train",
            "--format",
            "label",
            "--train",
            files / "train.csv",
            "--dev",
            files / "dev.csv",
            "--tier",
            "fast",
            "--seed",
            seed,
            "--out",
            tmp_path / "model",
        )
        assert code == 0
        assert read_card(tmp_path / "model")["seed"] == int(seed)


def test_scores_that_flatter_and_labels_that_are_unknown_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(name: str, part: str, fault: str, words: list[str]) -> Path:
        lines = [
            json.dumps(
                {
                    "text": f"{word} leaking",
                    "entities": [
                        {"id": 1, "label": part, "start_offset": 0, "end_offset": len(word)},
                        {"id": 1, "label": fault, "start_offset": len(word) + 1,
                         "end_offset": len(word) + 8},
                    ],
                    "relations": [{"id": 1, "from_id": 1, "to_id": 1, "type": "on"}],
                }
            )
            for word in words
        ]  # fmt: skip
        (tmp_path / name).write_text("\n".join(lines), "utf-8")
        return tmp_path / name

    words = ["pump", "valve", "motor", "hose", "seal", "belt", "fan", "gear"] * 2
    train = write("train.jsonl", "Part", "Fault", words)
    other = write("other.jsonl", "Teil", "Fault", words[:8])
    model = tmp_path / "model"
    quick = ("--set", "iterations=10", "--set", "folds=2", "--set", "vectors=0")
    code, out, _ = run(
        capsys, "train", "--format", "jsonl", "--train", train, "--dev", train, "--tier", "fast",
        "--out", model, *quick,
    )  # fmt: skip
    assert code == 0
    out = " ".join(out.split())
    assert "train.jsonl: 16 of its 16 texts stand in train.jsonl, too" in out
    assert "two entities bear the id 1" in out
    assert "more; --json has them" in out
    for test, told in ((train, "is the model's"), (other, "labels Teil, which the model was not")):
        code, out, _ = run(
            capsys, "evaluate", "--model", model, "--format", "jsonl", "--test", test
        )
        assert code == 0
        assert told in " ".join(out.split())
