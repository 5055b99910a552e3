"""Statements as sentences, from the verbs that the ontology gives its relations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kg.model.claims import Value
from kg.model.graph import Statement
from kg.model.instants import Instant, to_datetime
from kg.model.phrase import Phrase
from kg.model.text import has_han
from kg.narration.names import Named
from ontology.schema import Schema

_HAN_THEN_LATIN = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff])([A-Za-z0-9])")
_ZH_PLACE = re.compile("^(由|被|受|随|在)(?:其|以下设备)(.+)：$")
_LATIN_THEN_HAN = re.compile(r"([A-Za-z0-9)])([\u3400-\u4dbf\u4e00-\u9fff])")


def verb(schema: Schema, predicate: str) -> Phrase:
    """The words between subject and object."""
    return _verb(schema, predicate, inverse=False)


def inverse_verb(schema: Schema, predicate: str) -> Phrase:
    """The words between object and subject, where a sentence begins with the object."""
    return _verb(schema, predicate, inverse=True)


def tell(
    schema: Schema,
    statement: Statement,
    subject: Named,
    object_: Named,
    *,
    with_time: bool = False,
) -> Phrase:
    """A statement as one clause in each language, without a full stop.

    A quantity follows in brackets; `with_time` adds when it was so, in UTC.
    """
    words = verb(schema, statement.predicate)
    amount = quantity_text(statement.props)
    behind = f" ({amount})" if amount else ""
    when = span_text(statement.valid_from, statement.valid_to) if with_time else ""
    en = f"{_as_noun(subject.label.en)} {clause(words, object_).en}{behind}"
    zh = space_scripts(f"{subject.label.zh}{clause(words, object_).zh}{behind}")
    if when:
        en, zh = f"{en}, {when} UTC", f"{zh}，{when} UTC"
    return Phrase(en, zh)


def clause(words: Phrase, object_: Named, *, is_first: bool = True) -> Phrase:
    """A verb with its object. Chinese puts the object where the verb's own text says "it".

    A clause that does not stand behind its subject says "its type" (其), not "'s type" (的).
    """
    placed = _ZH_PLACE.match(words.zh)
    if placed is not None:
        zh = f"{placed[1]}{object_.label.zh}{placed[2]}"
    else:
        verb_zh = words.zh
        if not is_first and verb_zh.startswith("的"):
            verb_zh = f"其{verb_zh[1:]}"
        zh = f"{verb_zh}{object_.label.zh}"
    return Phrase(f"{words.en} {_as_noun(object_.label.en)}", zh)


def _as_noun(label: str) -> str:
    """A label that is a clause of its own, such as "fails to start", in quotation marks."""
    return f"“{label}”" if label.startswith("fails ") else label


def join(clauses: Iterable[Phrase], en: str = "; ", zh: str = "；") -> Phrase:
    """Several clauses as one text."""
    listed = list(clauses)
    return Phrase(en.join(c.en for c in listed), zh.join(c.zh for c in listed))


def quantity_text(props: Mapping[str, Value]) -> str:
    """`12.5 kg` from a statement's properties; empty where it has no quantity."""
    quantity = props.get("quantity")
    if not isinstance(quantity, int | float) or isinstance(quantity, bool):
        return ""
    unit = props.get("unitOfMeasure")
    return f"{quantity:g} {unit}" if isinstance(unit, str) and unit else f"{quantity:g}"


def time_text(instant: Instant) -> str:
    """`2026-03-01 07:30`, in UTC."""
    return to_datetime(instant).strftime("%Y-%m-%d %H:%M")


def span_text(start: Instant | None, end: Instant | None) -> str:
    """A time or a span of time in UTC; empty where neither end is known."""
    if start is None and end is None:
        return ""
    if start is None:
        return f"– {time_text(end or 0)}"
    if end is None or end - start <= 1:
        return time_text(start)
    return f"{time_text(start)} – {time_text(end)}"


def space_scripts(text: str) -> str:
    """A space where Han characters and Latin letters or digits meet, as is usual in print."""
    return _LATIN_THEN_HAN.sub(r"\1 \2", _HAN_THEN_LATIN.sub(r"\1 \2", text))


def count_noun(count: int, singular: str, plural: str | None = None) -> str:
    """`1 work order`, `12 work orders`."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


def _verb(schema: Schema, predicate: str, *, inverse: bool) -> Phrase:
    relation = schema.relations.get(predicate)
    if relation is None:
        return Phrase(predicate, predicate)
    words = relation.inverse_verb if inverse else relation.verb
    if not words and inverse:
        # No verb for this side: name the relation and leave the reader the direction.
        label = relation.words
        return Phrase(f"({label.in_language('en')} of)", f"（{label.in_language('zh')}）")
    en = words.get("en") or relation.words.in_language("en")
    zh = words.get("zh") or relation.words.in_language("zh")
    return Phrase(en, zh if has_han(zh) else f" {zh} ")
