"""The reference page as Markdown: English and Chinese side by side, for repositories and wikis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ontology.page import EXAMPLE, PageWords, Term, alignments_by_standard
from ontology.reference import Reference
from ontology.schema import Attribute, ClassTerm, Concept, Relation


def markdown_page(reference: Reference) -> str:
    """The whole page."""
    return "\n".join(_Markdown(reference).lines()) + "\n"


class _Markdown:
    def __init__(self, reference: Reference) -> None:
        self.ref = reference
        self.schema = reference.schema
        self.words = PageWords(reference)

    def lines(self) -> Iterator[str]:
        counts = self.schema
        yield "# Gemba ontology · Gemba 本体"
        yield ""
        yield (
            f"Version {counts.version}: {len(counts.classes)} classes, "
            f"{len(counts.relations)} relations, {len(counts.attributes)} attributes, "
            f"{len(counts.concepts)} concepts, {len(self.ref.rules)} rules."
        )
        yield ""
        yield "## Classes · 类"
        yield ""
        for root in self.ref.roots:
            yield from self._tree(root, 0)
        for module in self.ref.modules:
            members = [c for c in self.schema.classes.values() if c.module == module]
            if members:
                label = " · ".join(self.words.module(module, lang) for lang in ("en", "zh"))
                yield from ("", f"### {label}")
            for cls in members:
                yield from self._class(cls)
        yield from ("", "## Relations · 关系")
        for relation in self.schema.relations.values():
            yield from self._relation(relation)
        yield from ("", "## Attributes · 属性", "")
        yield "| Attribute | 属性 | Name | Type | Of | Meaning · 含义 |"
        yield "| --- | --- | --- | --- | --- | --- |"
        yield from (self._attribute(a) for a in self.schema.attributes.values())
        yield from ("", "## Concepts · 概念")
        for name in self.ref.concepts_by_class:
            yield from ("", f"### {self._labels(self.schema.classes[name])}", "")
            for concept in self.ref.top_concepts(name):
                yield from self._concept(concept, 0)
        yield from ("", "## Rules · 规则", "")
        yield "| Rule | SHACL | If broken | Message · 说明 |"
        yield "| --- | --- | --- | --- |"
        for rule in self.ref.rules:
            outcome = "refused" if rule.severity == "violation" else "remarked"
            asks = _code(f"{rule.path or ''} {', '.join(rule.asks)}".strip())
            message = " ".join(dict.fromkeys(self.words.message(rule, x) for x in ("en", "zh")))
            yield f"| {rule.name} | {asks} | {outcome} | {_cell(message)} |"
        yield from ("", "## Alignments · 标准对应")
        for standard, rows in alignments_by_standard(self.ref).items():
            yield from ("", f"### {self.words.standard(standard)}", "")
            for term, likeness in rows:
                yield f"- {term.name} {likeness.relation} <{likeness.iri}>"
        yield from ("", "## Your own terms · 添加自己的术语", "", "```turtle")
        yield EXAMPLE.rstrip()
        yield "```"

    def _tree(self, cls: ClassTerm, depth: int) -> Iterator[str]:
        yield f"{'  ' * depth}- {self._labels(cls)} `{cls.name}`"
        for child in self.ref.children(cls.name):
            yield from self._tree(child, depth + 1)

    def _class(self, cls: ClassTerm) -> Iterator[str]:
        yield from ("", f"#### {self._labels(cls)} `{cls.name}`", "")
        yield from self._meaning(cls)
        carries = "code" if cls.identified_by == "code" else "name"
        yield f"- key: `{cls.kind}:` and its {carries}"
        for title, names in (
            ("is a", cls.parents),
            ("subject of", [r.name for r in self.ref.said_of(cls.name)]),
            ("object of", [r.name for r in self.ref.said_to(cls.name)]),
            ("attributes", [a.name for a in self.ref.attributes_of(cls.name)]),
        ):
            if names:
                yield f"- {title}: {', '.join(names)}"

    def _relation(self, relation: Relation) -> Iterator[str]:
        yield from ("", f"### {self._labels(relation)} `{relation.name}`", "")
        yield from self._meaning(relation)
        yield f"- subject: {_any(relation.domain)}; object: {_any(relation.range)}"
        yield (
            f"- {self.words.sentence(relation, 'en')} · {self.words.sentence(relation, 'zh')} · "
            f"`{relation.type_name}`"
        )

    def _attribute(self, attribute: Attribute) -> str:
        unit = f" ({attribute.unit})" if attribute.unit else ""
        meaning = " ".join(attribute.words.definition.get(lang, "") for lang in ("en", "zh"))
        labels = " | ".join(_cell(attribute.words.label.get(lang, "")) for lang in ("en", "zh"))
        return (
            f"| {labels} | `{attribute.name}` | {attribute.datatype}{unit} | "
            f"{_any(attribute.domain)} | {_cell(meaning)} |"
        )

    def _concept(self, concept: Concept, depth: int) -> Iterator[str]:
        codes = f" ({', '.join(concept.codes)})" if concept.codes else ""
        others = [word for words in concept.words.alt.values() for word in words]
        also = f": {', '.join(others)}" if others else ""
        yield f"{'  ' * depth}- **{self._labels(concept)}** `{concept.key}`{codes}{also}"
        for narrower in self.ref.narrower(concept.key):
            if narrower.broader[0] == concept.key:
                yield from self._concept(narrower, depth + 1)

    def _meaning(self, term: Term) -> Iterator[str]:
        yield " ".join(term.words.definition.get(lang, "") for lang in ("en", "zh")).strip()
        yield ""
        others = [word for words in term.words.alt.values() for word in words]
        if others:
            yield f"- also: {', '.join(others)}"

    @staticmethod
    def _labels(term: Term) -> str:
        return " · ".join(dict.fromkeys(term.words.label.values()))


def _any(names: Sequence[str]) -> str:
    return ", ".join(names) or "anything"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _code(text: str) -> str:
    return f"`{_cell(text)}`"
