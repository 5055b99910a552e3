"""Confirming and rejecting statements, as the command line and the service do it."""

from __future__ import annotations

from api.audit import Actor, audited
from kg.model.errors import BadInput, NotFound
from kg.model.graph import EVERY_STATUS, NOW, Decision, Status, View
from kg.model.instants import now
from kg.model.keys import StatementKey
from kg.search import nearest
from kg.store.protocol import Store

_EVERYTHING = View(statuses=EVERY_STATUS)


def parse_statement_id(text: str) -> StatementKey:
    """The key in a statement's id. Raises BadInput."""
    try:
        return StatementKey.from_id(text)
    except ValueError as error:
        raise BadInput(f"{error}.") from None


def decide(
    store: Store, actor: Actor, key: StatementKey, status: Status | None, reason: str = ""
) -> Decision:
    """Record that a person confirms or rejects a statement; None takes decisions back.

    Raises NotFound, and BadInput for a status that is not a person's to give.
    """
    if status not in (None, Status.CONFIRMED, Status.REJECTED):
        raise BadInput("People confirm or reject a statement, or take their decision back.")
    if len(reason) > 2_000:
        raise BadInput("Keep the reason under 2,000 characters.")
    if key not in store.get_statements([key], _EVERYTHING):
        raise unknown_statement(store, key)
    made = Decision(key, status, actor.name, now(), reason.strip())
    with audited(
        store, actor, "statement.decide", key.id, status=status and str(status), reason=made.reason
    ):
        store.decide([made])
    return made


def unknown_statement(store: Store, key: StatementKey, view: View = NOW) -> NotFound:
    """The error for a triple that is not there, with statements of the same subject."""
    everything = View(as_of=view.as_of, statuses=EVERY_STATUS)
    same = store.expand([key.subject], [key.predicate], view=everything, limit_per_node=5)
    if not same:
        same = store.expand([key.subject], view=everything, limit_per_node=5)
    nearest_keys = [s.id for s in same[:5]] or nearest(store, key.subject)
    return NotFound(f"There is no statement {key.id}.", ids=[key.id], nearest=nearest_keys)
