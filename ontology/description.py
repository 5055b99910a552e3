"""What all files together say about each term, with the file that it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from rdflib import Literal, URIRef
from rdflib.term import Node

from ontology.errors import OntologyError
from ontology.namespaces import OWL, RDF, RDFS, SKOS, local_name
from ontology.schema import Words
from ontology.sources import Source, triples_of

_TYPE = f"{RDF}type"
_NIL = f"{RDF}nil"


class Description:
    """One subject with its values by predicate, in the order of the files."""

    __slots__ = ("iri", "node", "order", "source", "values")

    def __init__(self, node: Node, source: Source, order: int) -> None:
        self.node = node
        self.order = order  # shipped terms come before a plant's own
        self.iri = str(node)
        self.source = source  # the first file that gives it a type, else the first of all
        self.values: dict[str, list[Node]] = {}

    @property
    def name(self) -> str:
        """Its local name."""
        return local_name(self.iri)

    @property
    def types(self) -> tuple[str, ...]:
        """IRIs of its types."""
        return self.iris(_TYPE)

    def nodes(self, predicate: str) -> list[Node]:
        """Its values, each once."""
        return list(dict.fromkeys(self.values.get(predicate, ())))

    def iris(self, predicate: str) -> tuple[str, ...]:
        """Its values that are IRIs, in order of the text."""
        return tuple(sorted(str(n) for n in self.nodes(predicate) if isinstance(n, URIRef)))

    def texts(self, predicate: str) -> tuple[str, ...]:
        """Its values that are literals."""
        return tuple(str(n).strip() for n in self.nodes(predicate) if isinstance(n, Literal))

    def text(self, predicate: str) -> str | None:
        """Its one literal value; the last where files differ, None where there is none."""
        found = self.texts(predicate)
        return found[-1] if found else None

    def flag(self, predicate: str) -> bool:
        """Whether the value is true. Anything but true and false is wrong."""
        text = self.text(predicate)
        if text in (None, "false", "0"):
            return False
        if text in ("true", "1"):
            return True
        raise self.wrong(f"has {text!r} for {local_name(predicate)}; say true or false")

    def by_language(self, predicate: str) -> Mapping[str, str]:
        """One text per language, the one read last."""
        return MappingProxyType(
            {lang: texts[-1] for lang, texts in self._languages(predicate).items()}
        )

    def words(self) -> Words:
        """Its labels, alternative labels and definitions. Raises where there is no label."""
        labels = self._languages(f"{RDFS}label", f"{SKOS}prefLabel")
        if not labels:
            raise self.wrong('has no label; give it one, such as rdfs:label "pump"@en , "泵"@zh')
        alt = self._languages(f"{SKOS}altLabel", f"{SKOS}hiddenLabel")
        others = {
            lang: tuple(
                dict.fromkeys(
                    text
                    for text in (*labels.get(lang, ())[:-1], *alt.get(lang, ()))
                    if text != (labels.get(lang) or ("",))[-1]
                )
            )
            for lang in sorted({*labels, *alt})
        }
        return Words(
            label=MappingProxyType({lang: texts[-1] for lang, texts in sorted(labels.items())}),
            alt=MappingProxyType({lang: texts for lang, texts in others.items() if texts}),
            definition=MappingProxyType(
                dict(
                    sorted(
                        {
                            **self.by_language(f"{RDFS}comment"),
                            **self.by_language(f"{SKOS}definition"),
                        }.items()
                    )
                )
            ),
        )

    def _languages(self, *predicates: str) -> dict[str, list[str]]:
        """Texts by primary language tag: `zh-CN` counts as `zh`, no tag as `en`."""
        found: dict[str, list[str]] = {}
        for predicate in predicates:
            for node in self.nodes(predicate):
                if isinstance(node, Literal) and str(node).strip():
                    lang = (node.language or "en").partition("-")[0].lower()
                    found.setdefault(lang, []).append(str(node).strip())
        return found

    def wrong(self, reason: str) -> OntologyError:
        """The error that says what is wrong with this term, and where it stands."""
        return OntologyError(f"{self.source.at(self.iri)}: {self.name} {reason}.", ids=[self.iri])


class Descriptions:
    """All subjects of several files."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._by_node: dict[Node, Description] = {}
        for source in sources:
            for subject, predicate, object_ in triples_of(source):
                term = self._by_node.get(subject)
                if term is None:
                    term = self._by_node[subject] = Description(subject, source, len(self._by_node))
                elif str(predicate) == _TYPE and _TYPE not in term.values:
                    term.source = source
                term.values.setdefault(str(predicate), []).append(object_)

    def get(self, iri: str) -> Description | None:
        """What is said about an IRI."""
        return self._by_node.get(URIRef(iri))

    def at(self, node: Node) -> Description | None:
        """What is said about an IRI or a blank node."""
        return self._by_node.get(node)

    def __iter__(self) -> Iterator[Description]:
        return iter(self._by_node.values())

    def typed(self) -> Iterator[Description]:
        """Subjects that are IRIs and have a type."""
        return (t for t in self if _TYPE in t.values and isinstance(t.node, URIRef))

    def untyped(self) -> Iterator[Description]:
        """Subjects that are IRIs and have no type in any file."""
        return (t for t in self if _TYPE not in t.values and isinstance(t.node, URIRef))

    def of_type(self, *types: str) -> Iterator[Description]:
        """Subjects that are IRIs and of one of these types."""
        return (t for t in self.typed() if not set(types).isdisjoint(t.types))

    def union_members(self, node: Node, owner: Description) -> list[str]:
        """The class IRIs that a domain or range stands for; empty for owl:Thing."""
        if isinstance(node, URIRef):
            return [] if str(node) in (f"{OWL}Thing", f"{RDFS}Resource") else [str(node)]
        union = self._by_node.get(node)
        members = union.values.get(f"{OWL}unionOf", []) if union else []
        if not members:
            raise owner.wrong(
                "has a domain or range that is neither a class nor an owl:unionOf of classes"
            )
        return [
            iri for item in self.items(members[0], owner) for iri in self.union_members(item, owner)
        ]

    def items(self, head: Node, owner: Description) -> list[Node]:
        """The members of an RDF list."""
        found: list[Node] = []
        seen: set[Node] = set()
        while str(head) != _NIL:
            cell = self._by_node.get(head)
            if cell is None or head in seen or not cell.values.get(f"{RDF}first"):
                raise owner.wrong("holds a list that is not closed")
            seen.add(head)
            found.append(cell.values[f"{RDF}first"][0])
            head = cell.values.get(f"{RDF}rest", [URIRef(_NIL)])[0]
        return found
