"""Taking documents and runs out of the graph again, as the command line and the service do it."""

from __future__ import annotations

from collections.abc import Collection

from api.audit import Actor, audited
from api.intake.replays import replays_of
from api.nearest import nearest_texts
from api.payloads.documents import Removal
from kg.model.errors import NotFound
from kg.store.protocol import Store, Version


def document_versions(store: Store, key: str) -> list[Version]:
    """All versions of one document. Raises NotFound with the nearest names."""
    versions = store.versions(key)
    if not versions:
        _refuse_unknown(store, [key])
    return versions


def remove_documents(store: Store, actor: Actor, keys: Collection[str]) -> Removal:
    """Forget documents, leaving a graph that never saw them. Raises NotFound, removing none.

    What was replayed of their rejected rows goes with them.
    """
    known = {version.document.key for version in store.versions()}
    missing = [key for key in keys if key not in known]
    if missing:
        _refuse_unknown(store, missing)
    removed = sorted({*keys, *replays_of(store, keys)})
    with audited(store, actor, "documents.remove", ", ".join(removed)) as note:
        changes = store.remove_documents(removed)
        note.details["statements_removed"] = changes.statements_removed
    return Removal(removed=removed, changes=changes)


def remove_run(store: Store, actor: Actor, run: str) -> Removal:
    """Forget what one run read. Raises NotFound with the nearest runs."""
    versions = store.versions()
    keys = sorted({v.document.key for v in versions if v.run.id == run})
    if not keys:
        raise NotFound(
            f"There is no run {run!r}; `gemba runs list` shows them.",
            ids=[run],
            nearest=nearest_texts(run, {v.run.id for v in versions}),
        )
    with audited(store, actor, "run.remove", run, documents=keys) as note:
        changes = store.remove_run(run)
        note.details["statements_removed"] = changes.statements_removed
    return Removal(removed=keys, changes=changes)


def _refuse_unknown(store: Store, missing: list[str]) -> None:
    known = {version.document.key for version in store.versions()}
    names = ", ".join(repr(key) for key in missing)
    raise NotFound(
        f"There is no document {names}; `gemba documents list` shows them.",
        ids=missing,
        nearest=list(dict.fromkeys(n for key in missing for n in nearest_texts(key, known))),
    )
