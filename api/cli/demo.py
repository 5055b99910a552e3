"""`gemba demo`: real work orders and a fictional plant, loaded and asked, in a few minutes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.terminal import write_marked as write
from kg.model.keys import identity_of

if TYPE_CHECKING:
    from kg.store import Store


def demo(
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Where the files and the store go.")
    ] = Path("demo"),
    units: Annotated[int, typer.Option(help="Pumps that the fictional plant makes.")] = 1_000,
    seed: Annotated[int, typer.Option(help="Another seed, another plant.")] = 7,
) -> None:
    """Load two plants into an embedded store and ask it three questions.

    Fetches 5,485 real excavator work orders as a package, and writes the files of a fictional pump
    factory. A second run loads nothing anew.

    Example:

        gemba demo --dir demo
    """
    store = folder / "gemba.db"
    excavators, plant = folder / "excavators", folder / "plant"
    write("[bold]1. Files[/bold]: real work orders of five excavators, and a fictional plant.")
    loaded = [plant / "files"]
    if _gemba("sample", "excavators", "--out", str(excavators)) == 0:
        loaded.insert(0, excavators / "excavators.csv")
    else:
        write("Going on without the excavators.")
    if not (plant / "files").exists():
        _require(
            _gemba("sample", "plant", "--units", str(units), "--seed", str(seed), "-o", str(plant))
        )
    write("\n[bold]2. Into the graph[/bold]: every row and sentence stays attached as evidence.")
    _require(_gemba("--store", str(store), "load", "--brief", *map(str, loaded)))
    write("\n[bold]3. Three questions[/bold]")
    for question, arguments in _questions(str(store), len(loaded) > 1):
        write(f"\n[bold cyan]{question}[/bold cyan]")
        _require(_gemba("--store", str(store), *arguments))
    write("\n[bold]4. Your turn[/bold]")
    write(f"  gemba --store {store} serve            then open the address that it prints")
    write(f"  gemba --store {store} search 漏油        words of either language, codes, typos")
    write(f"  gemba --store {store} why D 'engine overheating'")
    write(f"  gemba --store {store} diagnose P07 'hold pressure low'   asks what pays to check")
    write(f"  gemba --store {store} ask 液压泵有异响怎么办")
    write(f"  gemba --store {store} reliability P07")
    write(f"  gemba --store {store} timeline A --limit 20")


def _gemba(*arguments: str) -> int:
    """Run one command as a person would type it, showing it first."""
    from api.cli.running import run

    write("[dim]$ gemba " + " ".join(f"'{a}'" if " " in a else a for a in arguments) + "[/dim]")
    return run(list(arguments))


def _require(code: int) -> None:
    if code:
        raise typer.Exit(code)


def _questions(store: str, has_excavators: bool) -> list[tuple[str, list[str]]]:
    """Questions about what is in the store: nothing is asked that the files were not read for."""
    from api.settings import Settings
    from api.wiring import open_plant

    with open_plant(Settings.from_environment().replaced(store=store)) as plant:
        asset = _leaking_asset(plant.store)
        unit = _defective_unit(plant.store)
    questions: list[tuple[str, list[str]]] = []
    if has_excavators:
        questions.append(
            ("Why does excavator A leak, and what helped?", ["why", "A", "leak", "--limit", "2"])
        )
    if asset:
        questions.append(
            (f"{asset} 为什么漏油？", ["--lang", "zh", "why", asset, "漏油", "--limit", "2"])
        )
    if unit:
        questions.append(
            (
                f"Unit {unit} is defective: which lots went into it, and what broke on the way?",
                ["investigate", unit, "--limit", "3"],
            )
        )
    return questions


def _leaking_asset(store: Store) -> str | None:
    """The asset, apart from excavators, whose work orders most often observed a leak."""
    leaks = [key for key in ("mode:ExternalLeakage", "mode:Leakage") if store.get_nodes([key])]
    orders = [s.subject for s in store.expand(leaks, ["observed"], "in")]
    assets = Counter(s.object for s in store.expand(orders, ["reportedOn"]))
    excavators = {s.subject for s in store.expand(["class:Excavator"], ["ofClass"], "in")}
    ranked = sorted((-count, key) for key, count in assets.items() if key not in excavators)
    return identity_of(ranked[0][1]) if ranked else None


def _defective_unit(store: Store) -> str | None:
    """The latest unit with the most frequent type of defect."""
    for defect_type, _ in store.aggregate(["ofType"], "object", limit=1):
        defects = [s.subject for s in store.expand([defect_type], ["ofType"], "in")]
        units = store.expand(defects, ["hasDefect"], "in")
        if units:
            latest = max(units, key=lambda s: (s.valid_from or 0, s.subject))
            return identity_of(latest.subject)
    return None


COMMANDS = (demo,)
