"""Random operations on a real store and on the naive one, comparing every answer.

`GEMBA_CONTRACT_EXAMPLES` and `GEMBA_CONTRACT_STEPS` make it dig deeper than a test run does.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kg.model import (
    EVERY_STATUS,
    Batch,
    Claim,
    Conflict,
    Decision,
    Document,
    GembaError,
    Merge,
    NodeClaim,
    Passage,
    Run,
    StatementKey,
    Status,
    View,
)
from kg.store import Changes, LoadSession, Range, Store
from tests.contracts.observing import (
    comparable_evidence,
    comparable_sightings,
    difference,
    observe,
    searched,
)
from tests.contracts.small_schema import SCHEMA
from tests.contracts.stores import Stores
from tests.oracle import MemoryStore

DOCUMENTS = ("d1", "d2", "d3")
NODES = (
    "asset:A",
    "asset:B",
    "asset:C-1",
    "mode:leak",
    "mode:漏油",
    "cause:wear",
    "wo:1",
    "unit:1",
)
RELATIONS = ("exhibits", "causes", "hasComponent")
NAMES = ("Hydraulic pump", "液压泵", "Pump", "漏油")
TOKENS = ("a", "c-1", "1", "leak", "漏油", "pump", "hydraulic", "液压", "open", "pmup", "hydrualik")
INSTANTS = range(0, 60)

nodes = st.sampled_from(NODES)
confidences = st.sampled_from([1.0, 0.8, 0.5, 0.25, 1])
times = st.none() | st.integers(0, 12)
props = st.dictionaries(
    st.sampled_from(["description", "quantity", "priority", "tags"]),
    st.sampled_from(["open", "漏油 pump", 1, 1.0, 2.5, True, ["b", "open"]]),
    max_size=2,
)
extractors = st.sampled_from(["table", "text@1"])
keys = st.builds(StatementKey, nodes, st.sampled_from(RELATIONS), nodes)
statuses = st.sampled_from([None, *Status])


def _passage(number: int, shift: int) -> Passage:
    return Passage(f"p{number}", f"row:{number + shift}", f"text {number} of 漏油")


def _batch(passages: list[Passage], about: list[NodeClaim], claims: list[Claim]) -> Batch:
    """Indexes of passages are drawn before it is known how many there are."""
    return Batch(
        passages,
        [claim._replace(passage=claim.passage % len(passages)) for claim in about],
        [claim._replace(passage=claim.passage % len(passages)) for claim in claims],
    )


slots = st.integers(0, 3)
relations = st.sampled_from(RELATIONS)
plain_claims = st.tuples(nodes, relations, nodes, slots).map(lambda told: Claim(*told))
any_claims = st.builds(
    Claim,
    nodes,
    relations,
    nodes,
    slots,
    confidence=confidences,
    status=st.sampled_from(["accepted", "accepted", "suggested"]),
    extractor=extractors,
    start=st.sampled_from([-1, 0, 2]),
    end=st.sampled_from([-1, 4]),
    valid_from=times,
    valid_to=times,
    props=st.none() | props,
)
node_claims = st.builds(
    NodeClaim,
    nodes,
    st.sampled_from(["Asset", "Excavator", "MiniExcavator", "Crane", "FailureMode", "Unit"]),
    slots,
    name=st.none() | st.sampled_from(NAMES),
    props=props,
    confidence=confidences,
    extractor=extractors,
)
# A few claims out of a small world, so that they often meet again.
batches = st.builds(
    _batch,
    st.lists(
        st.builds(_passage, st.integers(0, 4), st.integers(0, 1)),
        min_size=1,
        max_size=4,
        unique_by=lambda passage: passage.key,
    ),
    st.lists(node_claims, max_size=3),
    st.lists(plain_claims | any_claims, max_size=5),
)
views = st.builds(
    View,
    as_of=st.none() | st.none() | st.sampled_from(INSTANTS),
    valid_from=st.none() | times,
    valid_to=st.none() | times,
    min_confidence=st.sampled_from([0.0, 0.0, 0.5, 0.8]),
    statuses=st.just(EVERY_STATUS) | st.frozensets(st.sampled_from(list(Status))),
)
node_sets = st.lists(nodes | st.just("no:such"), max_size=4, unique=True)
relation_sets = st.none() | st.lists(st.sampled_from(RELATIONS), max_size=3, unique=True)
directions = st.sampled_from(["out", "in", "both"])
wanted = st.dictionaries(
    st.sampled_from(["description", "quantity", "priority", "tags"]),
    st.sampled_from(
        ["open", 1, True, ["open", 2.5], Range(1, 2), Range(below="p"), Range(at_least="b")]
    ),
    max_size=2,
)


class StoreMachine(RuleBasedStateMachine):
    """Whatever happens to both stores, they answer alike."""

    stores: Stores

    def __init__(self) -> None:
        super().__init__()
        self.clock = 10
        self.run = 0
        self.sessions: dict[str, tuple[LoadSession, Any]] = {}
        self.is_undisturbed = True  # since the open session began; else its changes are anybody's

    @initialize()
    def open(self) -> None:
        self.real: Store = self.stores.new(SCHEMA)
        self.naive = MemoryStore(SCHEMA)

    def both(self, ask: Callable[[Any], Any], plain: Callable[[Any], Any] = lambda x: x) -> Any:
        """The answer of both stores, which must be the same one or the same kind of error."""
        answers: list[Any] = []
        for store in (self.real, self.naive):
            try:
                answers.append(plain(ask(store)))
            except GembaError as error:
                answers.append((type(error), set(error.ids)))
        if isinstance(answers[1], tuple) and answers[1][0:1] == (Conflict,):
            answers = [answer[0] for answer in answers]  # which ids it names is left open
        assert answers[0] == answers[1], difference(*answers)
        return answers[1]

    def next_run(self, elapsed: int) -> Run:
        self.clock += elapsed
        self.run += 1
        return Run(f"r{self.run}", self.clock, "me", "label")

    # -- loading -----------------------------------------------------------------------------

    @rule(
        key=st.sampled_from(DOCUMENTS),
        told=st.lists(batches, max_size=2),
        elapsed=st.sampled_from([1, 1, 3, 0, -2]),
        dry=st.sampled_from([False, False, False, True]),
    )
    def load(self, key: str, told: list[Batch], elapsed: int, dry: bool) -> None:
        """Read a document whole; the changes are the same."""
        if self.sessions.pop(key, None):
            self.is_undisturbed = False
        run = self.next_run(elapsed)

        def read(store: Store) -> Changes:
            document = Document(key, f"{self.run}", "r", f"Title {self.run}")
            with store.begin_load(document, run, dry_run=dry) as session:
                for batch in told:
                    session.write(batch)
                return session.finish()

        if dry and self.naive.versions(key) and not self.naive.versions(key)[-1].is_complete:
            return  # it would first take back another reading, which is not this run's change
        self.both(read)
        self.is_undisturbed = self.is_undisturbed and dry

    @rule(
        key=st.sampled_from(DOCUMENTS),
        elapsed=st.sampled_from([1, 3, 0]),
        content=st.sampled_from(["x", "x", "y"]),
    )
    def begin(self, key: str, elapsed: int, content: str) -> None:
        """Begin a reading, or resume one that was interrupted."""
        run = self.next_run(elapsed)
        document = Document(key, content, "r")
        real = self.real.begin_load(document, run, resumable=True)
        naive = self.naive.begin_load(document, run, resumable=True)
        assert real.checkpoint == naive.checkpoint
        self.is_undisturbed = not self.sessions
        self.sessions[key] = (real, naive)

    @precondition(lambda self: self.sessions)
    @rule(data=st.data(), batch=batches, checkpoint=st.none() | st.sampled_from(["1", "2"]))
    def write(self, data: st.DataObject, batch: Batch, checkpoint: str | None) -> None:
        key = data.draw(st.sampled_from(sorted(self.sessions)))
        for session in self.sessions[key]:
            session.write(batch, checkpoint)

    @precondition(lambda self: self.sessions)
    @rule(data=st.data(), share=st.sampled_from([1.0, 1.0, 0.5]))
    def finish(self, data: st.DataObject, share: float) -> None:
        key = data.draw(st.sampled_from(sorted(self.sessions)))
        told: list[Any] = []
        for session in self.sessions[key]:
            try:
                told.append(session.finish(max_retired_share=share))
            except GembaError as error:
                told.append(type(error))
        if isinstance(told[1], Changes):
            del self.sessions[key]
            if self.is_undisturbed:
                assert told[0] == told[1]
            else:
                assert isinstance(told[0], Changes)
                assert told[0].evidence_retired == told[1].evidence_retired
            self.is_undisturbed = False
        else:
            assert told[0] == told[1]

    @precondition(lambda self: self.sessions)
    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.sessions)))
        for session in self.sessions.pop(key):
            session.rollback()
        self.is_undisturbed = False

    @precondition(lambda self: self.sessions)
    @rule(data=st.data())
    def interrupt(self, data: st.DataObject) -> None:
        """Leave a session as an exception does."""
        key = data.draw(st.sampled_from(sorted(self.sessions)))
        for session in self.sessions.pop(key):
            session.__exit__(None, None, None)
        self.is_undisturbed = False

    # -- removal -----------------------------------------------------------------------------

    @precondition(lambda self: self.naive.versions())
    @rule(data=st.data())
    def remove_documents(self, data: st.DataObject) -> None:
        known = sorted({v.document.key for v in self.naive.versions()})
        gone = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True))
        self.both(lambda store: store.remove_documents(gone))
        self._forget_sessions()

    @precondition(lambda self: self.naive.versions())
    @rule(data=st.data())
    def remove_run(self, data: st.DataObject) -> None:
        known = sorted({v.run.id for v in self.naive.versions()})
        run = data.draw(st.sampled_from([*known, "no such run"]))
        self.both(lambda store: store.remove_run(run))
        self._forget_sessions()

    def _forget_sessions(self) -> None:
        self.is_undisturbed = False
        open_now = {v.document.key for v in self.naive.versions() if not v.is_complete}
        for key in [key for key in self.sessions if key not in open_now]:
            for session in self.sessions.pop(key):
                try:
                    session.write(Batch())
                except Conflict:
                    continue
                raise AssertionError("a session went on although its version is gone")

    # -- decisions ---------------------------------------------------------------------------

    @rule(key=keys, status=statuses, later=st.sampled_from([0, 1, -3]), data=st.data())
    def decide(
        self, key: StatementKey, status: Status | None, later: int, data: st.DataObject
    ) -> None:
        there = self.naive.get_statements(
            [s.key for s in self.naive.expand(NODES, view=View(statuses=EVERY_STATUS))],
            View(statuses=EVERY_STATUS),
        )
        if there and data.draw(st.integers(0, 4)):
            key = data.draw(st.sampled_from(sorted(there)))
        decision = Decision(key, status, "me", self.clock + later, "why")
        self.both(lambda store: store.decide([decision]))

    @rule(kept=nodes, dropped=nodes)
    def merge(self, kept: str, dropped: str) -> None:
        self.both(lambda store: store.merge([Merge(kept, dropped, "me", self.clock)]))
        self.is_undisturbed = False

    @precondition(lambda self: self.naive.merges())
    @rule(data=st.data())
    def unmerge(self, data: st.DataObject) -> None:
        dropped = data.draw(st.sampled_from([m.dropped for m in self.naive.merges()] + ["no:such"]))
        self.both(lambda store: store.unmerge(dropped))
        self.is_undisturbed = False

    # -- records -----------------------------------------------------------------------------

    @rule(
        kind=st.sampled_from(["rejection", "note"]),
        key=st.sampled_from("ab"),
        document=st.none() | st.sampled_from(DOCUMENTS),
        drop=st.booleans(),
    )
    def change_records(self, kind: str, key: str, document: str | None, drop: bool) -> None:
        if drop:
            self.both(lambda store: store.drop_records(kind, document=document))
        else:
            self.both(lambda store: store.put_records(kind, {key: self.clock}, document=document))

    # -- reading -----------------------------------------------------------------------------

    @rule(
        wanted_keys=node_sets,
        predicates=relation_sets,
        direction=directions,
        view=views,
        limit=st.none() | st.integers(1, 2),
    )
    def expand(
        self, wanted_keys: list[str], predicates: Any, direction: Any, view: View, limit: Any
    ) -> None:
        self.both(
            lambda store: store.expand(
                wanted_keys, predicates, direction, view=view, limit_per_node=limit
            )
        )

    @rule(wanted_keys=node_sets, asked=st.lists(keys, max_size=3), view=views)
    def get(self, wanted_keys: list[str], asked: list[StatementKey], view: View) -> None:
        self.both(lambda store: store.get_nodes(wanted_keys, view))
        self.both(lambda store: store.get_statements(asked, view))
        self.both(lambda store: store.decisions(asked))
        self.both(
            lambda store: store.evidence_of(asked, view=view),
            lambda found: {key: comparable_evidence(e) for key, e in found.items()},
        )
        self.both(
            lambda store: store.sightings_of(wanted_keys, view),
            lambda found: {key: comparable_sightings(s) for key, s in found.items()},
        )

    @rule(
        classes=st.none()
        | st.lists(st.sampled_from(["Asset", "Excavator", "Crane", "FailureMode"]), max_size=2),
        where=st.none() | wanted,
        prefix=st.sampled_from(["", "", "asset:", "mode:漏"]),
        after=st.none() | nodes,
        limit=st.integers(1, 5),
        view=views,
    )
    def find(
        self, *, classes: Any, where: Any, prefix: str, after: str | None, limit: int, view: View
    ) -> None:
        self.both(
            lambda store: store.find_nodes(
                classes, where, key_prefix=prefix, after=after, limit=limit, view=view
            )
        )

    @rule(
        predicates=st.lists(st.sampled_from(RELATIONS), max_size=3, unique=True),
        group_by=st.sampled_from(["predicate", "subject", "object"]),
        subjects=st.none() | node_sets,
        objects=st.none() | node_sets,
        view=views,
        limit=st.none() | st.integers(1, 2),
    )
    def aggregate(
        self, *, predicates: Any, group_by: Any, subjects: Any, objects: Any, view: View, limit: Any
    ) -> None:
        self.both(
            lambda store: store.aggregate(
                predicates, group_by, subjects=subjects, objects=objects, view=view, limit=limit
            )
        )

    @rule(
        seeds=node_sets,
        steps=st.lists(st.tuples(st.sampled_from(RELATIONS), directions), max_size=3),
        max_depth=st.none() | st.integers(0, 3),
        max_nodes=st.none() | st.integers(1, 4),
        view=views,
    )
    def closure(self, seeds: Any, steps: Any, max_depth: Any, max_nodes: Any, view: View) -> None:
        self.both(
            lambda store: store.closure(
                seeds, steps, max_depth=max_depth, max_nodes=max_nodes, view=view
            )
        )

    @rule(
        tokens=st.lists(st.sampled_from(TOKENS), max_size=3),
        fuzzy=st.booleans(),
        classes=st.none() | st.just(["Asset"]),
    )
    def search(self, tokens: list[str], fuzzy: bool, classes: Any) -> None:
        self.both(lambda store: searched(store, tokens, fuzzy=fuzzy, classes=classes))

    @rule(at=st.sampled_from(INSTANTS))
    def look_at_everything(self, at: int) -> None:
        self.both(lambda store: observe(store, as_of=[at], tokens=TOKENS))

    @invariant()
    def counts_agree(self) -> None:
        if hasattr(self, "real"):
            self.both(lambda store: store.count())

    def teardown(self) -> None:
        if hasattr(self, "real"):
            instants = sorted({v.run.at for v in self.naive.versions()})
            self.both(lambda store: observe(store, as_of=instants, tokens=TOKENS))
            self.both(
                lambda store: store.remove_documents({v.document.key for v in store.versions()})
            )
            assert self.real.count().nodes == {}


def check_random_operations(stores: Stores) -> None:
    """Run the machine against stores of one kind."""
    machine = type("Machine", (StoreMachine,), {"stores": stores})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=int(os.environ.get("GEMBA_CONTRACT_EXAMPLES", str(stores.examples))),
            stateful_step_count=int(os.environ.get("GEMBA_CONTRACT_STEPS", "25")),
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
            database=None,
            derandomize="GEMBA_CONTRACT_EXAMPLES" not in os.environ,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
