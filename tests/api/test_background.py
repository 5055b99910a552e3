"""Jobs run one after the other, tell how far they are, and fail with one sentence."""

from __future__ import annotations

import threading

import pytest

from api.background import Jobs, Say
from kg.model.errors import BadInput, Conflict, NotFound


def test_jobs_run_in_turn_and_tell_their_progress() -> None:
    jobs, go, told = Jobs(), threading.Event(), threading.Event()
    order: list[str] = []

    def first(say: Say) -> str:
        say("half way")
        told.set()
        assert go.wait(10)
        order.append("first")
        return "one"

    def second(_: Say) -> str:
        order.append("second")
        return "two"

    one, two = jobs.submit("a", first), jobs.submit("b", second)
    assert told.wait(10)
    assert (jobs.get(one.id).state, jobs.get(one.id).progress) == ("running", "half way")
    assert jobs.get(two.id).state == "waiting"
    go.set()
    assert jobs.wait(two.id, 10).result == "two"
    assert jobs.get(one.id).result == "one"
    assert order == ["first", "second"]


@pytest.mark.parametrize(
    ("error", "told"),
    [(BadInput("No relation."), "No relation."), (ValueError("secret"), "The job broke off")],
)
def test_a_job_that_fails_says_why_and_the_next_one_runs(error: Exception, told: str) -> None:
    jobs = Jobs()

    def fail(_: Say) -> None:
        raise error

    failed, fine = jobs.submit("a", fail), jobs.submit("b", lambda _: 1)
    assert jobs.wait(fine.id, 10).state == "done"
    assert jobs.get(failed.id).state == "failed"
    assert jobs.get(failed.id).error.startswith(told)
    assert "secret" not in jobs.get(failed.id).error


def test_a_full_line_and_an_unknown_job_are_refused() -> None:
    jobs, go = Jobs(), threading.Event()
    running = threading.Event()

    def hold(_: Say) -> None:
        running.set()
        go.wait(10)

    jobs.submit("a", hold)
    assert running.wait(10)
    for _ in range(8):
        jobs.submit("a", hold)
    with pytest.raises(Conflict, match="jobs wait"):
        jobs.submit("a", hold)
    go.set()
    with pytest.raises(NotFound, match="no job"):
        jobs.get("abc")


def test_only_the_last_jobs_are_remembered() -> None:
    jobs = Jobs()
    numbers = []
    for _ in range(60):
        numbers.append(jobs.submit("a", lambda _: None).id)
        jobs.wait(numbers[-1], 10)
    assert jobs.get(numbers[-1]).state == "done"
    with pytest.raises(NotFound):
        jobs.get(numbers[0])
