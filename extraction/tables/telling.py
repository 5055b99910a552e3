"""What the rows of one table say: from raw rows to chunks, row after row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from extraction.tables.compiling import Compiled
from extraction.tables.mapping import Mapping as TableMapping
from extraction.tables.occurrences import Occurrences
from extraction.tables.passages import RowText
from extraction.tables.program import Said
from extraction.tables.refusals import RowRefused, RowSkipped
from extraction.tables.rows import RowCleaner, is_formula
from extraction.tables.sources.protocol import RawRow, Table
from extraction.tables.terms import Quoted
from extraction.tables.totals import is_total
from kg.model.claims import (
    Batch,
    Chunk,
    Document,
    Finding,
    NodeClaim,
    Passage,
    Rejection,
    passage_key,
)
from kg.model.collector import without_collector

_new = tuple.__new__  # named tuples without the call of their own constructor
_Ready = tuple[int, list[str | None], str, list[int], bytes]  # number, cells, text, starts, digest


class TableRows:
    """Turns the rows of one table into chunks, in order."""

    def __init__(
        self,
        document: Document,
        mapping: TableMapping,
        table: Table,
        compiled: Compiled,
        *,
        has_texts: bool,
    ) -> None:
        self._document = document
        self._mapping = mapping
        self._table = table
        self._headers = list(table.headers)
        self._compiled = compiled
        self._program = compiled.program
        self._cleaner = RowCleaner(
            mapping.spec, compiled.binding.at, knows_merges=table.knows_merges
        )
        self._writer = RowText(self._headers)
        self._occurrences = Occurrences()
        self._is_first = True
        self._has_texts = has_texts
        self._unique = _UniqueCodes(mapping)

    def _place(self, number: int) -> str:
        return f"{self._table.place_prefix}{number}"

    def opening_findings(self) -> list[Finding]:
        """What was noticed about the table as a whole; told with its first chunk."""
        place = self._table.place_prefix.rstrip("/").rpartition("/")[0] or "header"
        return [
            Finding(problem.code, place, problem.reason)
            for problem in (*self._table.findings, *self._compiled.findings)
        ]

    def tell(self, raws: Sequence[RawRow], *, is_told: bool) -> Chunk:
        """What `raws` say. Where it is not to be told, free texts are not read."""
        with without_collector():
            return self._tell(raws, is_told=is_told)

    def _tell(self, raws: Sequence[RawRow], *, is_told: bool) -> Chunk:
        chunk = Chunk(Batch(), rows=len(raws))
        if self._is_first:
            chunk.findings.extend(self.opening_findings())
            self._is_first = False
        ready: list[_Ready] = []
        digests: list[bytes] = []
        for raw in raws:
            row = self._prepare(raw, chunk)
            if row is not None:
                ready.append(row)
                digests.append(row[4])
        counts, first_rows = self._occurrences.count(digests, [row[0] for row in ready])
        if self._program.checks.wants_codes:
            self._program.checks.learn([row[1] for row in ready])
        read_texts = is_told and self._has_texts
        if read_texts and self._program.reads_ahead:
            self._program.prepare_texts(row[1] for row in ready)
        batch = chunk.batch
        said = Said(batch.nodes, batch.claims)
        language = self._mapping.spec.language
        extractor = self._mapping.extractor
        numbers: list[int] = []  # of the rows that became passages
        for index, (number, cells, text, starts, digest) in enumerate(ready):
            place = self._place(number)
            count = counts[index]
            if count:
                chunk.findings.append(
                    Finding(
                        "duplicate-row",
                        place,
                        f"The row says the same as {self._place(first_rows[index])}.",
                    )
                )
            first_node, first_claim = len(batch.nodes), len(batch.claims)
            try:
                quoted = _new(Quoted, (len(batch.passages), extractor, cells, starts))
                issues = self._program.run(cells, quoted, said, read_texts=read_texts)
            except RowSkipped:
                continue
            except RowRefused as refusal:
                self._reject(chunk, place, refusal.code, str(refusal), cells)
                continue
            for issue in issues:
                chunk.findings.append(Finding(issue.code, place, issue.message))
            if len(batch.nodes) > first_node or len(batch.claims) > first_claim:
                key = passage_key(text, count) if count else digest.hex()
                batch.passages.append(_new(Passage, (key, place, text, language, None)))
                numbers.append(number)
        chunk.sentences = self._program.counter.take()
        chunk.findings.extend(self._unique.check(batch, numbers, self._place))
        chunk.findings.extend(
            Finding("text-code-conflict", batch.passages[passage].place, sentence)
            for passage, sentence in self._program.checks.conflicts()
        )
        return chunk

    def _prepare(self, raw: RawRow, chunk: Chunk) -> _Ready | None:
        number, cells, problem = raw
        if problem is not None:
            self._reject(chunk, self._place(number), problem.code, problem.reason, cells)
            return None
        ready = self._cleaner.clean(cells)
        if ready is None:
            return None
        if is_total(ready):
            chunk.findings.append(
                Finding(
                    "totals-row",
                    self._place(number),
                    "The row sums up those above it; nothing is drawn from it.",
                )
            )
            return None
        text, starts = self._writer.write(ready)
        if "\0" in text:
            self._reject(
                chunk, self._place(number), "nul-byte",
                "The row holds zero bytes; it is damaged. Export it again.",
                [cell.replace("\0", "\ufffd") for cell in cells],
            )  # fmt: skip
            return None
        try:
            digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        except UnicodeEncodeError:
            self._reject(
                chunk, self._place(number), "bad-encoding",
                "The row holds bytes that are not in the encoding of the rest of the file; correct"
                " it, or name the encoding.",
                [cell.encode("utf-8", "replace").decode() for cell in cells],
            )  # fmt: skip
            return None
        if ": =" in text or ": @" in text or ": +" in text or ": -" in text:
            for header, cell in zip(self._headers, ready, strict=True):
                if cell and is_formula(cell):
                    chunk.findings.append(
                        Finding(
                            "formula",
                            self._place(number),
                            f"{header} holds a formula ({cell[:40]}); it is kept as text and"
                            " never evaluated.",
                        )
                    )
        return number, ready, text, starts, digest

    def _reject(
        self, chunk: Chunk, place: str, code: str, reason: str, cells: Sequence[str | None]
    ) -> None:
        row = {
            (self._headers[i] if i < len(self._headers) else f"cell {i + 1}"): cell or ""
            for i, cell in enumerate(cells)
        }
        chunk.rejections.append(
            Rejection(self._document.key, place, reason, code, row, self._document.recipe)
        )


class _UniqueCodes:
    """Notices two rows with the same code of a thing that the mapping calls unique."""

    def __init__(self, mapping: TableMapping) -> None:
        self._classes = {
            str(thing.class_): name for name, thing in mapping.spec.things.items() if thing.unique
        }
        self._seen = Occurrences()

    def check(
        self, batch: Batch, numbers: Sequence[int], place_of: Callable[[int], str]
    ) -> Iterator[Finding]:
        """Findings about the codes in a chunk; `numbers` are the rows of its passages."""
        if not self._classes:
            return
        found: dict[tuple[str, int], NodeClaim] = {}
        for node in batch.nodes:
            if node.cls in self._classes:
                found.setdefault((node.node, node.passage), node)
        nodes = list(found.values())
        digests = [hash(node.node).to_bytes(8, "big", signed=True) for node in nodes]
        _, first_rows = self._seen.count(digests, [numbers[node.passage] for node in nodes])
        for index, first in first_rows.items():
            node = nodes[index]
            yield Finding(
                "same-code",
                batch.passages[node.passage].place,
                f"The {self._classes[node.cls]} {node.node.partition(':')[2]} stands in"
                f" {place_of(first)} already; both rows speak of the same one.",
            )
