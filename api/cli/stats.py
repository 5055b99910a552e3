"""`gemba stats`: how much there is."""

from __future__ import annotations

from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import write, write_json, write_table
from api.cli.words import word
from api.wiring import Plant


@with_plant
def stats(plant: Plant, *, json: JsonOption = False) -> None:
    """Show how much the store holds.

    Example:

        gemba stats
    """
    from api.payloads.counts import stats_payload

    counts = stats_payload(plant)
    if json:
        write_json(counts)
        return
    language = plant.settings.language
    write(
        f"{plant.store.url}: {counts.documents:,} documents, {counts.passages:,} passages, "
        f"{sum(counts.nodes.values()):,} things, {sum(counts.statements.values()):,} statements, "
        f"{counts.evidence:,} pieces of evidence"
    )
    terms = {t.name: t.words for t in plant.schema.classes.values()}
    terms |= {t.name: t.words for t in plant.schema.relations.values()}
    for heading, numbers in (("Things", counts.nodes), ("Statements", counts.statements)):
        ranked = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
        write_table(
            [word(heading, language), word("Number", language)],
            [
                (terms[name].in_language(language) if name in terms else name, f"{number:,}")
                for name, number in ranked
            ],
            right=[1],
        )


COMMANDS = (stats,)
