"""Rules that follow from the terms alone: what classes, relations and attributes may say.

Verdicts depend only on names and classes, never on the things themselves, so each is worked out
once and remembered; a batch of ordinary statements costs one dictionary look-up for each.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import eq

from ontology.batches import NodeClaims, Value
from ontology.constraints import Severity
from ontology.schema import Schema
from ontology.values import has_datatype
from ontology.violation import Triple, Violation
from ontology.wording import LANGUAGES, Wording, join_zh

_MANY = 100_000  # remembered verdicts; hostile input must not fill memory


class Sayable:
    """Checks nodes and statements against the terms of one schema. Safe to share by threads."""

    def __init__(self, schema: Schema, wording: Wording) -> None:
        self._schema = schema
        self._wording = wording
        self._node_verdicts: dict[tuple[str, str], str | None] = {}
        self._statement_verdicts: dict[tuple[str, str | None, str | None], str | None] = {}
        self._irreflexive = frozenset(r.name for r in schema.relations.values() if r.is_irreflexive)
        self._attributes = {
            name: (_checker(a.datatype), self._allowed(a.domain))
            for name, a in schema.attributes.items()
        }

    # -- nodes -----------------------------------------------------------------------------------

    def check_nodes(self, nodes: NodeClaims) -> Iterator[Violation]:
        """Classes that do not exist or do not suit the key, and values of the wrong type."""
        verdicts = self._node_verdicts
        attributes = self._attributes
        undeclared: set[str] = set()
        for key, (cls, props) in nodes.items():
            kind, colon, identity = key.partition(":")
            pair = (kind, cls)
            try:
                code = verdicts[pair]
            except KeyError:
                if len(verdicts) > _MANY:
                    verdicts.clear()
                code = verdicts[pair] = self._node_verdict(kind, cls)
            if code is not None or not identity or not colon:
                yield self._node_violation(key, cls, code or "no-identity")
            for name, value in props.items():
                rule = attributes.get(name)
                if rule is None:
                    if name not in undeclared:
                        undeclared.add(name)  # one word about each attribute, not each node
                        yield self._undeclared(key, cls, name)
                    continue
                check, domain = rule
                if not check(value):
                    yield self._wrong_value(key, cls, name, value)
                if domain is not None and cls not in domain:
                    yield self._wrong_owner(key, cls, name)

    def _node_verdict(self, kind: str, cls: str) -> str | None:
        schema = self._schema
        if cls not in schema.classes:
            return "unknown-class"
        implied = schema.class_of_kind.get(kind)
        if implied is None:
            return "unknown-kind"
        if not (schema.is_a(cls, implied) or schema.is_a(implied, cls)):
            return "class-of-key"
        return None

    def _node_violation(self, key: str, cls: str, code: str) -> Violation:
        kind = key.partition(":")[0]
        if code == "unknown-class":
            near = _nearest(cls, self._schema.classes)
            en = f'"{key}" is said to be a "{cls}", a class that the ontology does not have'
            zh = f"“{key}”的类为“{cls}”，本体中没有这个类"
        elif code == "unknown-kind":
            near = _nearest(kind, self._schema.class_of_kind)
            en = f'"{key}" has the kind "{kind}", which no class of the ontology declares'
            zh = f"“{key}”的类别前缀“{kind}”未在本体中声明"
        elif code == "no-identity":
            near = ()
            en = f'"{key}" has no code or name after its kind'
            zh = f"“{key}”在类别前缀之后没有编码或名称"
        else:
            near = ()
            implied = self._schema.class_of_kind[kind]
            en = (
                f'"{key}" is said to be {self._wording.a_class(cls, "en")}, but its key is that '
                f"of {self._wording.a_class(implied, 'en')}"
            )
            zh = (
                f"“{key}”的类为{self._wording.a_class(cls, 'zh')}，"
                f"但其键属于{self._wording.a_class(implied, 'zh')}"
            )
        return Violation(
            key, None, None, "violation", _hinted({"en": en, "zh": zh}, near), code, code
        )

    def _undeclared(self, key: str, cls: str, name: str) -> Violation:
        near = _nearest(name, self._schema.attributes)
        message = {
            "en": f'{self._thing(key, cls, "en")} has the attribute "{name}", '
            "which the ontology does not declare",
            "zh": join_zh(self._thing(key, cls, "zh"), f"的属性“{name}”未在本体中声明"),
        }
        return Violation(
            key, None, name, "warning", _hinted(message, near), name, "unknown-attribute"
        )

    def _wrong_value(self, key: str, cls: str, name: str, value: Value) -> Violation:
        datatype = self._schema.attributes[name].datatype
        message = {}
        for lang in LANGUAGES:
            shown = f"“{value}”" if lang == "zh" else f'"{value}"'
            shown = shown if isinstance(value, str) else str(value)
            rule = self._wording.not_of_datatype(shown, datatype, lang)
            prop = self._wording.property(name, lang)
            thing = self._thing(key, cls, lang)
            message[lang] = (
                f"{thing}：{prop}{rule}。" if lang == "zh" else f"{thing}: {prop} {rule}."
            )
        return Violation(key, None, name, "violation", message, name, f"datatype:{name}")

    def _wrong_owner(self, key: str, cls: str, name: str) -> Violation:
        domain = self._schema.attributes[name].domain
        w = self._wording
        message = {
            "en": f"{self._thing(key, cls, 'en')} has {w.property(name, 'en')}, which belongs to "
            f"{w.any_class(domain, 'en')}.",
            "zh": join_zh(
                self._thing(key, cls, "zh"),
                f"带有“{w.property(name, 'zh')}”，该属性只用于{w.any_class(domain, 'zh')}。",
            ),
        }
        return Violation(key, None, name, "warning", message, name, f"owner:{name}")

    # -- statements ------------------------------------------------------------------------------

    def check_statements(
        self, triples: Sequence[Triple], classes: Mapping[str, str | None]
    ) -> Iterator[Violation]:
        """Relations that do not exist, and subjects and objects of the wrong class.

        `classes[key]` gives the class of any key.
        """
        if not triples:
            return
        class_of = classes.__getitem__
        subjects, predicates, objects = zip(*triples, strict=True)
        sorts = list(zip(predicates, map(class_of, subjects), map(class_of, objects), strict=True))
        verdicts = {sort: self._verdict_of(sort) for sort in set(sorts)}
        if not any(verdicts.values()) and not any(map(eq, subjects, objects)):
            return
        irreflexive = self._irreflexive
        for triple, sort in zip(triples, sorts, strict=True):
            subject, predicate, object_ = triple
            code = verdicts[sort]
            if code is not None:
                yield from self._statement_violations(triple, sort[1], sort[2], code)
            elif subject == object_ and predicate in irreflexive:
                yield self._reflexive(triple, sort[1])

    def _verdict_of(self, sort: tuple[str, str | None, str | None]) -> str | None:
        """What is wrong with statements of a relation between two classes, remembered."""
        verdicts = self._statement_verdicts
        try:
            return verdicts[sort]
        except KeyError:
            if len(verdicts) > _MANY:
                verdicts.clear()
            code = verdicts[sort] = self._statement_verdict(*sort)
            return code

    def _statement_verdict(
        self, predicate: str, subject_class: str | None, object_class: str | None
    ) -> str | None:
        relation = self._schema.relations.get(predicate)
        if relation is None:
            return "unknown-relation"
        wrong = []
        for side, cls, allowed in (
            ("subject", subject_class, self._allowed(relation.domain)),
            ("object", object_class, self._allowed(relation.range)),
        ):
            if allowed is not None and cls not in allowed:
                wrong.append(side)
        return "+".join(wrong) or None

    def _statement_violations(
        self, triple: Triple, subject_class: str | None, object_class: str | None, code: str
    ) -> Iterator[Violation]:
        name = triple[1]
        said = {
            lang: self._wording.statement(triple, (subject_class, object_class), lang)
            for lang in LANGUAGES
        }
        if code == "unknown-relation":
            message = {
                "en": f'{said["en"]}: the ontology has no relation "{name}"',
                "zh": f"{said['zh']}：本体中没有关系“{name}”",
            }
            near = _nearest(name, self._schema.relations)
            yield Violation(
                triple[0], triple, name, "violation", _hinted(message, near), code, code
            )
            return
        relation = self._schema.relations[name]
        w = self._wording
        for side in code.split("+"):
            names, cls = (
                (relation.domain, subject_class)
                if side == "subject"
                else (relation.range, object_class)
            )
            en_cls = (
                w.a_class(cls, "en") if cls and cls in self._schema.classes else "something unknown"
            )
            zh_cls = w.a_class(cls, "zh") if cls and cls in self._schema.classes else "未知事物"
            role = "主体" if side == "subject" else "客体"
            message = {
                "en": f'{said["en"]}: the {side} of "{w.property(name, "en")}" must be '
                f"{w.any_class(names, 'en')}, not {en_cls}.",
                "zh": f"{said['zh']}：“{w.property(name, 'zh')}”的{role}应为"
                f"{w.any_class(names, 'zh')}，而不是{zh_cls}。",
            }
            yield Violation(
                triple[0], triple, name, "violation", message, f"{name}-{side}", f"{side}:{name}"
            )

    def _reflexive(self, triple: Triple, cls: str | None) -> Violation:
        said = {lang: self._wording.statement(triple, (cls, cls), lang) for lang in LANGUAGES}
        message = {
            "en": f"{said['en']}: nothing can stand in this relation to itself.",
            "zh": f"{said['zh']}：事物与自身不能有此关系。",
        }
        severity: Severity = "violation"
        name = triple[1]
        return Violation(triple[0], triple, name, severity, message, f"{name}-self", f"self:{name}")

    def _allowed(self, names: Sequence[str]) -> frozenset[str] | None:
        """All classes that a domain or range takes; None: any."""
        if not names:
            return None
        return frozenset[str]().union(*(self._schema.descendants(name) for name in names))

    def _thing(self, key: str, cls: str, lang: str) -> str:
        return self._wording.thing(key, cls, lang, start=True)


def _checker(datatype: str) -> Callable[[Value], bool]:
    """Whether a value, or each item of a list, is of the datatype."""

    def check(value: Value) -> bool:
        if isinstance(value, (list, tuple)):
            return all(has_datatype(item, datatype) for item in value)
        return has_datatype(value, datatype)

    if datatype == "string":  # by far the most frequent
        return lambda value: type(value) is str or check(value)
    return check


def _nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    return tuple(difflib.get_close_matches(name, list(known), n=2, cutoff=0.75))


def _hinted(message: Mapping[str, str], near: Sequence[str]) -> Mapping[str, str]:
    """Sentences, closed, with the nearest known names."""
    if not near:
        return {"en": message["en"] + ".", "zh": message["zh"] + "。"}
    return {
        "en": f"{message['en']}; did you mean {' or '.join(near)}?",
        "zh": f"{message['zh']}；是否指 {' 或 '.join(near)}？",
    }
