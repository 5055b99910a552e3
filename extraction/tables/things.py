"""Things: the nodes that a row speaks of, their keys and what the row says about them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from extraction.tables.columns import Issue
from extraction.tables.conditions import Condition, compile_condition
from extraction.tables.moments import Moment
from extraction.tables.names import Names
from extraction.tables.properties import Property, compile_properties
from extraction.tables.specification import ClassChoice, ThingSpec
from extraction.tables.splitting import Items
from extraction.tables.templates import TextOf, columns_in, compile_template
from extraction.tables.terms import Quoted, Terms
from kg.model.claims import NO_PROPS, NodeClaim, Value
from kg.model.instants import Instant
from kg.model.keys import normal_code, normal_name
from ontology.schema import Schema

_MENTION = 0.8  # how surely a name that a row merely mentions is what the thing is called
_OTHER_NAME = 0.9  # of the confidence of the main name
_new = tuple.__new__  # named tuples without the call of their own constructor
_REMEMBERED = 100_000  # node claims per thing that are not repeated within a document

Validity = tuple[Instant | None, Instant | None]
ALWAYS: Validity = (None, None)


class Found(NamedTuple):
    """A thing in one row: its keys with the values and quotes that belong to each."""

    keys: Sequence[str]
    views: Sequence[Sequence[Any]]  # the row's values as seen by each key
    spans: Sequence[tuple[int, int] | None]  # of the item within its cell; None: all of it
    is_list: bool


class _Identity(NamedTuple):
    cls: str
    key: Callable[[str], str]  # from code or name
    template: TextOf
    is_named: bool
    confidence: float
    is_special: bool  # the key alone does not tell the class
    is_repeated: bool  # claims about it may be left out where they repeat


class Thing:
    """One thing of a mapping, compiled for one table."""

    def __init__(
        self,
        name: str,
        spec: ThingSpec,
        terms: Terms,
    ) -> None:
        slot_of, schema, multiple = terms.slot_of, terms.schema, terms.multiple
        self.name = name
        self.spec = spec
        self.if_missing = spec.if_missing
        self.when: Condition | None = (
            compile_condition(spec.when, slot_of) if spec.when is not None else None
        )
        self._fixed_key = concept_key(spec, schema)
        self._choose: tuple[int, Mapping[str, str], str | None] | None = None
        self._identities: dict[str, _Identity] = {}
        self._chosen: dict[str, _Identity] = {}  # by the value that tells the class
        if isinstance(spec.class_, ClassChoice):
            choice = spec.class_
            forms = {_form(k): v for k, v in choice.map.items()}
            self._choose = (slot_of(choice.column), forms, choice.default)
            names = {*choice.map.values(), *([choice.default] if choice.default else [])}
        else:
            names = {spec.class_}
        for cls in names:
            self._identities[cls] = _identity(cls, spec, terms)
        self._only = self._identities[spec.class_] if isinstance(spec.class_, str) else None

        templates = [t for t in (spec.code, spec.name) if t]
        used = {c for t in templates for c in columns_in(t)}
        self._lists = tuple(slot for column, slot in multiple.items() if column in used)
        self._all_lists = tuple(multiple.values())
        self._name = compile_template(spec.name, slot_of) if spec.name else None
        self._others = tuple(compile_template(t, slot_of) for t in spec.other_names)
        self._properties: tuple[Property, ...] = compile_properties(spec.properties, terms)
        self._at = slot_of(spec.at) if spec.at else None
        self._from = slot_of(spec.from_) if spec.from_ else None
        self._to = slot_of(spec.to) if spec.to else None
        self.has_time = bool(spec.at or spec.from_ or spec.to)
        self.speaks = self._fixed_key is None and (
            bool(spec.name or spec.properties or spec.other_names)
            or any(identity.is_special for identity in self._identities.values())
        )
        # Where a thing is one column's value and nothing else: the slot and the way to its key.
        self.bare_slot = -1
        if self._only is not None and not (self._fixed_key or spec.when or spec.number_repeats):
            template = (spec.name or spec.code) if self._only.is_named else (spec.code or spec.name)
            bare = re.fullmatch(r"\{([^{}|]+)\}", template or "")
            self.bare_slot = slot_of(bare[1].strip()) if bare else -1
        self.make_key = self._only.key if self._only is not None else None
        self._said = terms.said
        self._numbers: dict[bytes, int] = {}

    def find(self, values: list[Any], issues: list[Issue]) -> str | Found | None:
        """The thing's key in a row, or several; None where the row has none."""
        if self.when is not None and not self.when(values):
            return None
        if self._fixed_key is not None:
            return self._fixed_key
        identity = self._only or self._identity_of(values, issues)
        if identity is None:
            return None
        for slot in self._lists:
            if values[slot].__class__ is Items:
                return self._find_several(values, identity, issues)
        text = identity.template(values)
        if text is None:
            return None
        key = identity.key(text)
        return self._numbered(key) if self.spec.number_repeats else key

    def _find_several(
        self, values: list[Any], identity: _Identity, issues: list[Issue]
    ) -> Found | None:
        lists = [v for s in self._lists if (v := values[s]).__class__ is Items]
        count = max(len(v.values) for v in lists)
        if any(len(v.values) not in (1, count) for v in lists):
            issues.append(
                Issue(
                    "uneven-lists",
                    f"The lists that make up {self.name} have different lengths; those items that"
                    " have no partner are left out.",
                    "report",
                )
            )
        carrier = next(v for v in lists if len(v.values) == count)
        keys: list[str] = []
        views: list[Sequence[Any]] = []
        spans: list[tuple[int, int] | None] = []
        for index in range(count):
            view = list(values)
            for slot in self._all_lists:
                held = values[slot]
                if held.__class__ is Items:
                    size = len(held.values)
                    if size == count:
                        view[slot] = held.values[index]
                    else:
                        view[slot] = held.values[0] if size == 1 else None
            text = identity.template(view)
            if text is None:
                continue
            keys.append(identity.key(text))
            views.append(view)
            spans.append(carrier.spans[index])
        return Found(keys, views, spans, is_list=True) if keys else None

    def _identity_of(self, values: Sequence[Any], issues: list[Issue]) -> _Identity | None:
        assert self._choose is not None
        slot, classes, default = self._choose
        value = values[slot]
        if value.__class__ is str and value in self._chosen:
            return self._chosen[value]
        cls = classes.get(_form(str(value))) if value is not None else None
        if cls is None:
            if value is not None and default is None:
                issues.append(
                    Issue("unknown-class", f"{value!r} tells no class of {self.name}.", "report")
                )
            cls = default
        elif len(self._chosen) < _REMEMBERED:
            self._chosen[value] = self._identities[cls]
        return self._identities[cls] if cls else None

    def _numbered(self, key: str) -> str:
        digest = _short(key)
        count = self._numbers.get(digest, 0) + 1
        self._numbers[digest] = count
        return key if count == 1 else f"{key}-{count}"

    def validity(self, values: Sequence[Any], issues: list[Issue]) -> Validity:
        """From when to when the thing was going on, by the row's own times."""
        at: Moment | None = values[self._at] if self._at is not None else None
        start: Moment | None = values[self._from] if self._from is not None else None
        end: Moment | None = values[self._to] if self._to is not None else None
        return bounds(at, start, end, self.name, issues)

    def describe(
        self, key: str, values: Sequence[Any], quoted: Quoted, nodes: list[NodeClaim]
    ) -> None:
        """Add what the row says about the node `key`, unless it was said before."""
        identity = self._only or self._identity_of(values, [])
        if identity is None:
            return
        name: str | None = None
        others: tuple[str, ...] = ()
        confidence = identity.confidence
        if self._name is not None:
            name = self._name(values)
            if name.__class__ is Names:
                others = name.others
            if identity.is_repeated and not self._properties and not self._others:
                # Most things are only named, again and again.
                token = hash((key, name, others, confidence, ""))
                if token in self._said:
                    return
        props: dict[str, Value] = {}
        for attribute, read in self._properties:
            value = read(values)
            if value is not None and value != "":
                props[attribute] = value
        if not (name or props or identity.is_special):
            return
        if self._others:
            others += tuple(text for fill in self._others if (text := fill(values)))
        if identity.is_repeated:
            said = hash((key, name, others, confidence, repr(props) if props else ""))
            if said in self._said:
                return
            if len(self._said) >= _REMEMBERED:
                self._said.clear()
            self._said.add(said)
        passage, extractor = quoted.passage, quoted.extractor
        nodes.append(
            _new(
                NodeClaim,
                (key, identity.cls, passage, name, props or NO_PROPS, confidence, extractor),
            )
        )
        if others:
            less = confidence * _OTHER_NAME
            nodes.extend(
                NodeClaim(key, identity.cls, passage, other, NO_PROPS, less, extractor)
                for other in others
                if other and other != name
            )


def bounds(
    at: Moment | None,
    start: Moment | None,
    end: Moment | None,
    name: str,
    issues: list[Issue],
) -> Validity:
    """The half-open interval that the times of a row make; an instant has no length.

    A stated day lasts until the next midnight. What has no end yet is open; what has only an end
    is known at that end.
    """
    start = start or at
    if start is None:
        return (end.instant, end.until) if end is not None else ALWAYS
    if at is not None and end is None:
        return start.instant, start.until
    if end is None:
        return start.instant, None
    if end.until < start.instant:
        issues.append(
            Issue(
                "end-before-start",
                f"The {name} ends ({end.local}) before it begins ({start.local}).",
                "report",
            )
        )
        return start.instant, start.until
    return start.instant, max(end.until, start.instant)


def _identity(cls: str, spec: ThingSpec, terms: Terms) -> _Identity:
    schema, base = terms.schema, terms.spec.confidence
    term = schema.classes[cls]
    is_named = term.identified_by == "name"
    template = (spec.name or spec.code) if is_named else (spec.code or spec.name)
    return _Identity(
        cls=cls,
        key=_make_key(f"{term.kind}:", is_named=is_named, keep=not term.is_bulk),
        template=compile_template(template or "", terms.slot_of),
        is_named=is_named,
        confidence=spec.confidence or base * (_MENTION if is_named else 1.0),
        is_special=schema.class_of_kind.get(term.kind) != cls,
        is_repeated=not (term.is_event or term.is_bulk),
    )


def _make_key(prefix: str, *, is_named: bool, keep: bool) -> Callable[[str], str]:
    """`code_key` or `name_key` of one kind, quick for plain codes and for those that repeat."""
    normal = normal_name if is_named else normal_code
    held: dict[str, str] = {}

    def key(text: str) -> str:
        found = held.get(text)
        if found is not None:
            return found
        if not is_named and text.isascii() and text.isprintable() and " " not in text:
            found = prefix + text.upper()  # what normal_code does to such a code
        else:
            found = prefix + normal(text)
        if keep:
            if len(held) >= _REMEMBERED:
                held.clear()
            held[text] = found
        return found

    return key


def concept_key(spec: ThingSpec, schema: Schema) -> str | None:
    """The key of the concept that a thing always is; None where it is found in the row."""
    if spec.concept is None or not isinstance(spec.class_, str):
        return None
    term = schema.classes.get(spec.class_)
    kind = term.kind if term is not None else ""
    return spec.concept if ":" in spec.concept else f"{kind}:{spec.concept}"


def _form(text: str) -> str:
    return " ".join(text.split()).casefold()


def _short(key: str) -> bytes:
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
