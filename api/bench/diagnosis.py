"""Diagnosis: posteriors against pyAgrum, the next check against the optimum, real alarm records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from api.bench.diagnosis_alarms import measure_alarms, read_groups
from api.bench.diagnosis_checks import measure_checks, measure_network_checks
from api.bench.diagnosis_fmea import fmea_network, measure_fmea
from api.bench.diagnosis_layers import measure_blow_up, measure_two_layers
from api.bench.diagnosis_networks import measure_network, open_network
from api.bench.figures import BenchReport

SEEDS = (0, 1, 2)


def run(
    *,
    quick: bool = False,
    say: Callable[[str], None],
    network: Sequence[Path] = (),
    causes: str | None = None,
    observable: str | None = None,
    causrca: Path | None = None,
    fmea: Path | None = None,
) -> BenchReport:
    """All figures of diagnosis; `network`, `causrca` and `fmea` name other data to measure on.

    What is named is read at the beginning: who names a wrong file hears it at once (BadInput).
    """
    for path in network:
        open_network(path, causes, observable)
    if causrca is not None:
        read_groups(causrca)
    if fmea is not None:
        fmea_network(fmea)
    report = BenchReport("diagnosis", quick, seeds=list(SEEDS))
    shared = _shared()
    given = list(network)
    if not given and shared is not None:
        given = [shared / "networks" / name for name in ("win95pts.bif", "alarm.bif")]
    if not given:
        report.missing(
            "posterior against pyAgrum, largest difference",
            "probability",
            "lower",
            "no networks beside the checkout; name one with --network",
        )
    for path in given:
        say(f"{path.name}: posteriors, log-loss and checks")
        measure_network(report, path, causes, observable, quick=quick, seeds=SEEDS)
        if network:
            measure_network_checks(report, path, causes, observable, quick=quick, seeds=SEEDS)
    say("networks of two layers")
    measure_two_layers(report, quick=quick, seeds=SEEDS)
    say("a network that no junction tree holds")
    measure_blow_up(report)
    say("the next check against the exact optimum")
    measure_checks(report, quick=quick, seeds=SEEDS)
    folder = causrca or (shared / "causrca" if shared is not None else None)
    if folder is None:
        report.missing(
            "precision at 1", "share", "higher", "no records; name a folder with --causrca"
        )
    else:
        say(f"{folder.name}: recorded alarms")
        measure_alarms(report, folder, seeds=SEEDS)
    sheet = fmea
    if sheet is None and shared is not None:
        sheet = shared / "fmea_mining_truck" / "fmea_dataset_filled.csv"
    if sheet is not None:
        say(f"{sheet.name}: causes of an FMEA")
        measure_fmea(report, sheet, quick=quick, seeds=SEEDS)
    return report


def _shared() -> Path | None:
    """The benchmark data beside the checkout, where it is there."""
    found = Path("../shared/data/diagnosis")
    return found if found.is_dir() else None
