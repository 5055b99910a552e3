"""How the accurate tier learns, with a default for everything.

The values were chosen on dev parts of public sets in English and Chinese; none depends on a label
set.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from kg.model.errors import BadInput


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training may be told with `--set NAME=VALUE`."""

    epochs: int = 12  # over the labelled texts
    batch: int = 16  # texts, or windows of long texts
    steps: int = 300  # least of a course; see `share_out`
    encoder_rate: float = 1e-4  # learning rate of the encoder's uppermost layer
    layer_decay: float = 0.95  # each layer below learns at this share of the rate
    head_rate: float = 1e-3  # learning rate of everything that is not pretrained
    warmup: float = 0.1  # share of the steps in which the rates rise; then they fall to 0
    weight_decay: float = 0.01
    dropout: float = 0.2
    layers: int = 0  # of the encoder, from below; 0: all
    hidden: int = 256  # width of the layers that score spans and pairs
    recurrent: int = 0  # units a direction of a recurrent layer upon the encoder; 0: none
    pointer: int = 64  # width by which ends of spans are compared; 0: a layer scores each span
    contrast: int = 300  # possible spans of a mean window from which labelled ones are learnt by
    # how they stand out of all others, and not each by itself; 0: never
    hiding: float = 0.0  # share of the words that are hidden, so that what is around them is learnt
    averaging: float = 1.0  # epochs over which weights are averaged; 0: not
    adversarial: float = 0.0  # length of the step that disturbs embeddings (FGM); 0: not
    window: int = 224  # pieces of a text that the encoder sees at once
    margin: int = 24  # pieces of context on either side of a window's own part
    companion: int = 1  # 1: ask the fast tier for a second opinion on spans; 0: not
    folding: int = 1  # 1: train once more, on train and dev together, where it is not too long
    widest: int = 64  # words of the widest span that is looked for
    teaching_epochs: int = 3  # over the texts that the model labelled for itself
    teacher_epochs: int = 8  # over the labelled texts, before it labels others
    taught: int = 8_000  # most texts without labels that are learnt from
    confidence: float = 0.5  # from which a self-made label is learnt from


_CHINESE = {
    "epochs": 6,
    "batch": 8,
    "encoder_rate": 1.5e-4,
    "layers": 6,
}
_SHARES = {"hiding", "layer_decay", "warmup", "dropout", "confidence"}
_AT_LEAST_ONE = {"epochs", "batch", "hidden", "widest", "teacher_epochs", "teaching_epochs"}
MINIMAL_WINDOW = 16
_SMALLEST = 4  # batch that few texts are learnt from in


def read_settings(given: dict[str, Any], chinese: bool) -> Settings:
    """The settings for texts in that script, with what is given. Raises BadInput."""
    defaults = Settings(**(_CHINESE if chinese else {}))  # type: ignore[arg-type]
    kinds = {f.name: type(getattr(defaults, f.name)) for f in dataclasses.fields(Settings)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in kinds:
            known = ", ".join(sorted(kinds))
            raise BadInput(f"The accurate tier has no setting {name!r}; it has: {known}.")
        values[name] = _check(name, value, kinds[name])
    settings = dataclasses.replace(defaults, **values)
    if settings.window < MINIMAL_WINDOW or settings.margin * 3 > settings.window:
        raise BadInput(
            f"A window of {settings.window} with a margin of {settings.margin} leaves no room; "
            f"say a window of at least {MINIMAL_WINDOW} and three margins."
        )
    return settings


def share_out(settings: Settings, texts: int, epochs: int) -> tuple[int, int]:
    """The size of a batch, and how often an epoch goes through that many texts.

    Few texts are learnt from in small batches, and those of very few several times an epoch.
    """
    batch = min(settings.batch, max(_SMALLEST, texts * epochs // max(1, settings.steps)))
    once = -(-texts // batch) * epochs
    return batch, max(1, -(-settings.steps // max(1, once)))


def _check(name: str, value: Any, kind: type) -> Any:
    if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
        wanted = "a whole number" if kind is int else "a number"
        raise BadInput(f"The setting {name} is {wanted}, not {value!r}.")
    least = 1 if name in _AT_LEAST_ONE else 0
    if value < least or (name in _SHARES and value > 1):
        limits = "from 0 to 1" if name in _SHARES else f"at least {least}"
        raise BadInput(f"The setting {name} is {limits}, not {value!r}.")
    return kind(value)
