"""The audit log: who wrote what, when and by which way, in a chain that shows tampering.

Every write of the command line and of the service passes through `audited`. What takes long is
noted when it begins and again when it ends, so that a process that is killed leaves its trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from kg.model.errors import BadInput, GembaError
from kg.model.instants import now
from kg.store.chain import FIRST_PREVIOUS, entry_hash
from kg.store.protocol import LogEntry, Store

LOG = "audit"
_READ_AT_ONCE = 5_000

Way = Literal["cli", "http", "service"]
Outcome = Literal["begun", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a name, and the way by which they came."""

    name: str
    way: Way


@dataclass(slots=True)
class Note:
    """What will stand in the log about one write; details may be added while it goes on."""

    action: str
    subject: str
    details: dict[str, Any] = field(default_factory=dict)


def write_entry(
    store: Store, actor: Actor, note: Note, outcome: Outcome, *, why: str = ""
) -> LogEntry:
    """Append one entry."""
    payload: dict[str, Any] = {
        "action": note.action,
        "subject": note.subject,
        "by": actor.name,
        "way": actor.way,
        "outcome": outcome,
        "details": note.details,
    }
    if why:
        payload["why"] = why
    return store.append_log(LOG, payload, now())


@contextmanager
def audited(
    store: Store, actor: Actor, action: str, subject: str, **details: Any
) -> Iterator[Note]:
    """Note a write when it is done, or that it failed and why (the error goes on its way)."""
    note = Note(action, subject, details)
    try:
        yield note
    except GembaError as error:
        write_entry(store, actor, note, "failed", why=str(error))
        raise
    write_entry(store, actor, note, "done")


@dataclass(frozen=True, slots=True)
class Breach:
    """Where the chain does not hold, and what that means."""

    seq: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the whole log found. `anchor` is the line to keep for the next check."""

    entries: int
    head: str
    breaches: tuple[Breach, ...]

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return not self.breaches

    @property
    def anchor(self) -> str:
        """The last entry's number and hash; kept elsewhere, it shows whether the end was cut."""
        return f"{self.entries}:{self.head}"


def read_all(store: Store) -> Iterator[LogEntry]:
    """Every entry, oldest first, without holding them all."""
    after = 0
    while entries := store.read_log(LOG, after=after, limit=_READ_AT_ONCE):
        yield from entries
        after = entries[-1].seq


def verify(store: Store, anchor: str | None = None) -> Verification:
    """Check the log's chain, and that it still holds the entry of an earlier `anchor`.

    The chain shows changed, removed, inserted and reordered entries; that the newest ones were
    cut off shows only against an anchor that was kept outside of the store. Raises BadInput for
    an anchor that is none.
    """
    return verify_entries(read_all(store), anchor)


def verify_entries(entries: Iterator[LogEntry], anchor: str | None = None) -> Verification:
    """`verify` on entries in the order in which the store gives them."""
    kept_seq, kept_hash = _parsed_anchor(anchor) if anchor else (0, "")
    breaches: list[Breach] = []
    previous, expected, seq = FIRST_PREVIOUS, 1, 0
    anchored = not anchor
    for entry in entries:
        seq = entry.seq
        if seq > expected:
            breaches.append(Breach(seq, _missing(expected, seq - 1)))
        elif seq < expected:
            breaches.append(Breach(seq, f"entry {seq} stands after entry {expected - 1}"))
        elif entry.previous != previous:
            breaches.append(
                Breach(
                    seq,
                    f"entry {seq} does not follow the entry before it: one of the two was "
                    "replaced or moved",
                )
            )
        if entry_hash(entry.previous, seq, entry.at, entry.payload) != entry.hash:
            breaches.append(Breach(seq, f"entry {seq} was changed after it was written"))
        if seq == kept_seq:
            anchored = True
            if entry.hash != kept_hash:
                breaches.append(Breach(seq, f"entry {seq} is not the one that the anchor names"))
        previous, expected = entry.hash, seq + 1
    if not anchored:
        breaches.append(
            Breach(
                kept_seq,
                f"the log ends at entry {seq}, but the anchor names entry {kept_seq}: "
                "its end was cut off",
            )
        )
    return Verification(seq, previous, tuple(breaches))


def _parsed_anchor(text: str) -> tuple[int, str]:
    number, _, digest = text.strip().partition(":")
    if not number.isdigit() or len(digest) != 64:
        raise BadInput(
            f"{text!r} is not an anchor: give the line that `gemba audit verify` printed, "
            "a number, a colon and 64 hexadecimal digits."
        )
    return int(number), digest


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"entry {first} is missing"
    return f"entries {first} to {last} are missing"


def entry_as_dict(entry: LogEntry) -> Mapping[str, Any]:
    """An entry as programs get it: instants as text."""
    from kg.model.instants import to_text

    return {"seq": entry.seq, "at": to_text(entry.at), **entry.payload, "hash": entry.hash}


def breaches_as_text(breaches: Sequence[Breach]) -> str:
    """All breaches as one sentence."""
    return "; ".join(breach.sentence for breach in breaches)
