"""A trained model's directory: `card.json` says what it is, `README.md` says it to people.

Nothing in a model directory is ever unpickled, so a model from elsewhere cannot run code.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any, cast
from zipfile import BadZipFile

from extraction.learning.calibration import REST
from extraction.learning.kinds import choose_kind, module_of
from extraction.learning.protocol import Model, TaskName, Tier
from kg.model.errors import BadInput

CARD = "card.json"
README = "README.md"
VERSION = 1
_DAMAGE = (
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    BadZipFile,
    zlib.error,
)


def read_card(directory: Path) -> dict[str, Any]:
    """What a model directory says of itself. Raises BadInput where it is none."""
    path = directory / CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadInput(
            f"{directory}: is no trained model (there is no {CARD}); `gemba train` makes one."
        ) from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(f"{path}: the model card cannot be read; train the model again.") from error
    if not isinstance(card, dict) or card.get("version") != VERSION:
        raise BadInput(f"{path}: is a model of another version; train it again with this one.")
    return card


def load_model(directory: Path) -> tuple[Model, dict[str, Any]]:
    """The model of a directory, and its card. Raises BadInput and MissingExtra."""
    card = read_card(directory)
    try:
        kind = choose_kind(cast(TaskName, card["task"]), cast(Tier, card["tier"]))
        return module_of(kind).load(directory, card), card
    except _DAMAGE as error:
        raise BadInput(f"{directory}: the model is damaged ({error}); train it again.") from error


def write_card(directory: Path, card: dict[str, Any]) -> None:
    """Write both cards; the JSON last, so that a directory with a card is a whole model."""
    (directory / README).write_text(_for_people(card), encoding="utf-8")
    text = json.dumps(card, ensure_ascii=False, indent=2, sort_keys=True)
    new = directory / f"{CARD}.new"
    new.write_text(text + "\n", encoding="utf-8")
    new.replace(directory / CARD)


_TASKS = {
    "spans": "finds labelled stretches of a text and the relations between them",
    "normalise": "reads words as they were written into the words that are meant",
    "classify": "gives a short text one label",
}


_EDITING = (
    "## Correcting it",
    "",
    "`replacements.csv` holds what each word was meant as; open it in a spreadsheet. Change the "
    "column `meant`, or add a row: it is followed from the next start on, whatever the model "
    "thinks. A row with a context holds only there: `self _` after the word self, `_ rescuer` "
    "before the word rescuer, `^ _` at the beginning. A deleted row is forgotten.",
)


_FOLDED = (
    "After that the model was trained once more in the same way, on train and dev together. The "
    "scores above and the probabilities below are those of the model before, which had not "
    "learnt from dev. `gemba evaluate` on this dev part would flatter a lot.",
    "",
)


def _for_people(card: dict[str, Any]) -> str:
    lines = [
        f"# {card['name']}",
        "",
        f"A model of Gemba that {_TASKS[card['task']]} ({card['tier']} tier, format "
        f"`{card['format']}`, seed {card['seed']}), trained on {card['trained_at']} "
        f"in {card['seconds']:.0f} s.",
        "",
        "## Trained on",
        "",
        "| part | file | texts | SHA-256 |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {part} | {file['name']} | {file['texts']} | `{file['sha256'][:16]}…` |"
        for part, file in card["data"].items()
    ]
    if card["task"] == "normalise":
        lines += ["", *_EDITING]
    if card.get("labels"):
        lines += ["", "## Labels", "", ", ".join(f"`{label}`" for label in card["labels"])]
    if card.get("tie_labels"):
        lines += ["", "Relations: " + ", ".join(f"`{label}`" for label in card["tie_labels"])]
    lines += ["", "## Measured on dev", "", "```json"]
    lines += [json.dumps(card["scores"], ensure_ascii=False, indent=2), "```", ""]
    lines += [
        "The epoch, the thresholds and the settings were chosen on these dev texts, so they "
        "flatter a little; measure on texts that had no part in it with `gemba evaluate`.",
        "",
        *(_FOLDED if card.get("learnt_from_dev") else ()),
        *_calibration_for_people(card.get("calibration") or {}),
        "## Chosen",
        "",
        "```json",
        json.dumps(card["notes"], ensure_ascii=False, indent=2, default=str),
        "```",
        "",
    ]
    return "\n".join(lines)


def _calibration_for_people(calibration: dict[str, Any]) -> list[str]:
    lines = []
    for what, kept in calibration.items():
        report = kept["report"]
        lines += [
            f"## Probabilities of {what}",
            "",
            "Scores become probabilities by curves measured on dev. The figures are cross-fitted: "
            "no text is judged by a curve that it had a part in. "
            f"Expected calibration error {report['all']['calibration_error']:.3f}, Brier score "
            f"{report['all']['brier']:.3f}, over {report['all']['n']} {what}.",
            "",
            "| mean probability | share that is right | of |",
            "| --- | --- | --- |",
        ]
        lines += [
            f"| {b['probability']:.3f} | {b['right']:.3f} | {b['n']} |"
            for b in report["reliability"]
        ]
        lines += [
            "",
            f"Accepted without review, so that at least {kept['precision']:.0%} of it are right "
            "(the lower bound allows for the few texts that it was measured on); everything "
            "else goes to review.",
            "",
            "| label | curve | of dev | right | accepted from score | accepted | of these right |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for label, found in report["classes"].items():
            threshold = kept["thresholds"].get(label)
            accepted = (
                f"{threshold:.3f} | {found['accepted']} | {found['accepted_right']}"
                if threshold is not None
                else "never | 0 | 0"
            )
            name = "all rarer labels" if label == REST else f"`{label}`"
            lines.append(
                f"| {name} | {found['curve']} | {found['n']} | {found['right']:.3f} | {accepted} |"
            )
        lines.append("")
    return lines
