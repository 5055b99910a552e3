"""In which order to inspect and repair, when to call for service, and what it will cost.

Inspecting a cause costs its repair cost and shows whether it is faulty; a faulty one is put right
by it. The work ends when no fault is left, or with a call for service, which ends it in any case
and is the only way out where no known cause is faulty.

For one fault at a time, inspecting in order of probability over cost is optimal (Kadane & Simon
1977, Breese & Heckerman 1996). With several faults the cost of an order is the sum over its causes
of cost times the probability that a fault is left among it and those after it. That probability
lies between the sum of the single probabilities (faults exclude each other) and the complement of
their product (faults do not know of each other); it is taken where the two meet the known
probability that there is any fault.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.diagnosis.inference.network import Array


class Order(NamedTuple):
    """Causes in the order of inspection, the chance to get to each, and the expected cost.

    `places` ends where calling for service is cheaper than to go on; it may be empty.
    """

    places: tuple[int, ...]
    reached: tuple[float, ...]
    cost: float


def order_repairs(faulty: Array, none: float, costs: Array, service_cost: float) -> Order:
    """The order of repairs.

    `faulty`, shape (causes,): the probability of each cause to be faulty. `none`: the probability
    that no cause is. `costs`, shape (causes,): what inspecting each costs.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(faulty > 0.0, faulty / costs, 0.0)
    places = np.argsort(-ratio, kind="stable")
    left = np.minimum(left_over(faulty[places], none), 1.0)
    spent = np.concatenate([[0.0], np.cumsum(left[:-1] * costs[places])])
    total = spent + left * service_cost  # when service is called after so many inspections
    stop = int(total.argmin())
    return Order(
        tuple(int(p) for p in places[:stop]),
        tuple(float(chance) for chance in left[:stop]),
        float(total[stop]),
    )


def left_over(ordered: Array, none: float) -> Array:
    """P(the trouble is not over) before each inspection and after the last.

    `ordered`, shape (causes,): fault probabilities in the order of inspection. Shape of the result:
    (causes + 1,).
    """
    sums = np.append(np.cumsum(ordered[::-1])[::-1], 0.0)
    with np.errstate(divide="ignore"):
        logs = np.log1p(-np.minimum(ordered, 1.0))
    products: NDArray[np.float64] = np.append(-np.expm1(np.cumsum(logs[::-1])[::-1]), 0.0)
    some = 1.0 - none
    span = sums[0] - products[0]
    share = 0.0 if span <= 1e-12 else float(np.clip((some - products[0]) / span, 0.0, 1.0))
    left: Array = np.minimum(share * sums + (1.0 - share) * products, some) + none
    left[0] = 1.0
    return left
