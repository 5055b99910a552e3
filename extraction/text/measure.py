"""How well the lexicon reads: precision and recall against labelled texts, and coverage.

Label sets of others are collapsed to three kinds: `component`, `finding` (failure mode or symptom)
and `activity`. A predicted mention is right *exactly* where a labelled span of its kind has the
same ends, and right *by overlap* where one shares a character with it; overlap tells whether the
claim is right, exactness also whether annotators draw the line where we do ("oil leak", "leak").
Labels of other kinds are not counted.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from extraction.text.mentions import Assertion, Mention
from extraction.text.reading import Reader

KINDS = ("component", "finding", "activity")
_KIND_OF_MENTION = {
    "component": "component",
    "mode": "finding",
    "symptom": "finding",
    "activity": "activity",
    "cause": "finding",  # what is told of as a cause was found, too
}


class Label(NamedTuple):
    """A labelled span: half-open character offsets."""

    kind: str
    start: int
    end: int


class Labelled(NamedTuple):
    """A text with the spans that people marked in it."""

    text: str
    labels: list[Label]


@dataclass(slots=True)
class Counts:
    """Predicted and labelled spans of one kind, and how many of each met one of the other."""

    predicted: int = 0
    exact: int = 0
    overlapping: int = 0
    labelled: int = 0
    found_exactly: int = 0
    found: int = 0

    def precision(self, exact: bool = False) -> float | None:
        """Share of predictions that are right; None without predictions."""
        right = self.exact if exact else self.overlapping
        return right / self.predicted if self.predicted else None

    def recall(self, exact: bool = False) -> float | None:
        """Share of labelled spans that were found; None without labels."""
        found = self.found_exactly if exact else self.found
        return found / self.labelled if self.labelled else None


@dataclass(slots=True)
class Measured:
    """The result of one measurement, by kind, and precision by kind and way of recognition."""

    texts: int = 0
    kinds: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    hows: dict[tuple[str, str], Counts] = field(default_factory=lambda: defaultdict(Counts))
    wrong: Counter[tuple[str, str]] = field(default_factory=Counter)  # kind and words
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)


def measure(reader: Reader, texts: Iterable[Labelled]) -> Measured:
    """Compare what `reader` mentions with what people labelled."""
    result = Measured()
    for text, labels in texts:
        result.texts += 1
        reading = reader.read(text)
        mentions = [m for m in reading.mentions if m.kind in _KIND_OF_MENTION]
        mentions += [cause.mention for cause in reading.causes]
        for mention in mentions:
            kind = _KIND_OF_MENTION[mention.kind]
            exact, overlap = _meets(mention, kind, labels)
            for counts in (
                result.kinds[kind],
                result.hows[kind, mention.how.name.lower()],
            ):
                counts.predicted += 1
                counts.exact += exact
                counts.overlapping += overlap
            if not overlap:
                result.wrong[kind, text[mention.start : mention.end].lower()] += 1
        for label in labels:
            if label.kind not in KINDS:
                continue
            same = [m for m in mentions if _KIND_OF_MENTION[m.kind] == label.kind]
            exact = any(m.start == label.start and m.end == label.end for m in same)
            overlap = any(m.start < label.end and label.start < m.end for m in same)
            counts = result.kinds[label.kind]
            counts.labelled += 1
            counts.found_exactly += exact
            counts.found += overlap
            if not overlap:
                result.missed[label.kind, text[label.start : label.end].lower()] += 1
    return result


def _meets(mention: Mention, kind: str, labels: Sequence[Label]) -> tuple[bool, bool]:
    exact = overlap = False
    for label in labels:
        if label.kind == kind and mention.start < label.end and label.start < mention.end:
            overlap = True
            exact = exact or (mention.start == label.start and mention.end == label.end)
    return exact, overlap


def coverage(reader: Reader, texts: Iterable[str]) -> dict[str, float]:
    """Share of texts with at least one mention of each kind, of any kind, and of two kinds."""
    total = 0
    seen: Counter[str] = Counter()
    for text in texts:
        total += 1
        kinds = {
            _KIND_OF_MENTION[m.kind]
            for m in reader.read(text).mentions
            if m.kind in _KIND_OF_MENTION
        }
        seen.update(kinds)
        seen["any"] += bool(kinds)
        seen["two"] += len(kinds) > 1
    return {kind: seen[kind] / total if total else 0.0 for kind in (*KINDS, "any", "two")}


# -- labelled sets of others -------------------------------------------------------------------


def read_maintie(path: Path) -> list[Labelled]:
    """MaintIE's JSON: token spans with class paths. Substances and people are no components."""
    found = []
    for entry in json.loads(path.read_text("utf-8")):
        starts, at = [], 0
        for token in entry["tokens"]:
            starts.append(at)
            at += len(token) + 1
        labels = []
        for entity in entry["entities"]:
            last = entity["end"] - 1
            end = starts[last] + len(entry["tokens"][last])
            labels.append(Label(_maintie_kind(entity["type"]), starts[entity["start"]], end))
        found.append(Labelled(" ".join(entry["tokens"]), labels))
    return found


def _maintie_kind(path: str) -> str:
    top, _, below = path.partition("/")
    if top == "PhysicalObject":
        return "other" if below.startswith(("Substance", "Organism")) else "component"
    if top == "Activity":
        return "activity"
    return "finding" if "Undesirable" in below else "other"


def read_conll(path: Path, kinds: Mapping[str, str]) -> list[Labelled]:
    """Two-column CoNLL with BIO tags; `kinds` maps their classes to ours."""
    found: list[Labelled] = []
    tokens: list[tuple[str, str]] = []
    for line in [*path.read_text("utf-8").splitlines(), ""]:
        cells = line.split()
        if len(cells) >= 2:
            tokens.append((cells[0], cells[-1]))
            continue
        if not tokens:
            continue
        labels: list[Label] = []
        at = 0
        for token, tag in tokens:
            kind = kinds.get(tag[2:], "other")
            if tag.startswith("I-") and labels and labels[-1].end == at - 1:
                labels[-1] = labels[-1]._replace(end=at + len(token))
            elif tag != "O":
                labels.append(Label(kind, at, at + len(token)))
            at += len(token) + 1
        found.append(Labelled(" ".join(token for token, _ in tokens), labels))
        tokens = []
    return found


MWO2KG_KINDS = {
    "Item": "component",
    "Activity": "activity",
    "Observation": "finding",
    "Observed_state": "finding",
    "Consumable": "other",
}


def read_bdci(path: Path) -> list[Labelled]:
    """BDCI 2022 lines: parts and findings follow from the relations they stand in.

    Only what stands in a relation is labelled, so precision on it is a lower bound.
    """
    found = []
    for line in path.read_text("utf-8").splitlines():
        entry = json.loads(line)
        labels: dict[Label, None] = {}
        for relation in entry["spo_list"]:
            head, tail = _BDCI_KINDS.get(relation["relation"], ("other", "other"))
            labels[Label(head, *relation["h"]["pos"])] = None
            labels[Label(tail, *relation["t"]["pos"])] = None
        found.append(Labelled(entry["text"], list(labels)))
    return found


_BDCI_KINDS = {
    "部件故障": ("component", "finding"),
    "性能故障": ("other", "finding"),
    "组成": ("component", "component"),
}


class Columns(NamedTuple):
    """A text whose record people coded in columns; empty where they coded nothing."""

    text: str
    values: Mapping[str, frozenset[str]]  # column: codes


def read_excavators(path: Path) -> list[Columns]:
    """The hand-tagged columns of the cleaned excavator work orders."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Columns(
                row["OriginalShorttext"],
                {
                    column: frozenset(row[column].split("_")) - {"NA", ""}
                    for column in ("MajorSystem", "Part", "Action", "FM")
                },
            )
            for row in csv.DictReader(file)
        ]


# What the excavator codes mean in our terms; codes that are no term of ours are left out.
EXCAVATOR_CODES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "FM": {
        "Leak": frozenset({"Leakage", "FuelLeakage", "InternalLeakage", "ExternalLeakage"}),
        "Missing / Loose": frozenset({"Missing", "Loose", "Detachment"}),
        "Over Temp": frozenset({"Overheating", "InsufficientHeatTransfer"}),
        "Structural Integrity": frozenset(
            {"Breakage", "Burst", "Crack", "Wear", "Deformation", "Tear", "Damage", "Chipping"}
        ),
        "Fail to Start": frozenset({"FailToStart"}),
        "Seized": frozenset({"Seizure", "Sticking"}),
        "Noise": frozenset({"AbnormalNoise"}),
        "Fluid Levels": frozenset({"LowLevel", "HighLevel"}),
    },
    "Action": {
        "Replace": frozenset({"Replace", "Fit", "Overhaul"}),
        "Repair": frozenset({"Repair", "Weld", "Reseal", "Rewire"}),
    },
}


def agreement(
    reader: Reader, rows: Iterable[Columns], column: str
) -> dict[str, tuple[float | None, float | None, int]]:
    """How claims and hand-set codes agree: by code, precision, recall and number of coded texts.

    Precision: of the texts for which we claim one of the code's terms, the share that people gave
    the code; a lower bound, since they left most texts uncoded where a rule did not fire.
    """
    wanted = EXCAVATOR_CODES[column]
    claimed: Counter[str] = Counter()
    coded: Counter[str] = Counter()
    both: Counter[str] = Counter()
    for text, values in rows:
        if not values[column]:
            continue
        ours = {
            m.concept.partition(":")[2]
            for m in reader.read(text).mentions
            if m.assertion in (Assertion.ASSERTED, Assertion.CONFIRMED, Assertion.REPAIRED)
            or m.kind == "activity"
        }
        for code, terms in wanted.items():
            has, says = code in values[column], bool(ours & terms)
            coded[code] += has
            claimed[code] += says
            both[code] += has and says
    return {
        code: (
            both[code] / claimed[code] if claimed[code] else None,
            both[code] / coded[code] if coded[code] else None,
            coded[code],
        )
        for code in wanted
    }
