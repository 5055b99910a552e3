from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from extraction.cluster import Alone, Crew, Outcome, open_crew
from extraction.cluster.processes import AHEAD, Processes, available_cores
from kg.model.errors import BadInput
from tests.extraction.cluster.tasks import Meet, Shout

CREWS = ["alone", "processes", "dask"]


@pytest.fixture(params=CREWS)
def crew(request: pytest.FixtureRequest) -> Iterator[Crew]:
    if request.param == "dask":
        yield request.getfixturevalue("dask")
        return
    made: Crew = Alone() if request.param == "alone" else Processes(2)
    yield made
    made.close()


def test_crew_gives_outcomes_in_the_order_of_the_items(crew: Crew) -> None:
    items = ["slow one", *(f"text {n}" for n in range(20)), "slow two"]
    assert list(crew.run(Shout(), items)) == [Outcome(item, item.upper()) for item in items]


def test_crew_goes_on_after_what_cannot_be_read(crew: Crew) -> None:
    outcomes = list(crew.run(Shout(), ["a", "bad", "b", "fault", "c"]))
    assert [o.result for o in outcomes] == ["A", None, "B", None, "C"]
    assert outcomes[1].trouble == "bad.txt, page 3: is damaged; scan it again."
    assert "fault of Gemba (ZeroDivisionError" in outcomes[3].trouble
    assert [o.item for o in outcomes] == ["a", "bad", "b", "fault", "c"]


def test_crew_works_on_nothing_and_on_one(crew: Crew) -> None:
    assert list(crew.run(Shout(), [])) == []
    assert list(crew.run(Shout(), ["a"])) == [Outcome("a", "A")]


@pytest.mark.parametrize("name", ["processes", "dask"])
def test_crew_survives_a_process_that_dies(name: str, request: pytest.FixtureRequest) -> None:
    made: Crew = request.getfixturevalue("dask") if name == "dask" else Processes(2)
    items = ["a", "b", "die", *"cdefgh"]
    outcomes = list(made.run(Shout(), items))
    assert [o.item for o in outcomes] == items
    assert [o.result for o in outcomes] == [None if i == "die" else i.upper() for i in items]
    assert "died" in outcomes[2].trouble
    if name != "dask":
        made.close()


@pytest.mark.parametrize("name", ["processes", "dask"])
def test_crew_takes_no_more_items_than_it_can_work_on(
    name: str, request: pytest.FixtureRequest
) -> None:
    made: Crew = request.getfixturevalue("dask") if name == "dask" else Processes(2)
    taken = 0

    def items() -> Iterator[str]:
        nonlocal taken
        for n in range(200):
            taken += 1
            yield str(n)

    done = 0
    for _ in made.run(Shout(), items()):
        done += 1
        assert taken <= done + 2 * AHEAD + 1
    assert done == 200


def test_several_processes_work_at_the_same_time(tmp_path: Path) -> None:
    crew = Processes(2)
    pids = {outcome.result for outcome in crew.run(Meet(tmp_path), range(4))}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_all_cores_are_used_unless_told_otherwise() -> None:
    chosen = open_crew()
    assert isinstance(chosen, Processes if available_cores() > 1 else Alone)
    assert isinstance(open_crew(workers=1), Alone)


def test_no_scheduler_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("extraction.cluster.dask_crew.CONNECT_SECONDS", 0.5)
    with pytest.raises(BadInput, match="no Dask scheduler answers"):
        open_crew("tcp://127.0.0.1:9")
