"""The meaning of the Turtle: descriptions in, terms out, and every way in which they can clash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from ontology.description import Description, Descriptions
from ontology.namespaces import GEMBA, ONTOLOGY, OWL, RDFS, SKOS, XSD, namespace_of
from ontology.schema import Attribute, ClassTerm, Concept, Relation, Schema
from ontology.sources import Source

DATATYPES: Mapping[str, str] = {
    "string": "string",
    "normalizedString": "string",
    "anyURI": "string",
    "integer": "integer",
    "int": "integer",
    "long": "integer",
    "nonNegativeInteger": "integer",
    "positiveInteger": "integer",
    "decimal": "decimal",
    "double": "decimal",
    "float": "decimal",
    "boolean": "boolean",
    "date": "date",
    "dateTime": "dateTime",
    "dateTimeStamp": "dateTime",
}
FACETS = ("man", "machine", "material", "method", "environment", "measurement")


class Reading:
    """One pass over the sources; every method raises OntologyError for what it finds wrong."""

    def __init__(self, sources: Sequence[Source], digest: str) -> None:
        self.digest = digest
        self.terms = Descriptions(sources)
        self.names: dict[str, str] = {}  # local name by IRI, of classes, relations, attributes
        self.classes: dict[str, ClassTerm] = {}
        self.asset_classes: dict[str, str] = {}  # concept key by IRI

    def schema(self) -> Schema:
        classes = self._named(f"{OWL}Class", f"{RDFS}Class")
        relations = self._named(f"{OWL}ObjectProperty")
        attributes = self._named(f"{OWL}DatatypeProperty")
        if both := set(relations) & set(attributes):
            term = relations[min(both)]
            raise term.wrong("is both a relation and an attribute; give one another name")
        self.namespaces = {
            namespace_of(term.iri) for terms in (classes, relations) for term in terms.values()
        }
        self.classes = self._read_classes(classes)
        read_relations = self._read_relations(relations)
        read_attributes = {
            name: self._read_attribute(name, term) for name, term in attributes.items()
        }
        concepts = self._read_concepts()
        self._reject_undeclared()
        header = self.terms.get(ONTOLOGY)
        return Schema(
            classes=MappingProxyType(self.classes),
            relations=MappingProxyType(read_relations),
            attributes=MappingProxyType(read_attributes),
            concepts=MappingProxyType(concepts),
            version=(header.text(f"{OWL}versionInfo") if header else None) or "0",
            digest=self.digest,
        )

    def _named(self, *types: str) -> dict[str, Description]:
        """Descriptions of IRIs of these types, by local name, in order of the name."""
        found: dict[str, Description] = {}
        for term in self.terms.of_type(*types):
            other = found.setdefault(term.name, term)
            if other.iri != term.iri:
                raise term.wrong(f"has the same local name as {other.iri}; rename one of them")
            self.names[term.iri] = term.name
        return dict(sorted(found.items()))

    # -- classes ---------------------------------------------------------------------------------

    def _read_classes(self, described: Mapping[str, Description]) -> dict[str, ClassTerm]:
        parents = {
            name: self._known(term, f"{RDFS}subClassOf", described)
            for name, term in described.items()
        }
        ancestors = {name: self._ancestors(name, parents, described) for name in described}
        declared: dict[str, str] = {}  # kind to the class that declared it
        for name in sorted(described, key=lambda n: (len(ancestors[n]), described[n].order)):
            kind = described[name].text(f"{GEMBA}kind")
            if kind is None:
                continue
            for word in ("kind", "identifiedBy"):
                if len(several := described[name].texts(GEMBA + word)) > 1:
                    raise described[name].wrong(
                        f"has several values for gemba:{word} ({', '.join(sorted(several))}); "
                        "keys would no longer fit, so leave one"
                    )
            if not kind.isascii() or not kind.isalnum() or not kind.islower():
                raise described[name].wrong(
                    f"has the kind {kind!r}; a kind is small Latin letters and digits"
                )
            owner = declared.setdefault(kind, name)
            if owner != name and owner not in ancestors[name]:
                raise described[name].wrong(
                    f"declares the kind {kind!r}, which belongs to {owner}; choose another"
                )
        classes: dict[str, ClassTerm] = {}
        for name, term in described.items():
            lineage = [described[n] for n in (name, *ancestors[name])]
            kind = self._inherited(lineage, "kind")
            if kind is None:
                raise term.wrong(
                    "has no kind: give it gemba:kind and gemba:identifiedBy, "
                    "or a parent class that has them"
                )
            rivals = {
                k for p in parents[name] if (k := self._inherited_by(p, ancestors, described))
            }
            if len(rivals) > 1 and term.text(f"{GEMBA}kind") is None:
                raise term.wrong(
                    f"has parents of several kinds ({', '.join(sorted(rivals))}); "
                    "say which with gemba:kind"
                )
            identified = self._inherited(lineage, "identifiedBy")
            if identified not in ("code", "name"):
                raise term.wrong('needs gemba:identifiedBy "code" or "name"')
            facet = self._inherited(lineage, "facet")
            if facet is not None and facet not in FACETS:
                raise term.wrong(f"has the facet {facet!r}; choose one of {', '.join(FACETS)}")
            classes[name] = ClassTerm(
                name=name,
                iri=term.iri,
                words=term.words(),
                parents=parents[name],
                ancestors=ancestors[name],
                module=term.source.module,
                kind=kind,
                identified_by="code" if identified == "code" else "name",
                facet=facet,
                is_event=any(t.flag(f"{GEMBA}isEvent") for t in lineage),
                is_bulk=any(t.flag(f"{GEMBA}isBulk") for t in lineage),
            )
        return classes

    @staticmethod
    def _inherited(lineage: Iterable[Description], name: str) -> str | None:
        return next((v for t in lineage if (v := t.text(GEMBA + name)) is not None), None)

    def _inherited_by(
        self,
        name: str,
        ancestors: Mapping[str, tuple[str, ...]],
        described: Mapping[str, Description],
    ) -> str | None:
        return self._inherited((described[n] for n in (name, *ancestors[name])), "kind")

    def _known(
        self, term: Description, predicate: str, described: Mapping[str, Description]
    ) -> tuple[str, ...]:
        """Local names of the parents; IRIs of vocabularies that are not loaded are left out."""
        names = []
        for iri in term.iris(predicate):
            name = self.names.get(iri, "")
            if name in described:
                names.append(name)
            elif namespace_of(iri) in (GEMBA, namespace_of(term.iri)):
                raise term.wrong(f"has an unknown parent, {iri}; declare it or correct the name")
        return tuple(sorted(set(names)))

    @staticmethod
    def _ancestors(
        name: str,
        parents: Mapping[str, tuple[str, ...]],
        described: Mapping[str, Description],
    ) -> tuple[str, ...]:
        found: dict[str, None] = {}
        level = parents[name]
        while level:
            if name in level:
                raise described[name].wrong("is its own ancestor; break the circle of parents")
            new = [p for p in level if p not in found]
            found.update(dict.fromkeys(new))
            level = tuple(sorted({g for p in new for g in parents[p]}))
        return tuple(found)

    # -- relations and attributes ----------------------------------------------------------------

    def _read_relations(self, described: Mapping[str, Description]) -> dict[str, Relation]:
        parents = {
            name: self._known(term, f"{RDFS}subPropertyOf", described)
            for name, term in described.items()
        }
        relations = {}
        for name, term in described.items():
            lineage = [
                term,
                *(described[n] for n in self._ancestors(name, parents, described)),
            ]
            flow = self._inherited(lineage, "flow")
            if flow not in (None, "upstream", "downstream"):
                raise term.wrong(f'has the flow {flow!r}; say "upstream" or "downstream"')
            relations[name] = Relation(
                name=name,
                iri=term.iri,
                words=term.words(),
                domain=self._classes_of(lineage, "domain"),
                range=self._classes_of(lineage, "range"),
                module=term.source.module,
                parents=parents[name],
                verb=term.by_language(f"{GEMBA}verb"),
                inverse_verb=term.by_language(f"{GEMBA}inverseVerb"),
                flow="upstream"
                if flow == "upstream"
                else "downstream"
                if flow == "downstream"
                else None,
                is_causal=any(t.flag(f"{GEMBA}isCausal") for t in lineage),
                is_functional=term.flag(f"{GEMBA}isFunctional"),
                is_irreflexive=any(f"{OWL}IrreflexiveProperty" in t.types for t in lineage),
            )
        return relations

    def _classes_of(self, lineage: Sequence[Description], side: str) -> tuple[str, ...]:
        """Names of the classes that a relation's domain or range allows; empty: any.

        A relation that says nothing itself takes its nearest parent's.
        """
        for term in lineage:
            stated = term.nodes(f"{RDFS}{side}")
            if len(stated) > 1:
                raise term.wrong(
                    f"has several rdfs:{side}, which OWL reads as all of them at once; "
                    f"join them with owl:unionOf, or add classes with gemba:{side}Includes"
                )
            iris = [iri for node in stated for iri in self.terms.union_members(node, term)]
            if not iris and stated:
                return ()  # owl:Thing and the like
            iris.extend(term.iris(f"{GEMBA}{side}Includes"))
            if iris:
                unknown = [iri for iri in iris if self.names.get(iri) not in self.classes]
                if unknown:
                    raise term.wrong(
                        f"has an unknown class in its {side}, {unknown[0]}; "
                        "declare it or correct the name"
                    )
                return tuple(dict.fromkeys(self.names[iri] for iri in iris))
        return ()

    def _read_attribute(self, name: str, term: Description) -> Attribute:
        ranges = term.iris(f"{RDFS}range") or (f"{XSD}string",)
        datatype = DATATYPES.get(ranges[0].removeprefix(XSD))
        if len(ranges) > 1 or datatype is None:
            raise term.wrong(
                f"has the range {' and '.join(ranges)}; choose one of "
                "xsd:string, integer, decimal, boolean, date, dateTime"
            )
        return Attribute(
            name=name,
            iri=term.iri,
            words=term.words(),
            datatype=datatype,
            domain=self._classes_of([term], "domain"),
            module=term.source.module,
            unit=term.text(f"{GEMBA}unit"),
            is_searchable=term.flag(f"{GEMBA}isSearchable"),
        )

    # -- concepts --------------------------------------------------------------------------------

    def _read_concepts(self) -> dict[str, Concept]:
        described: dict[str, Description] = {}
        cls_of: dict[str, str] = {}
        key_of: dict[str, str] = {}  # by IRI
        for term in self.terms.typed():
            own = sorted({self.names[t] for t in term.types if self.names.get(t) in self.classes})
            if not own:
                continue
            kinds = {self.classes[c].kind for c in own}
            if len(kinds) > 1:
                raise term.wrong(
                    f"is at once {' and '.join(own)}; write one term for each, such as "
                    "mode:Leakage and symptom:Leakage with their own prefixes"
                )
            cls = max(own, key=lambda c: (self.classes[c].depth, c))
            key = f"{self.classes[cls].kind}:{term.name}"
            if key in described:
                raise term.wrong(f"has the key {key}, which {described[key].iri} has already")
            described[key], cls_of[key], key_of[term.iri] = term, cls, key
        broader = {
            key: tuple(self._concept_key(term, iri, key_of) for iri in term.iris(f"{SKOS}broader"))
            for key, term in described.items()
        }
        for key in described:
            self._ancestors(key, broader, described)
        return {
            key: Concept(
                name=term.name,
                iri=term.iri,
                cls=cls_of[key],
                key=key,
                words=term.words(),
                codes=tuple(sorted(term.texts(f"{SKOS}notation"))),
                valid_for=tuple(
                    name
                    if (name := self.names.get(iri)) in self.classes
                    else self._concept_key(term, iri, key_of)
                    for iri in term.iris(f"{GEMBA}validFor")
                ),
                broader=broader[key],
            )
            for key, term in sorted(described.items())
        }

    @staticmethod
    def _concept_key(term: Description, iri: str, key_of: Mapping[str, str]) -> str:
        if iri not in key_of:
            raise term.wrong(f"refers to an unknown concept, {iri}; declare it or correct it")
        return key_of[iri]

    def _reject_undeclared(self) -> None:
        """A described term of our namespaces that no file gives a type is most likely a typo."""
        for term in self.terms.untyped():
            if namespace_of(term.iri) in self.namespaces:
                raise term.wrong(
                    "is described but never declared; correct its name or say what it is, "
                    "such as `a owl:Class`"
                )
