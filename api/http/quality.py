"""Quality: common causes, why units are bad, control charts, 8D reports."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from api.asking import keys_of
from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, AsOfView, OpenPlant
from api.process_control import SpcQuestion, control_characteristic
from api.roles import Permission
from kg.investigation import EightD, Explained, draft_eight_d, explain_defects
from kg.traceability.commonality import CauseOptions, CommonCauses
from kg.traceability.commonality.asking import common_causes_of
from kg.traceability.spc import Controlled

router = APIRouter(
    prefix=PREFIX,
    tags=["quality"],
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
_READ = [Depends(Needs(Permission.READ))]
What = Annotated[
    list[str],
    Query(
        description="What is bad: units, lots, defects, defect types or complaints.",
        examples=["defecttype:internal leakage"],
    ),
]


@router.get("/causes", dependencies=_READ, name="causes")
def find_causes(
    plant: OpenPlant,
    view: AsOfView,
    what: Annotated[
        list[str] | None,
        Query(
            description="What is bad: units, lots, defects, types, complaints; else every defect."
        ),
    ] = None,
    *,
    good: Annotated[
        list[str] | None, Query(description="Good units; else all others of the kind.")
    ] = None,
    within: Annotated[
        list[Literal["product", "time"]] | None,
        Query(description="Compare only units of the same product or time."),
    ] = None,
    alpha: Annotated[
        float, Query(gt=0, lt=1, description="Share of runs that may report what is not.")
    ] = 0.03,
    shuffles: Annotated[
        int, Query(ge=19, le=9_999, description="Shuffles that correct for all looked at.")
    ] = 999,
    seed: Annotated[int, Query(ge=0, description="Of the shuffles.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200, description="Factors to rank.")] = 20,
) -> CommonCauses:
    """Find what bad units have in common that good ones have not; inspection apart."""
    options = CauseOptions(
        alpha, shuffles=shuffles, seed=seed, limit=limit, stratify=tuple(within or ())
    )
    return common_causes_of(
        plant.store,
        plant.schema,
        keys_of(plant, what or [], view),
        good=keys_of(plant, good, view) if good else None,
        options=options,
        zone=plant.settings.zone,
        view=view,
    )[0]


@router.get("/explain", dependencies=_READ, name="explain")
def explain_bad_units(
    plant: OpenPlant,
    view: AsOfView,
    what: What,
    limit: Annotated[int, Query(ge=1, le=40, description="Explanations to list.")] = 5,
) -> Explained:
    """Say why units are bad: what they share, joined with what happened to it then."""
    return explain_defects(
        plant.store,
        plant.schema,
        keys_of(plant, what, view),
        zone=plant.settings.timezone,
        view=view,
        limit=limit,
    )


@router.get("/spc", dependencies=_READ, name="spc")
def control_chart(
    plant: OpenPlant,
    view: AsOfView,
    characteristic: Annotated[
        str, Query(description="A characteristic or parameter.", examples=["CH-A101"])
    ],
    *,
    size: Annotated[int | None, Query(ge=2, description="Values in a row per subgroup.")] = None,
    chart: Annotated[
        Literal["i-mr", "xbar-r", "xbar-s"] | None, Query(description="Else by the sizes.")
    ] = None,
    rules: Annotated[
        Literal["western", "nelson", "limits"], Query(description="Run rules to apply.")
    ] = "western",
    baseline: Annotated[int | None, Query(ge=3, description="Points that set the limits.")] = None,
    lower: Annotated[float | None, Query(description="Lower specification limit.")] = None,
    upper: Annotated[float | None, Query(description="Upper specification limit.")] = None,
) -> Controlled:
    """A control chart with run rules, capability, and what was different out of control."""
    question = SpcQuestion(
        size=size, chart=chart, rules=rules, baseline=baseline, lower=lower, upper=upper
    )
    return control_characteristic(plant, characteristic, question, view)


@router.get("/reports/8d", dependencies=_READ, name="report_8d")
def draft_report(plant: OpenPlant, view: AsOfView, what: What) -> EightD:
    """Draft an 8D report: what the graph knows with its sources, the rest left open."""
    return draft_eight_d(
        plant.store,
        plant.schema,
        keys_of(plant, what, view),
        zone=plant.settings.timezone,
        view=view,
    )
