"""The gate in front of the store: what the ontology's shapes forbid does not get in.

A table row is one thing said at once: if any of its claims breaks a shape, the whole row is
refused, so that no half of it is written. A sentence makes candidates one by one: only the
claim that breaks a shape is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from kg.model.claims import Batch, Finding, Rejection, Value
from kg.model.graph import Status
from kg.model.keys import StatementKey
from kg.store.protocol import Store
from ontology import Gate, Violation
from ontology.qualifying import Told, contradict
from ontology.schema import Schema

_TRIPLE = itemgetter(0, 1, 2)  # subject, predicate and object of a claim
_ROW_EXTRACTOR = "table"  # extractors of rows are called `table:…`


@dataclass(frozen=True, slots=True)
class Gated:
    """What passed, and what was refused or only noticed."""

    batch: Batch
    rejections: list[Rejection]
    findings: list[Finding]
    refused_claims: int


class BatchGate:
    """Applies the ontology's gate to batches, asking the store what they only refer to."""

    def __init__(self, gate: Gate, schema: Schema, store: Store) -> None:
        self._gate = gate
        self._schema = schema
        self._store = store

    def apply(self, batch: Batch, document: str, recipe: str = "") -> Gated:
        """Split `batch` into what may be stored and what may not."""
        nodes = self._merged_nodes(batch)
        triples = list(map(_TRIPLE, batch.claims))
        implied = self._schema.class_of_key

        violations = self._gate.check(
            nodes,
            triples,
            lambda key: nodes[key][0] if key in nodes else implied(key),
            self._existing,
        )
        if any(v.severity == "violation" for v in violations):
            # The key alone implies only a general class; the store may know a more special one.
            mentioned = {key for s, _, o in triples for key in (s, o)} - nodes.keys()
            known = {key: node.cls for key, node in self._store.get_nodes(mentioned).items()}
            violations = self._gate.check(
                nodes,
                triples,
                lambda key: nodes[key][0] if key in nodes else known.get(key, implied(key)),
                self._existing,
            )
        single = self._check_claims(batch, nodes, document)
        if not violations and not single:
            return Gated(batch, [], [], 0)
        return self._split(batch, violations, single, document, recipe)

    def _check_claims(
        self, batch: Batch, nodes: Mapping[str, tuple[str, object]], document: str
    ) -> list[tuple[int, Violation]]:
        """What is wrong with single claims, by their place in the batch."""
        rules = self._gate.qualifying
        functional = rules.one_at_a_time
        told = [
            Told(i, (c[0], c[1], c[2]), c[3], c[9], c[10], c[11])
            for i, c in enumerate(batch.claims)
            if c[1] in functional or (c[11] and not rules.is_plain(c[11]))
        ]
        if not told:
            return []

        def class_of(key: str) -> str:
            return nodes[key][0] if key in nodes else self._schema.class_of_key(key)

        found = list(rules.check_properties(told, class_of))
        found.extend(rules.check_single(told, class_of))
        lasting = [
            one for one in told if one.triple[1] in functional and self._lasts(class_of, one)
        ]
        if lasting:
            found.extend(self._check_against_store(lasting, class_of, document))
        return found

    def _lasts(self, class_of: Callable[[str], str], told: Told) -> bool:
        """Whether the subject is one of the things that many documents speak of."""
        term = self._schema.classes.get(class_of(told.triple[0]))
        return term is not None and not (term.is_event or term.is_bulk)

    def _check_against_store(
        self, told: Sequence[Told], class_of: Callable[[str], str], document: str
    ) -> Iterator[tuple[int, Violation]]:
        """What other documents say otherwise of relations that hold one thing at a time."""
        rules = self._gate.qualifying
        said = {one.triple[:2] for one in told}
        held: dict[tuple[str, str], list[Told]] = {}
        for s in self._store.expand(
            sorted({subject for subject, _ in said}), sorted({name for _, name in said})
        ):
            if s.status is not Status.REJECTED:
                triple = (s.subject, s.predicate, s.object)
                held.setdefault(triple[:2], []).append(
                    Told(0, triple, 0, s.valid_from, s.valid_to, None)
                )
        for one in told:
            for other in held.get(one.triple[:2], ()):
                if not contradict(one, other, class_of):
                    continue
                key = StatementKey(*other.triple)
                evidence = self._store.evidence_of([key]).get(key, [])
                if any(piece.document != document for piece in evidence):
                    yield (
                        one.number,
                        rules.two_at_a_time(one.triple, other.triple[2], "warning", class_of),
                    )
                    break

    def _merged_nodes(self, batch: Batch) -> dict[str, tuple[str, Mapping[str, Value]]]:
        merged: dict[str, tuple[str, Mapping[str, Value]]] = {}
        classes = self._schema.classes
        for node in batch.nodes:
            held = merged.get(node.node)
            if held is None:
                merged[node.node] = (node.cls, node.props)
                continue
            cls, props = held
            if (
                node.cls in classes
                and cls in classes
                and classes[node.cls].depth > classes[cls].depth
            ):
                cls = node.cls
            merged[node.node] = (cls, {**node.props, **props})
        return merged

    def _existing(self, keys: Collection[str]) -> Collection[str]:
        return self._store.get_nodes(keys).keys()

    def _split(
        self,
        batch: Batch,
        violations: list[Violation],
        single: list[tuple[int, Violation]],
        document: str,
        recipe: str,
    ) -> Gated:
        by_statement: dict[StatementKey, list[int]] = {}
        for index, claim in enumerate(batch.claims):
            key = StatementKey(claim.subject, claim.predicate, claim.object)
            by_statement.setdefault(key, []).append(index)
        by_node: dict[str, list[int]] = {}
        for index, node in enumerate(batch.nodes):
            by_node.setdefault(node.node, []).append(index)

        bad_rows: dict[int, Violation] = {}
        bad_claims: dict[int, Violation] = {}
        bad_nodes: dict[int, Violation] = {}
        findings: list[Finding] = []
        for violation in violations:
            claims = (
                by_statement.get(StatementKey(*violation.statement), [])
                if violation.statement
                else []
            )
            nodes = [] if claims else by_node.get(violation.focus, [])
            if not claims and not nodes:
                claims = [i for k, ids in by_statement.items() if violation.focus in k for i in ids]
            passages = [batch.claims[i].passage for i in claims]
            passages += [batch.nodes[i].passage for i in nodes]
            if violation.severity != "violation":
                place = batch.passages[passages[0]].place if passages else ""
                findings.append(Finding(violation.code, place, violation.message["en"]))
                continue
            for i in claims:
                target = bad_rows if batch.claims[i].extractor.startswith(_ROW_EXTRACTOR) else None
                if target is None:
                    bad_claims.setdefault(i, violation)
                else:
                    target.setdefault(batch.claims[i].passage, violation)
            for i in nodes:
                if batch.nodes[i].extractor.startswith(_ROW_EXTRACTOR):
                    bad_rows.setdefault(batch.nodes[i].passage, violation)
                else:
                    bad_nodes.setdefault(i, violation)

        for i, violation in single:
            claim = batch.claims[i]
            if violation.severity != "violation":
                place = batch.passages[claim.passage].place
                findings.append(Finding(violation.code, place, violation.message["en"]))
            elif claim.extractor.startswith(_ROW_EXTRACTOR):
                bad_rows.setdefault(claim.passage, violation)
            else:
                bad_claims.setdefault(i, violation)

        kept_claims = [
            claim
            for i, claim in enumerate(batch.claims)
            if claim.passage not in bad_rows and i not in bad_claims
        ]
        kept_nodes = [
            node
            for i, node in enumerate(batch.nodes)
            if node.passage not in bad_rows and i not in bad_nodes
        ]
        rejections = [
            Rejection(
                document,
                batch.passages[p].place,
                v.message["en"],
                v.code,
                {"text": batch.passages[p].text},
                recipe,
            )
            for p, v in bad_rows.items()
        ]
        rejections += [
            Rejection(
                document,
                batch.passages[batch.claims[i].passage].place,
                v.message["en"],
                v.code,
                {"statement": StatementKey(*batch.claims[i][:3]).id},
                recipe,
            )
            for i, v in bad_claims.items()
            if batch.claims[i].passage not in bad_rows
        ]
        refused = len(batch.claims) - len(kept_claims) + len(batch.nodes) - len(kept_nodes)
        return Gated(Batch(batch.passages, kept_nodes, kept_claims), rejections, findings, refused)
