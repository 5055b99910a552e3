"""A plant's own alias table: kept in a CSV file that people may also edit by hand."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from api.audit import Actor, audited
from api.wiring import Plant
from extraction.files import rank_encodings
from extraction.text.growing import AliasProposal, propose_aliases
from kg.model.errors import BadInput, NotFound
from kg.model.instants import now, to_text
from kg.model.text import has_han

REFUSED = "refused-alias"  # kind of the records of pairs that people turned down
_COLUMNS = ("abbrev", "expansion", "language")


class Alias(NamedTuple):
    """What is written, what is meant, and the language of what is meant."""

    written: str
    meant: str
    language: str


def own_aliases(path: Path) -> list[Alias]:
    """The rows of an alias file; none where it is not there yet. Raises BadInput."""
    if not path.exists():
        return []
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode(rank_encodings(content)[0].name, "replace")
    reader = csv.DictReader(io.StringIO(text))
    if not {"abbrev", "expansion"} <= set(reader.fieldnames or ()):
        raise BadInput(f"{path}: the first row must name the columns abbrev and expansion.")
    found = []
    for number, row in enumerate(reader, start=2):
        written, meant = (row["abbrev"] or "").strip(), (row["expansion"] or "").strip()
        if not written or not meant:
            raise BadInput(f"{path}, row {number}: abbrev or expansion is empty.")
        found.append(Alias(written, meant, (row.get("language") or "").strip()))
    return found


def alias_file(plant: Plant) -> Path:
    """Where new aliases go. Raises BadInput where the plant has no file of its own."""
    if not plant.settings.aliases:
        raise BadInput(
            "This plant has no alias table of its own; say where it shall be with GEMBA_ALIASES, "
            "such as GEMBA_ALIASES=aliases.csv."
        )
    return plant.settings.aliases[0]


def add_alias(plant: Plant, actor: Actor, written: str, meant: str, language: str = "") -> Alias:
    """Add a row to the plant's own table, in the place of one for the same writing.

    What was read before is read anew with it the next time that its files are loaded. Raises
    BadInput.
    """
    path = alias_file(plant)
    written, meant = written.strip().casefold(), meant.strip().casefold()
    if not written or not meant or written == meant or max(len(written), len(meant)) > 100:
        raise BadInput("Say what is written and what else is meant by it, in up to 100 characters.")
    made = Alias(written, meant, language or ("zh" if has_han(meant) else "en"))
    rows = [row for row in own_aliases(path) if row.written.casefold() != written]
    with audited(plant.store, actor, "aliases.add", written, meant=meant, file=path.name):
        _write(path, [*rows, made])
    return made


def remove_alias(plant: Plant, actor: Actor, written: str) -> Alias:
    """Take a row out of the plant's own table. Raises NotFound."""
    path = alias_file(plant)
    rows = own_aliases(path)
    wanted = written.strip().casefold()
    found = next((row for row in rows if row.written.casefold() == wanted), None)
    if found is None:
        raise NotFound(
            f"{path.name} has no alias {written!r}.",
            ids=[written],
            nearest=[row.written for row in rows if row.written[:1] == wanted[:1]][:5],
        )
    with audited(plant.store, actor, "aliases.remove", wanted, meant=found.meant, file=path.name):
        _write(path, [row for row in rows if row is not found])
    return found


def refuse_alias(plant: Plant, actor: Actor, written: str, meant: str) -> None:
    """Remember that one is not short for the other, so that it is not proposed again."""
    written, meant = written.strip().casefold(), meant.strip().casefold()
    record = {"written": written, "meant": meant, "by": actor.name, "at": to_text(now())}
    with audited(plant.store, actor, "aliases.refuse", written, meant=meant):
        plant.store.put_records(REFUSED, {f"{written}~{meant}": record})


def find_aliases(
    plant: Plant, texts: Iterator[str] | None = None, documents: Sequence[str] = ()
) -> list[AliasProposal]:
    """What the plant's texts (or `texts`) say of abbreviations and other names."""
    import re

    from extraction.text.wordlists import load_word_lists

    words = set(load_word_lists().ordinary)
    for concept in plant.schema.concepts.values():
        for listed in (concept.words.label.values(), *concept.words.alt.values()):
            for label in listed:
                words.update(re.findall(r"[a-z]+", label.lower()))
    refused = [(r["written"], r["meant"]) for r in plant.store.get_records(REFUSED).values()]
    return propose_aliases(
        texts if texts is not None else stored_texts(plant, documents),
        plant.aliases,
        words,
        refused=refused,
    )


def stored_texts(plant: Plant, documents: Sequence[str] = ()) -> Iterator[str]:
    """The passages of the latest reading of each document, except the ontology's own."""
    latest = {v.document.key: v.run.id for v in plant.store.versions() if v.is_complete}
    for missing in set(documents) - set(latest):
        raise NotFound(f"There is no document {missing!r}.", ids=[missing])
    for dump in plant.store.dump():
        key = dump.version.document.key
        if latest.get(key) != dump.version.run.id or key.startswith("gemba:"):
            continue
        if documents and key not in documents:
            continue
        for batch in dump.batches:
            yield from (passage.text for passage in batch.passages)


def _write(path: Path, rows: Sequence[Alias]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        new.write_text(out.getvalue(), encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror}).") from error
