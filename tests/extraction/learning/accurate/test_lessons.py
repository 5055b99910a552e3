"""What is learnt of spans, against the same computed one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from extraction.learning.accurate.lessons import _contrast


def test_contrast_weighs_the_violations_of_either_side_of_each_window_and_label() -> None:
    random = np.random.default_rng(0)
    sizes, labels = [4, 1, 3], 2
    scores = random.normal(size=(sum(sizes), labels))
    gold = np.asarray([[0, 1], [2, 0], [5, 1]])
    doubtful = np.asarray([1, 2, 7])  # that what is labelled is doubted, too, does not count
    there = {tuple(row) for row in gold.tolist()}
    wanted, at = 0.0, 0
    for size in sizes:
        for label in range(labels):
            right = wrong = 1.0
            for span in range(at, at + size):
                if (span, label) in there:
                    right += math.exp(-scores[span, label])
                elif span not in {1, 7}:
                    wrong += math.exp(scores[span, label])
            wanted += math.log(right) + math.log(wrong)
        at += size
    given = torch.tensor(scores, requires_grad=True)
    loss = _contrast(given, gold, doubtful, sizes)
    assert float(loss.detach()) == pytest.approx(wanted)
    loss.backward()  # type: ignore[no-untyped-call]
    assert given.grad is not None
    assert torch.isfinite(given.grad).all()
    assert (given.grad[[1, 7]] == 0).all()
    assert all(
        (given.grad[span, label] < 0) == ((span, label) in there)
        for span in (0, 3, 4, 5, 6)
        for label in range(labels)
    )
