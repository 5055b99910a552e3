"""Suggesting links and doubting statements, as the command line and the service do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from api.audit import Actor, audited
from api.lookup import known_relation
from api.review import EFFECTS_AT_ONCE
from api.wiring import Plant
from kg.completion.extra import require_gnn
from kg.model.errors import BadInput

if TYPE_CHECKING:
    from kg.completion.doubts import Doubt
    from kg.completion.learning import Learned
    from kg.completion.plant import PlantGraph
    from kg.completion.suggesting import Suggestion
    from kg.narration import Phrase
    from kg.store.protocol import Changes

Say = Callable[[str], None]


def learn(
    plant: Plant,
    relations: Sequence[str],
    *,
    precision: float,
    seed: int,
    epochs: int | None,
    checkpoint: Path | None,
    model: Path | None = None,
    say: Say,
) -> tuple[PlantGraph, Learned, list[int]]:
    """Read the graph, and learn it, or recall what was learnt before and is kept in `model`.

    Raises MissingExtra, NotFound, BadInput.
    """
    require_gnn()
    if not 0 < precision < 1:
        raise BadInput("The precision to reach lies between 0 and 1, such as 0.8.")
    for name in relations:
        known_relation(plant.schema, name)
    from kg.completion.acceptance import decided_suggestions
    from kg.completion.keeping import keep
    from kg.completion.learning import learn_plant, terms_of
    from kg.completion.plant import read_plant

    if model is not None and model.exists():
        return _recall(plant, relations, model, say)
    graph = read_plant(plant.store)
    asked = graph.askable(relations)
    learned = learn_plant(
        graph,
        asked,
        precision=precision,
        seed=seed,
        epochs=epochs,
        decided=decided_suggestions(plant.store),
        checkpoint=checkpoint,
        say=say,
    )
    if model is not None:
        names = [graph.graph.relations[at] for at in asked]
        keep(learned, names, terms_of(plant.schema), model)
    return graph, learned, asked


def _recall(
    plant: Plant, relations: Sequence[str], model: Path, say: Say
) -> tuple[PlantGraph, Learned, list[int]]:
    from kg.completion.keeping import recall
    from kg.completion.learning import terms_of
    from kg.completion.plant import read_plant

    learned, kept = recall(model, terms_of(plant.schema))
    unknown = sorted(set(relations) - set(kept))
    if unknown:
        raise BadInput(
            f"The model in {model} was not learnt for {unknown[0]}; name another file to learn it.",
            ids=unknown,
        )
    say(f"scoring with the model in {model}")
    graph = read_plant(plant.store, relations=learned.network.relations)
    return graph, learned, [graph.graph.relation_index[name] for name in relations or kept]


def suggest(
    plant: Plant,
    actor: Actor,
    relations: Sequence[str] = (),
    *,
    limit: int = 20,
    precision: float = 0.8,
    min_probability: float | None = None,
    seed: int = 0,
    epochs: int | None = None,
    checkpoint: Path | None = None,
    model: Path | None = None,
    dry_run: bool = False,
    say: Say = print,
) -> tuple[list[Suggestion], Learned, Changes]:
    """Learn, suggest, and put the suggestions into review (not with `dry_run`)."""
    graph, learned, asked = learn(
        plant,
        relations,
        precision=precision,
        seed=seed,
        epochs=epochs,
        checkpoint=checkpoint,
        model=model,
        say=say,
    )
    from kg.completion.suggesting import suggest_links, write_suggestions

    found = suggest_links(
        plant.store,
        graph,
        learned,
        asked,
        limit=limit,
        min_probability=min_probability,
        seed=seed,
    )
    run = plant.new_run(actor.name, "completion")
    if dry_run or not found:
        return found, learned, write_suggestions(plant.store, found, run, dry_run=True)
    with audited(plant.store, actor, "completion.suggest", run.id, suggestions=len(found)):
        changes = write_suggestions(plant.store, found, run)
    return found, learned, changes


def effects_on_diagnosis(plant: Plant, suggestions: Sequence[Suggestion]) -> list[Phrase | None]:
    """What accepting each suggestion would change, in their order; None past those shown first."""
    from kg.investigation import effects_of
    from kg.model.graph import Statement, Status

    shown = [
        Statement(*one.key, Status.SUGGESTED, one.probability, 1, 0)
        for one in suggestions[:EFFECTS_AT_ONCE]
    ]
    told = [one.sentence for one in effects_of(plant.store, plant.schema, shown)]
    return [*told, *[None] * (len(suggestions) - len(told))]


def doubt(
    plant: Plant,
    relations: Sequence[str] = (),
    *,
    limit: int = 20,
    seed: int = 0,
    epochs: int | None = None,
    say: Say = print,
) -> list[Doubt]:
    """Stored statements that are probably wrong, most doubtful first."""
    graph, learned, asked = learn(
        plant,
        relations,
        precision=0.8,
        seed=seed,
        epochs=epochs,
        checkpoint=None,
        say=say,
    )
    from kg.completion.doubts import doubt_statements

    return doubt_statements(
        plant.store, graph, learned.network, asked, limit=limit, seed=seed, say=say
    )
