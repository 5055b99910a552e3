"""`gemba train` and `gemba evaluate`: models that read, from a plant's own labelled texts."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.plant import JsonOption, with_settings
from api.cli.terminal import write, write_json, write_table
from api.settings import Settings
from kg.model.errors import BadInput

FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help="How the texts are labelled: maintie, bdci, conll, jsonl (doccano), norm or label.",
    ),
]


@with_settings
def train(
    settings: Settings,
    *,
    format_: FormatOption,
    train_file: Annotated[Path, typer.Option("--train", help="Labelled texts to learn from.")],
    dev: Annotated[Path, typer.Option(help="Labelled texts to choose on; no part of the others.")],
    out: Annotated[Path, typer.Option(help="The directory that the model goes to.")],
    unlabelled: Annotated[
        Path | None,
        typer.Option(help="More texts, without labels or with a machine's: to learn from, too."),
    ] = None,
    tier: Annotated[
        str | None,
        typer.Option(help="fast or accurate. Else the most accurate that is installed."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same model.")] = 0,
    teacher: Annotated[
        Path | None,
        typer.Option(help="A trained model that labels the unlabelled texts for this one."),
    ] = None,
    pupil: Annotated[
        Path | None,
        typer.Option(
            help="A directory for a fast model, too, which the accurate one then teaches over the "
            "unlabelled texts.",
        ),
    ] = None,
    encoder: Annotated[
        Path | None,
        typer.Option(help="A directory with a pretrained encoder; else one that is installed."),
    ] = None,
    level: Annotated[
        int | None,
        typer.Option(min=1, help="How many steps of labels such as A/B/C count (maintie: 1)."),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of the training; may repeat."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Train a model that reads texts as yours are labelled, and write it with its model card.

    A training that was interrupted goes on where it was when the same command is given again.

    Example:

        gemba train --format jsonl --train labelled.jsonl --dev checked.jsonl --out model
        gemba train --format jsonl --train labelled.jsonl --dev checked.jsonl --unlabelled texts.txt
            --tier accurate --out model --pupil fast-model
    """
    from extraction.learning import train_model
    from extraction.learning.protocol import TrainingOptions

    del settings
    if tier not in {None, "fast", "accurate"}:
        raise BadInput(f"There is no tier {tier!r}; say fast or accurate.")
    if pupil is not None:
        if tier == "fast" or unlabelled is None or pupil == out:
            raise BadInput(
                "--pupil is taught by a model of --tier accurate over --unlabelled texts, and goes "
                "to a directory of its own."
            )
        tier = "accurate"
    options = TrainingOptions(
        seed=seed, teacher=teacher, encoder=encoder, settings=_settings_of(option or ())
    )
    learn = partial(
        train_model,
        format_,
        train_file,
        dev,
        unlabelled=unlabelled,
        reading={"level": level} if level else {},
        progress=_tell,
    )
    cards = {out: learn(out=out, tier=tier, options=options)}  # type: ignore[arg-type]
    if pupil is not None:
        taught = TrainingOptions(seed=seed, teacher=out, encoder=encoder)
        cards[pupil] = learn(out=pupil, tier="fast", options=taught)
    if json:
        card = cards[out]
        write_json(card if pupil is None else {**card, "pupil": cards[pupil]})
        return
    for place, card in cards.items():
        write(f"{card['name']}: {place} ({card['seconds']:.0f} s, {card['cpu_seconds']:.0f} CPU s)")
        _write_notices(card["notices"])
        _write_scores(card["scores"])


@with_settings
def evaluate(
    settings: Settings,
    *,
    model: Annotated[Path, typer.Option(help="The directory of a trained model.")],
    format_: FormatOption,
    test: Annotated[Path, typer.Option(help="Labelled texts that had no part in the training.")],
    json: JsonOption = False,
) -> None:
    """Measure a trained model on labelled texts.

    Example:

        gemba evaluate --model model --format jsonl --test held-out.jsonl
    """
    from extraction.learning import evaluate_model

    del settings
    scores = evaluate_model(model, format_, test)
    if json:
        write_json(scores)
    else:
        _write_notices(scores.get("notices", []))
        _write_scores(scores)


COMMANDS = (train, evaluate)


def _tell(message: str, done: float | None = None) -> None:
    share = "" if done is None else f"{done:4.0%} "
    print(f"{share}{message}", file=sys.stderr, flush=True)  # noqa: T201


def _write_notices(notices: list[str]) -> None:
    for notice in notices[:_SHOWN]:
        write(f"  {notice}")
    if len(notices) > _SHOWN:
        write(f"  … and {len(notices) - _SHOWN:,} more; --json has them.")


_SHOWN = 10


def _settings_of(options: list[str] | tuple[str, ...]) -> dict[str, Any]:
    import yaml

    settings = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not name:
            raise BadInput(f"--set {option}: say NAME=VALUE, such as --set epochs=8.")
        settings[name.strip()] = yaml.safe_load(value)
    return settings


def _write_scores(scores: dict[str, Any]) -> None:
    if "entities" not in scores:
        control = scores["control"]
        write(
            f"accuracy {scores['accuracy']:.3f}, macro F1 {scores['macro_f1']:.3f}, "
            f"error reduction {scores['error_reduction']}, control {control}"
        )
        return
    sections = {
        "entities": scores["entities"],
        "relations, strict": scores["relations"]["strict"],
        "relations, loose": scores["relations"]["loose"],
    }
    rows: list[tuple[object, ...]] = []
    for title, section in sections.items():
        if not section["micro"]["support"] and not section["classes"]:
            continue
        named = {f"{title}: all": section["micro"], **section["classes"]}
        rows += [
            (name, f"{s['precision']:.3f}", f"{s['recall']:.3f}", f"{s['f1']:.3f}", s["support"])
            for name, s in named.items()
        ]
    write_table(["Label", "Precision", "Recall", "F1", "Support"], rows, right=(1, 2, 3, 4))
