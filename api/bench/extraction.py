"""How well and how fast texts are read: F1 of the trainable tiers per set and seed, texts a second.

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

from api.bench.figures import BenchReport
from extraction.learning import load_model, read_corpus, train_model
from extraction.learning.examples import Example
from extraction.learning.kinds import KINDS, is_installed
from extraction.learning.protocol import Tier, TrainingOptions
from extraction.text import TextContext, lexicon_extractor
from ontology import load_schema

SEEDS = (0, 1, 2)
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
_SPEED: dict[Tier, float] = {"fast": 1_000, "accurate": 150}


def run(*, quick: bool, say: Say, data: Path | None = None) -> BenchReport:
    """Measure with the corpora under `data` (a folder with `maintie`, `mwo2kg`, `bdci2022`)."""
    seeds = SEEDS[:1] if quick else SEEDS
    report = BenchReport("extraction", quick, list(seeds))
    folder = data if data is not None else Path("../shared/data/extraction")
    measure_lexicon(report, folder, say)
    tiers: tuple[Tier, ...] = ("fast",) if quick else ("fast", "accurate")
    with tempfile.TemporaryDirectory(prefix="gemba-bench-") as work:
        for tier in tiers:
            for place, corpus in enumerate(SETS[:1] if quick else SETS):
                measure_set(report, corpus, tier, folder, seeds, Path(work), place == 0, say)
    if quick:
        report.notes.append(
            "The quick version trains the fast tier on one set with one seed and fewer "
            "iterations; only the whole run measures what is aimed at."
        )
    return report


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
) -> None:
    """F1 of spans and ties over seeds, the time of training, and the speed of reading."""
    figures: list[tuple[str, str, Target]] = []
    if tier in corpus.spans:
        figures.append(("spans", f"{corpus.name}, spans, {tier} tier", corpus.spans[tier]))
    if tier in corpus.ties:
        figures.append(
            ("ties", f"{corpus.name}, relations end to end, {tier} tier", corpus.ties[tier])
        )
    kind = next(kind for kind in KINDS if kind.task == "spans" and kind.tier == tier)
    missing = next(
        (
            _absent(folder / name)
            for name in (corpus.train, corpus.dev, corpus.unlabelled)
            if name and not (folder / name).exists()
        ),
        None if is_installed(kind) else f"the extra `{kind.needs}` is not installed",
    )
    if missing is not None:
        for _, name, target in figures:
            report.missing(name, "F1", "higher", missing, **target._asdict())
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
