"""Common causes: what bad units have in common that good ones have not."""

from kg.traceability.commonality.cohort import (
    Cohort,
    Condition,
    Factor,
    Parameter,
    make_matrix,
    merge_identical,
)
from kg.traceability.commonality.finding import (
    CauseOptions,
    find_common_causes,
    find_factor_tests,
)
from kg.traceability.commonality.results import (
    Cause,
    CommonCauses,
    FactorShown,
    LeftOut,
    RankedFactor,
)

__all__ = [
    "Cause",
    "CauseOptions",
    "Cohort",
    "CommonCauses",
    "Condition",
    "Factor",
    "FactorShown",
    "LeftOut",
    "Parameter",
    "RankedFactor",
    "find_common_causes",
    "find_factor_tests",
    "make_matrix",
    "merge_identical",
]
