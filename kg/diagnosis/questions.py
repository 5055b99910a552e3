"""What to ask or check next, and when to stop and inspect.

A question is a sign that somebody can look for, or a check of one cause. Each is judged one step
ahead: what it costs, and what inspecting in the best order is expected to cost after each of its
answers (`kg.diagnosis.inference.repairing`). Where no question saves more than it costs, testing
stops and the first cause of the order is inspected. Costs come from the graph (minutes of a check,
hours of a remedy, standstill in past records), else from the table of default costs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kg.diagnosis.graph import Graph
from kg.diagnosis.inference import Cost, CostTable, default_costs
from kg.diagnosis.inference.repairing import order_repairs
from kg.diagnosis.modelling import Model
from kg.diagnosis.observing import SIGN_CLASSES, Observation, observation_of
from kg.diagnosis.posterior import ABSENT, PRESENT, Likelihood, Posterior, infer
from kg.diagnosis.ranking import Evidence
from kg.diagnosis.results import Question, QuestionKind
from kg.model.errors import BadInput
from kg.model.graph import Node
from kg.model.keys import normal_name
from kg.narration import Named, Phrase, name_in

MOST_SIGNS, MOST_CAUSES, MOST_CHECKS = 6, 8, 12
_BEST, _WORST = 0.98, 0.60  # a check finds a cause that is there, by its detection rating
_FALSE_ALARM = 0.05  # a check says that a cause is there which is not


@dataclass(frozen=True, slots=True)
class NextStep:
    """The questions that are worth most, and whether one is worth asking at all."""

    ask: bool
    questions: tuple[Question, ...]  # best first
    inspect: Named | None  # the cause to inspect first where nothing is worth asking
    cost_now: float  # what inspecting in the best order is expected to cost as things stand
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class _Check:
    key: str
    cause: str
    finds: float


def askable_signs(
    graph: Graph, causes: Sequence[str], said: Collection[str], own: Collection[str] = ()
) -> list[Observation]:
    """Signs that the likeliest causes show by and of which nothing was said yet.

    Each names what to look for. `own` are the asset, its peers and what it depends on: alarms that
    only others have raised are not asked about.
    """
    t = graph.terms
    shown = graph.expand(causes, t.causes, limit_per_node=20)
    modes = {s.object for s in shown}
    behind = graph.expand(modes, t.indicates, "in", limit_per_node=10)
    weight: dict[str, float] = {}
    order = {key: 1 / (1 + place) for place, key in enumerate(causes)}
    of_mode: dict[str, float] = {}
    for s in shown:
        of_mode[s.object] = of_mode.get(s.object, 0.0) + order[s.subject]
        if graph.is_a(s.object, *SIGN_CLASSES):
            weight[s.object] = weight.get(s.object, 0.0) + order[s.subject]
    for s in behind:
        weight[s.subject] = weight.get(s.subject, 0.0) + of_mode.get(s.object, 0.0)
    new = [key for key in sorted(weight, key=lambda k: (-weight[k], k)) if key not in said]
    new = [key for key in new if not names_only_its_kind(graph, key)]
    if own:
        raised = graph.expand(
            [k for k in new if graph.is_a(k, "Alarm")], t.of_alarm, "in", limit_per_node=200
        )
        by = {s.subject: s.object for s in graph.expand({s.subject for s in raised}, t.raised_by)}
        places: dict[str, set[str]] = {}
        for s in raised:
            if s.subject in by:
                places.setdefault(s.object, set()).add(by[s.subject])
        # An alarm that only other kinds of assets have raised is none of this one.
        new = [key for key in new if key not in places or not places[key].isdisjoint(own)]
    return [observation_of(graph, key) for key in new[:MOST_SIGNS]]


def names_only_its_kind(graph: Graph, key: str) -> bool:
    """Whether a sign says no more than its kind: "alarm", "symptom". Nobody can look for that."""
    concept = graph.schema.concepts.get(key)
    if concept is None:
        return False
    own = {word for label in concept.words.label.values() for word in (normal_name(label),)}
    own |= {normal_name(word) for listed in concept.words.alt.values() for word in listed}
    kinds = (graph.schema.classes[name] for name in SIGN_CLASSES if name in graph.schema.classes)
    return any(normal_name(label) in own for kind in kinds for label in kind.words.label.values())


def checks_of(graph: Graph, causes: Sequence[str], own: Collection[str] = ()) -> list[_Check]:
    """The checks that tell whether one of `causes` is there, with how surely each finds it.

    With `own`, the asset and what belongs to it, checks that apply to other things only are left
    out: nobody measures the fuel of a washing machine.
    """
    found: dict[tuple[str, str], _Check] = {}
    for s in graph.expand(causes, graph.terms.detected_by, limit_per_node=5):
        rating, scale = s.props.get("detection"), s.props.get("ratingScale", 10)
        finds = 0.9
        if (
            isinstance(rating, int | float)
            and isinstance(scale, int | float)
            and scale > 1
            and 1 <= rating <= scale
        ):
            finds = _BEST - (_BEST - _WORST) * (rating - 1) / (scale - 1)
        found[s.object, s.subject] = _Check(s.object, s.subject, finds)
    applies: dict[str, set[str]] = {}
    if own:
        for s in graph.expand({check for check, _ in found}, graph.terms.applies_to):
            applies.setdefault(s.subject, set()).add(s.object)
    fitting = [c for c in found.values() if not applies.get(c.key) or applies[c.key] & set(own)]
    return fitting[:MOST_CHECKS]


def plan_step(
    graph: Graph,
    model: Model,
    evidence: Evidence,
    posterior: Posterior,
    signs: Mapping[int, Observation],
    done: Collection[tuple[str, str]],
    *,
    own: Collection[str] = (),
    costs: CostTable | None = None,
) -> NextStep:
    """The next step. `signs` are findings of the model of which nothing is known yet; `done` are
    checks with their causes that were made already."""
    table = costs or default_costs()
    order = np.argsort(-posterior.causes, kind="stable")[:40]
    keys = [model.candidates[int(i)].key for i in order]
    checks = [c for c in checks_of(graph, keys[:MOST_CAUSES], own) if (c.key, c.cause) not in done]
    nodes = graph.nodes({*keys, *(c.key for c in checks), *(k for o in signs.values()
                                                            for k in o.keys)})  # fmt: skip
    # Whoever looks in vain has opened and closed it; only what is found is repaired as well.
    repair = table.price("inspect") + np.asarray(posterior.causes[order], dtype=np.float64) * [
        table.price(cost) for cost in _repair_costs(graph, keys, table)
    ]
    service = table.price("escalate")

    def cost_of(found: Posterior) -> float:
        faulty = np.asarray(found.causes[order], dtype=np.float64)
        return order_repairs(faulty, found.none, repair, service).cost

    now = cost_of(posterior)
    questions: list[Question] = []
    for number, observation in signs.items():
        outcomes = [
            replace(evidence, findings={**evidence.findings, number: said})
            for said in (PRESENT, ABSENT)
        ]
        named = name_in(graph.schema, nodes, observation.keys[0])
        made = _judge(model, posterior, outcomes, cost_of, now, table.price("look"))
        if made is not None:
            questions.append(_question("sign", named, None, *made, table.price("look")))
    index = model.index
    for check in checks:
        place = index[check.cause]
        outcomes = [
            replace(evidence, causes={**evidence.causes, place: said})
            for said in ((check.finds, _FALSE_ALARM), (1 - check.finds, 1 - _FALSE_ALARM))
        ]
        price = _check_price(nodes.get(check.key), table)
        made = _judge(model, posterior, outcomes, cost_of, now, price)
        if made is not None:
            named = name_in(graph.schema, nodes, check.key)
            cause = name_in(graph.schema, nodes, check.cause)
            questions.append(_question("check", named, cause, *made, price))
    questions.sort(key=lambda q: (-q.saving, q.named.key))
    places = order_repairs(
        np.asarray(posterior.causes[order], dtype=np.float64), posterior.none, repair, service
    ).places
    inspect = name_in(graph.schema, nodes, keys[places[0]]) if places else None
    ask = bool(questions) and questions[0].saving > 0
    return NextStep(ask, tuple(questions[:5]), inspect, now, _sentence(ask, questions, inspect))


def _judge(
    model: Model,
    posterior: Posterior,
    outcomes: Sequence[Evidence],
    cost_of: object,
    now: float,
    price: float,
) -> tuple[float, float] | None:
    """Saving and probability of yes; None where the answer could not be anything else."""
    found = []
    for outcome in outcomes:
        try:
            found.append(infer(model.net, outcome.findings, outcome.causes))
        except BadInput:  # this answer is impossible as things stand
            return None
    whole = sum(f.evidence for f in found)
    if whole <= 0:
        return None
    chances = [f.evidence / whole for f in found]
    after = sum(c * cost_of(f) for c, f in zip(chances, found, strict=True))  # type: ignore[operator]
    return now - after - price, chances[0]


def _question(
    kind: QuestionKind,
    named: Named,
    about: Named | None,
    saving: float,
    yes: float,
    cost: float,
) -> Question:
    if about is None:
        if named.cls == "Alarm":
            text = Phrase(f"Is this alarm active: {named.label.en}?",
                          f"是否有此报警：{named.label.zh}？")  # fmt: skip
        else:
            text = Phrase(f"Is there: {named.label.en}?", f"是否出现：{named.label.zh}？")
    else:
        text = Phrase(
            f"{named.label.en}: does it show {about.label.en}?",
            f"{named.label.zh}：结果是否表明{about.label.zh}？",
        )
    if saving > 0:
        reason = Phrase(
            f"costs {cost:.0f} and is expected to save {saving + cost:.0f} of repair",
            f"花费 {cost:.0f}，预计可节省维修费用 {saving + cost:.0f}",
        )
    else:
        reason = Phrase(
            f"costs {cost:.0f}, more than the {max(0.0, saving + cost):.0f} it is expected to save",
            f"花费 {cost:.0f}，高于预计可节省的 {max(0.0, saving + cost):.0f}",
        )
    return Question(kind, named, about, text, cost, saving, yes, reason)


def _sentence(ask: bool, questions: Sequence[Question], inspect: Named | None) -> Phrase:
    if ask:
        best = questions[0]
        return Phrase(
            f"Next: {best.text.en} It {best.reason.en}.",
            f"下一步：{best.text.zh}{best.reason.zh}。",
        )
    if inspect is None:
        return Phrase(
            "Nothing known is worth inspecting: call for service.",
            "已知原因都不值得检查：请求支援。",
        )
    return Phrase(
        f"No further question pays: stop testing and inspect {inspect.label.en}.",
        f"继续检测已不划算：停止检测，直接检查{inspect.label.zh}。",
    )


def _check_price(node: Node | None, table: CostTable) -> float:
    minutes = _number(node, "durationMinutes")
    return table.price("test") if minutes is None else table.price(Cost(minutes))


def _repair_costs(graph: Graph, causes: Sequence[str], table: CostTable) -> list[Cost | str]:
    """What inspecting and repairing each cause takes: its remedy's time and money, if said."""
    said = graph.expand(causes, graph.terms.remedied_by, limit_per_node=5)
    nodes = graph.nodes({s.object for s in said})
    found: dict[str, Cost] = {}
    for s in said:
        node = nodes.get(s.object)
        minutes, hours = _number(node, "durationMinutes"), _number(node, "labourHours")
        money = _number(node, "cost")
        if minutes is None and hours is not None:
            minutes = hours * 60
        if minutes is None and money is None:
            continue
        usual = table.steps["repair"]
        cost = Cost(
            usual.minutes if minutes is None else minutes,
            usual.money if money is None else money,
            usual.skill,
            usual.safety,
        )
        if s.subject not in found or table.price(cost) < table.price(found[s.subject]):
            found[s.subject] = cost
    return [found.get(key, "repair") for key in causes]


def _number(node: Node | None, name: str) -> float | None:
    value = node.props.get(name) if node is not None else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return None
    return float(value)


def soft_reading(value: float, low: float | None, high: float | None) -> Likelihood:
    """How far a measured value says that a limit is passed, as evidence for the sign.

    The likelihood changes from one side to the other over a tenth of the limit's size: a reading
    close to the limit says little. Three in a hundred sensors tell nothing.
    """
    beyond = 0.0
    for limit, sign in ((low, -1.0), (high, 1.0)):
        if limit is not None:
            width = max(abs(limit) * 0.1, 1e-9)
            beyond = max(beyond, 1 / (1 + float(np.exp(-4 * sign * (value - limit) / width))))
    passed = 0.03 * 0.5 + 0.97 * beyond
    return Likelihood(passed, (1 - passed) - passed)
