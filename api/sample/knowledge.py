"""What can break in the sample plant and how it shows: the tables in `knowledge/`.

A failure has one true cause (rarely two). A cause sits in a component of an asset class, brings
about failure modes, and modes bring about symptoms; alarms hang on causes. Every link is a
noisy-OR link with its probability, so that the right posterior of every case is known.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

SYMPTOM_LEAK = 0.01  # probability of a symptom that no mode brought about
ALARM_LEAK = 0.01


@dataclass(frozen=True, slots=True)
class AssetKind:
    """A class of assets and how many of them the smallest plant has."""

    id: str
    zh: str
    en: str
    prefix: str
    first: int
    least: int
    area: str
    line: str
    maker: str
    model: str

    @property
    def label(self) -> str:
        """As the asset register writes it: `液压机 / Hydraulic press`."""
        return f"{self.zh} / {self.en}"


@dataclass(frozen=True, slots=True)
class Named:
    """A coded thing with a name in two languages: failure mode, action or spare part."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class SparePart(Named):
    """A spare part in stock."""

    spec: str
    price: float


@dataclass(frozen=True, slots=True)
class Action(Named):
    """A maintenance activity and the words that technicians use for it."""

    zh_verbs: tuple[str, ...]
    en_verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComponentKind:
    """A kind of part that assets are made of, and what people call it."""

    id: str
    zh: str
    en: str
    zh_words: tuple[str, ...]
    en_words: tuple[str, ...]
    function_zh: str
    function_en: str
    concept: str = ""  # key of the concept that Gemba ships for it, where there is one

    @property
    def label(self) -> str:
        """As the FMEA writes it: `液压泵 / Hydraulic pump`."""
        return f"{self.zh} / {self.en}"


@dataclass(frozen=True, slots=True)
class SymptomKind:
    """What a person notices, and the words for it."""

    id: str
    en: str
    zh: str
    zh_words: tuple[str, ...]
    en_words: tuple[str, ...]
    classes: frozenset[str]  # asset classes that can show it; empty: all
    concept: str = ""  # key of the concept that Gemba ships for it, where there is one


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """An alarm of a controller. `spurious` is its rate without a failure, per asset and year."""

    code: str
    asset_class: str
    zh: str
    en: str
    severity: str
    mode: str
    spurious: float


@dataclass(frozen=True, slots=True)
class CauseKind:
    """A root cause in a component of an asset class, with everything that follows from it.

    `rate` is failures per asset and year, `shape` the Weibull shape of the time between them.
    `modes`, `symptoms` and `alarms` map what it brings about to the probability.
    """

    code: str
    asset_class: str
    component: str
    zh: str
    en: str
    facet: str
    rate: float
    shape: float
    modes: Mapping[str, float]
    symptoms: Mapping[str, float]
    alarms: Mapping[str, float]
    check_zh: str
    check_en: str
    action: str
    part: str
    hours: float
    sensor: str


@dataclass(frozen=True)
class Knowledge:
    """All tables, each by its code in the order of the file."""

    kinds: Mapping[str, AssetKind]
    modes: Mapping[str, Named]
    symptoms: Mapping[str, SymptomKind]
    mode_symptom: Mapping[str, Mapping[str, float]]
    components: Mapping[str, ComponentKind]
    actions: Mapping[str, Action]
    parts: Mapping[str, SparePart]
    alarms: Mapping[str, AlarmKind]
    causes: Mapping[str, CauseKind]

    def causes_of(self, asset_class: str) -> list[CauseKind]:
        """The causes that an asset class can have."""
        return [cause for cause in self.causes.values() if cause.asset_class == asset_class]

    def alarms_of(self, asset_class: str) -> list[AlarmKind]:
        """The alarms of an asset class."""
        return [alarm for alarm in self.alarms.values() if alarm.asset_class == asset_class]

    def shown_by(self, asset_class: str, mode: str) -> dict[str, float]:
        """The symptoms that a failure mode brings about on an asset class."""
        return {
            symptom: probability
            for symptom, probability in self.mode_symptom.get(mode, {}).items()
            if not self.symptoms[symptom].classes or asset_class in self.symptoms[symptom].classes
        }

    def components_of(self, asset_class: str) -> list[str]:
        """The components that the causes of an asset class sit in, without repeats."""
        return list(dict.fromkeys(cause.component for cause in self.causes_of(asset_class)))


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files("api.sample") / "knowledge" / f"{name}.csv").read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


def _links(text: str) -> dict[str, float]:
    pairs = (item.rsplit(":", 1) for item in text.split("|") if item)
    return {target: float(probability) for target, probability in pairs}


@lru_cache(maxsize=1)
def load_knowledge() -> Knowledge:
    """Read the packaged tables once."""
    mode_symptom: dict[str, dict[str, float]] = {}
    for row in _rows("mode_symptom"):
        mode_symptom.setdefault(row["mode"], {})[row["symptom"]] = float(row["probability"])
    return Knowledge(
        kinds={
            r["id"]: AssetKind(
                r["id"],
                r["zh"],
                r["en"],
                r["prefix"],
                int(r["first"]),
                int(r["least"]),
                r["area"],
                r["tagline"],
                r["maker"],
                r["model"],
            )
            for r in _rows("classes")
        },
        modes={r["code"]: Named(r["code"], r["zh"], r["en"]) for r in _rows("modes")},
        symptoms={
            r["id"]: SymptomKind(
                r["id"],
                r["en_name"],
                r["zh_name"],
                _words(r["zh"]),
                _words(r["en"]),
                frozenset(_words(r["classes"]) if r["classes"] else ()),
                r["concept"],
            )
            for r in _rows("symptoms")
        },
        mode_symptom=mode_symptom,
        components={
            r["id"]: ComponentKind(
                r["id"],
                r["zh"],
                r["en"],
                _words(r["zh_words"]),
                _words(r["en_words"]),
                r["function_zh"],
                r["function_en"],
                r["concept"],
            )
            for r in _rows("components")
        },
        actions={
            r["code"]: Action(
                r["code"], r["zh"], r["en"], _words(r["zh_verbs"]), _words(r["en_verbs"])
            )
            for r in _rows("actions")
        },
        parts={
            r["code"]: SparePart(r["code"], r["zh"], r["en"], r["spec"], float(r["price"]))
            for r in _rows("parts")
        },
        alarms={
            r["code"]: AlarmKind(
                r["code"],
                r["class"],
                r["zh"],
                r["en"],
                r["severity"],
                r["mode"],
                float(r["spurious"]),
            )
            for r in _rows("alarms")
        },
        causes={
            r["code"]: CauseKind(
                r["code"],
                r["class"],
                r["component"],
                r["zh"],
                r["en"],
                r["facet"],
                float(r["rate"]),
                float(r["shape"]),
                _links(r["modes"]),
                _links(r["symptoms"]),
                _links(r["alarms"]),
                r["check_zh"],
                r["check_en"],
                r["action"],
                r["part"],
                float(r["hours"]),
                r["sensor"],
            )
            for r in _rows("causes")
        },
    )
