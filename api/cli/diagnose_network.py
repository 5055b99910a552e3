"""How the diagnosis of a network from a file looks in a terminal."""

from __future__ import annotations

from api.cli.terminal import write, write_json, write_table
from api.cli.words import headings, word
from api.network_diagnosis import NetworkDiagnosis
from kg.diagnosis.inference import NextStep

_SHOWN = 15


def show(answer: NetworkDiagnosis, *, language: str, limit: int | None, as_json: bool) -> None:
    """Print the answer for a program or a person."""
    if as_json:
        write_json(answer.to_dict(limit))
        return
    found = answer.posteriors
    if found.refused:
        write(f"{word('No answer', language)}: {found.refused}.")
        return
    rows = []
    for name in answer.causes[: limit or _SHOWN]:
        shares = sorted(found.of(name).items(), key=lambda pair: -pair[1])
        told = ", ".join(f"{state} {share:.3g}" for state, share in shares[:4])
        rows.append((name, f"{answer.fault_probability(name):.4f}", told))
    write_table(headings(["Cause", "Faulty", "Posterior"], language), rows, right=(1,))
    how = found.method if found.exact else f"{found.method}, ±{found.error:.2g}"
    write(f"\n{word('exact' if found.exact else 'approximate', language)}: {how}")
    if answer.step is not None:
        _show_step(answer.step, language)


def _show_step(step: NextStep, language: str) -> None:
    if step.kind == "nothing":
        return
    title = {"check": "Check next", "inspect": "Inspect next", "escalate": "Call for service"}
    named = f": {step.name}" if step.name else ""
    cost = word("expected cost", language)
    write(f"{word(title[step.kind], language)}{named}  ({cost} {step.expected_cost:.4g})")
    if step.kind == "check":
        without = word("without checks", language)
        write(f"  {without}: {step.cost_without_checks:.4g}")
    elif step.checks:
        best = step.checks[0]
        saving = word("saves", language)
        write(f"  {word('best check', language)}: {best.name} ({saving} {best.saving:.4g})")
    order = ", ".join(f"{r.cause} {r.probability:.3g}" for r in step.repairs[:6])
    if order:
        write(f"{word('Order of inspection', language)}: {order}")
