"""How well and how fast texts are read: day one, the trainable tiers per set, texts a second.

The sets are public corpora that are not part of the product; where they are not found, their
figures say so. Dev parts are measured, and the tiers choose on them, so the figures flatter a
little.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from api.bench.day_one import measure_day_ones
from api.bench.figures import BenchReport
from extraction.learning import load_model, read_corpus, train_model
from extraction.learning.examples import Example
from extraction.learning.kinds import KINDS, is_installed
from extraction.learning.protocol import TaskName, Tier, TrainingOptions
from extraction.text import TextContext, lexicon_extractor
from ontology import load_schema

SEEDS = (0, 1, 2)
TIERS: tuple[Tier, ...] = ("fast", "accurate")
Say = Callable[[str], None]


class Target(NamedTuple):
    """Floor and aim of one tier, in percent."""

    floor: float
    aim: float


class Set(NamedTuple):
    """One corpus, and what each tier shall reach on its dev part."""

    name: str
    format: str
    train: str
    dev: str
    unlabelled: str | None
    spans: dict[Tier, Target]
    ties: dict[Tier, Target]


SETS = (
    Set(
        "MaintIE",
        "maintie",
        "maintie/gold_train.json",
        "maintie/gold_dev.json",
        None,
        {"fast": Target(77, 82), "accurate": Target(86, 89)},
        {"fast": Target(53, 60), "accurate": Target(63, 70)},
    ),
    Set(
        "mwo2kg",
        "conll",
        "mwo2kg/conll_train.txt",
        "mwo2kg/conll_dev.txt",
        None,
        {"fast": Target(80.5, 82), "accurate": Target(83.5, 86)},
        {},
    ),
    Set(
        "MaintIE with machine-annotated texts",
        "maintie",
        "maintie/gold_train.json",
        "maintie/gold_dev.json",
        "maintie/silver_partial_recovered.json",
        {"fast": Target(83, 86), "accurate": Target(88.5, 91)},
        {"fast": Target(69, 72), "accurate": Target(71, 76)},
    ),
    Set(
        "BDCI 2022",
        "bdci",
        "bdci2022/train.jsonl",
        "bdci2022/dev.jsonl",
        None,
        {"fast": Target(62, 66), "accurate": Target(70, 75)},
        {"fast": Target(52, 56), "accurate": Target(59, 66)},
    ),
)


class Whole(NamedTuple):
    """One corpus whose texts are normalised, or classified as wholes."""

    name: str
    format: str
    task: TaskName
    train: str
    dev: str
    measure: str  # which of the scores
    tiers: dict[Tier, Target]


WHOLES = (
    Whole(
        "MaintNorm, error reduction",
        "norm",
        "normalise",
        "maintnorm/train.norm",
        "maintnorm/dev.norm",
        "error_reduction",
        {"fast": Target(92, 96)},
    ),
    Whole(
        "failure mode (22 labels), accuracy",
        "label",
        "classify",
        "failure_mode_classification/train.txt",
        "failure_mode_classification/dev.txt",
        "accuracy",
        {"fast": Target(71, 75), "accurate": Target(75, 82)},
    ),
)
_SPEED: dict[Tier, float] = {"fast": 1_000, "accurate": 150}


def run(*, quick: bool, say: Say, data: Path | None = None) -> BenchReport:
    """Measure with the corpora under `data` (a folder with `maintie`, `mwo2kg`, `bdci2022`)."""
    seeds = SEEDS[:1] if quick else SEEDS
    report = BenchReport("extraction", quick, list(seeds))
    folder = data if data is not None else Path("../shared/data/extraction")
    measure_lexicon(report, folder, say)
    measure_day_ones(report, folder, say)
    with tempfile.TemporaryDirectory(prefix="gemba-bench-") as work:
        for tier in TIERS:
            for place, corpus in enumerate(SETS):
                is_left_out = quick and (tier != "fast" or place > 0)
                measure_set(
                    report, corpus, tier, folder, seeds, Path(work), place == 0, say,
                    _QUICK if is_left_out else None,
                )  # fmt: skip
            for whole in WHOLES:
                if tier in whole.tiers:
                    is_left_out = quick and tier != "fast"
                    reason = _QUICK if is_left_out else None
                    measure_whole(report, whole, tier, folder, seeds, Path(work), say, reason)
    if quick:
        report.notes.append(
            "The quick version trains the fast tier on one set of spans with one seed and fewer "
            "iterations; only the whole run measures what is aimed at."
        )
    return report


_QUICK = "left out of the quick version"


def measure_lexicon(report: BenchReport, folder: Path, say: Say) -> None:
    """Texts a second with the lexicon alone."""
    rest: dict[str, Any] = {"floor": 10_000, "on": "MaintIE, one core"}
    source = folder / "maintie/gold_train.json"
    if not source.exists():
        report.missing("lexicon alone", "texts/s", "higher", _absent(source), **rest)
        return
    say("reading with the lexicon alone")
    texts = [example.text for example in read_corpus("maintie", source).items]
    extractor = lexicon_extractor(load_schema())
    context = TextContext()

    def read() -> None:
        for text in texts:
            extractor.extract(text, 0, 0, context)

    read()
    report.add("lexicon alone", _speed(read, len(texts)), "texts/s", "higher", **rest)


def measure_set(
    report: BenchReport,
    corpus: Set,
    tier: Tier,
    folder: Path,
    seeds: Sequence[int],
    work: Path,
    with_speed: bool,
    say: Say,
    left_out: str | None = None,
) -> None:
    """F1 of spans and ties over seeds, the time of training, and the speed of reading.

    `left_out`: why nothing is measured this time.
    """
    figures: list[tuple[str, str, Target]] = []
    if tier in corpus.spans:
        figures.append(("spans", f"{corpus.name}, spans, {tier} tier", corpus.spans[tier]))
    if tier in corpus.ties:
        figures.append(
            ("ties", f"{corpus.name}, relations end to end, {tier} tier", corpus.ties[tier])
        )
    missing = left_out or _find_missing(
        folder, (corpus.train, corpus.dev, corpus.unlabelled), "spans", tier
    )
    if missing is not None:
        for _, name, target in figures:
            report.missing(name, "F1", "higher", missing, **target._asdict())
        rest = f"{corpus.name}, training, {tier} tier"
        report.missing(rest, "CPU s", "lower", missing)
        if with_speed:
            report.missing(
                f"reading, {tier} tier", "texts/s", "higher", missing, floor=_SPEED[tier]
            )
        return
    found: dict[str, list[float]] = {"spans": [], "ties": []}
    seconds: list[float] = []
    model = work
    for seed in seeds:
        say(f"training the {tier} tier on {corpus.name}, seed {seed}")
        model = work / f"{tier}-{corpus.name}-{seed}"
        settings = {"iterations": 25, "folds": 2} if report.quick else {}
        card = train_model(
            corpus.format,
            folder / corpus.train,
            folder / corpus.dev,
            model,
            unlabelled=folder / corpus.unlabelled if corpus.unlabelled else None,
            tier=tier,
            options=TrainingOptions(seed=seed, settings=settings),
        )
        found["spans"].append(100 * card["scores"]["entities"]["micro"]["f1"])
        found["ties"].append(100 * card["scores"]["relations"]["loose"]["micro"]["f1"])
        seconds.append(card["cpu_seconds"])
    on = f"dev part, exact; trained on {card['data']['train']['texts']} texts"
    for what, name, target in figures:
        report.add(
            name,
            statistics.fmean(found[what]),
            "F1",
            "higher",
            floor=target.floor,
            aim=target.aim,
            on=on if what == "spans" else f"{on}; places and relation, without classes",
            seeds=list(seeds),
            spread=statistics.stdev(found[what]) if len(seeds) > 1 else None,
        )
    report.add(
        f"{corpus.name}, training, {tier} tier",
        statistics.fmean(seconds),
        "CPU s",
        "lower",
        on=on,
        seeds=list(seeds),
        spread=statistics.stdev(seconds) if len(seeds) > 1 else None,
    )
    if with_speed:
        _measure_reading(report, model, corpus, tier, folder)


def _find_missing(
    folder: Path, names: Sequence[str | None], task: TaskName, tier: Tier
) -> str | None:
    """Why something cannot be measured; None where nothing is missing."""
    kind = next(kind for kind in KINDS if kind.task == task and kind.tier == tier)
    absent = (_absent(folder / name) for name in names if name and not (folder / name).exists())
    return next(
        absent, None if is_installed(kind) else f"the extra `{kind.needs}` is not installed"
    )


def measure_whole(
    report: BenchReport,
    whole: Whole,
    tier: Tier,
    folder: Path,
    seeds: Sequence[int],
    work: Path,
    say: Say,
    left_out: str | None = None,
) -> None:
    """Error reduction or accuracy over seeds, with the control, and the time of training."""
    name, target = f"{whole.name}, {tier} tier", whole.tiers[tier]
    missing = left_out or _find_missing(folder, (whole.train, whole.dev), whole.task, tier)
    if missing is not None:
        report.missing(name, "%", "higher", missing, **target._asdict())
        return
    values: list[float] = []
    seconds: list[float] = []
    control: dict[str, float] = {}
    on = ""
    for seed in seeds:
        say(f"training the {tier} tier on {whole.name.partition(',')[0]}, seed {seed}")
        card = train_model(
            whole.format,
            folder / whole.train,
            folder / whole.dev,
            work / f"{tier}-{whole.format}-{seed}",
            tier=tier,
            options=TrainingOptions(seed=seed),
        )
        values.append(100 * card["scores"][whole.measure])
        seconds.append(card["cpu_seconds"])
        of = card["scores"]["control"]
        frequent = of["most_frequent"] if whole.measure == "error_reduction" else of
        control = {"most frequent": round(100 * frequent[whole.measure], 2)}
        on = f"dev part; trained on {card['data']['train']['texts']} texts"
    rest: dict[str, Any] = {"on": on, "seeds": list(seeds)}
    spread = statistics.stdev(values) if len(seeds) > 1 else None
    report.add(
        name, statistics.fmean(values), "%", "higher",
        control=control, spread=spread, **target._asdict(), **rest,
    )  # fmt: skip
    report.add(f"{name}, training", statistics.fmean(seconds), "CPU s", "lower", **rest)


def _measure_reading(
    report: BenchReport, model: Path, corpus: Set, tier: Tier, folder: Path
) -> None:
    recogniser: Any = load_model(model)[0]
    items = read_corpus(corpus.format, folder / corpus.dev).items
    texts = [Example(example.name, example.text) for example in items]
    recogniser.read(texts)
    report.add(
        f"reading, {tier} tier",
        _speed(lambda: recogniser.read(texts), len(texts)),
        "texts/s",
        "higher",
        floor=_SPEED[tier],
        on=f"{corpus.name}, raw text to spans and relations, in CPU seconds of one process",
    )


def _speed(read: Callable[[], object], count: int) -> float:
    """Texts a CPU second: the best of five measurements of at least half a second."""
    best = 0.0
    for _ in range(5):
        done, started = 0, time.process_time()
        while (took := time.process_time() - started) < 0.5:
            read()
            done += count
        best = max(best, done / took)
    return best


def _absent(path: Path) -> str:
    return f"{path} is not there; say the folder of the corpora with --data"
