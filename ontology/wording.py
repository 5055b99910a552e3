"""What a check found, as one plain sentence in English and one in Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ontology.constraints import (  # fmt: skip
    Bound,
    ClassIs,
    Constraint,
    Datatype,
    HasValue,
    In,
    Length,
    MaxCount,
    MinCount,
    Pair,
    Pattern,
    Result,
)
from ontology.schema import Attribute, ClassTerm, Concept, Relation, Schema
from ontology.values import Lit, Term

Sentences = Mapping[str, str]
LANGUAGES = ("en", "zh")

_DATATYPES = {
    "string": ("text", "文本"),
    "integer": ("a whole number", "整数"),
    "decimal": ("a number", "数字"),
    "boolean": ("true or false", "是或否"),
    "date": ("a date such as 2026-03-01", "日期（如 2026-03-01）"),
    "dateTime": (
        "a date and time with its zone, such as 2026-03-01T07:30:00Z",
        "带时区的日期时间（如 2026-03-01T07:30:00Z）",
    ),
}
_BOUNDS = {
    "minInclusive": ("at least", "不小于"),
    "minExclusive": ("more than", "大于"),
    "maxInclusive": ("at most", "不大于"),
    "maxExclusive": ("less than", "小于"),
    "lessThan": ("before or below", "早于或小于"),
    "lessThanOrEquals": ("not after or above", "不晚于或不大于"),
    "equals": ("the same as", "等于"),
    "disjoint": ("different from", "不同于"),
}


_BORDER = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9-])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])")


class Wording:
    """Names things by their class and code, and says what is wrong with them."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    # -- names -----------------------------------------------------------------------------------

    def thing(self, key: Term, cls: str | None, lang: str, *, start: bool = False) -> str:
        """`work order WO-17`, `故障模式“泄漏”`; a capital letter at the start of a sentence."""
        if isinstance(key, Lit):
            return _quoted(key.lexical, lang) if key.datatype == "string" else key.lexical
        term = self._schema.classes.get(cls or self._schema.class_of_key(key))
        identity = key.partition(":")[2]
        concept = self._schema.concepts.get(key)
        if concept is not None:
            identity = concept.words.in_language(lang)
        if term is None:
            return _quoted(key, lang)
        label = term.words.in_language(lang)
        if concept is not None or term.identified_by == "name":
            identity = _quoted(identity, lang)
        if lang == "zh":
            return join_zh(label, identity)
        label = label[:1].upper() + label[1:] if start else lower_first(label)
        return f"{label} {identity}"

    def a_class(self, name: str, lang: str) -> str:
        """`a work order`, `工单`."""
        term = self._schema.classes.get(name)
        label = term.words.in_language(lang) if term else name
        if lang == "zh":
            return label
        label = lower_first(label)
        return f"{'an' if label[:1] in 'aeio' else 'a'} {label}"

    def any_class(self, names: Sequence[str], lang: str) -> str:
        """`a lot or a unit`, `批次或单件`."""
        return _either([self.a_class(name, lang) for name in names], lang)

    def property(self, name: str, lang: str) -> str:
        """The label of a relation or an attribute."""
        term = self._schema.relations.get(name) or self._schema.attributes.get(name)
        return term.words.in_language(lang) if term else name

    def verb(self, relation: str, lang: str) -> str:
        """What stands between subject and object."""
        term = self._schema.relations.get(relation)
        if term is None:
            return relation
        return term.verb.get(lang) or term.words.in_language(lang)

    def statement(
        self, triple: tuple[str, str, str], classes: tuple[str | None, str | None], lang: str
    ) -> str:
        """`Operation OP-1 consumed lot L-1`, without a full stop."""
        subject = self.thing(triple[0], classes[0], lang, start=True)
        verb = self.verb(triple[1], lang)
        object_ = self.thing(triple[2], classes[1], lang)
        if lang == "zh":
            return join_zh(subject, verb, object_)
        return f"{subject} {verb} {object_}"

    # -- sentences about shapes ------------------------------------------------------------------

    def of_result(self, result: Result, cls: str | None, value_cls: str | None) -> Sentences:
        """The shape's own message where it has one, else what its constraint says."""
        return {lang: self._of_result(result, cls, value_cls, lang) for lang in LANGUAGES}

    def _of_result(self, result: Result, cls: str | None, value_cls: str | None, lang: str) -> str:
        template = result.shape.messages.get(lang)
        path = result.shape.path
        subject = self.thing(result.focus, cls, lang, start=True)
        value = "" if result.value is None else self.thing(result.value, value_cls, lang)
        prop = self.property(path.name, lang) if path else ""
        if template is not None:
            return fill(template, {"this": subject, "value": value, "path": prop}, lang)
        if path is not None and path.inverse:
            prop = f"“{prop}”（反向）" if lang == "zh" else f'the other side of "{prop}"'
        rule = self.rule(result.constraint, value, lang)
        if lang == "zh":
            return f"{subject}：{prop}{rule}。"
        return f"{subject}: {prop + ' ' if prop else 'it '}{rule}."

    def rule(self, c: Constraint, value: str, lang: str) -> str:
        """`must be at most 1, not 1.7`: what a constraint says of a value that breaks it."""
        zh = lang == "zh"
        if isinstance(c, MinCount):
            if c.count == 1:
                return "缺失" if zh else "is missing"
            return f"至少需要 {c.count} 个" if zh else f"needs at least {c.count} values"
        if isinstance(c, MaxCount):
            if c.count == 0:
                return "不应有值" if zh else "must not be given"
            return f"至多允许 {c.count} 个" if zh else f"may have at most {c.count} value(s)"
        if isinstance(c, HasValue):
            wanted = self.thing(c.value, None, lang)
            return f"必须包含{wanted}" if zh else f"must include {wanted}"
        if isinstance(c, Datatype):
            return self.not_of_datatype(value, c.datatype, lang)
        if isinstance(c, ClassIs):
            wanted = self.a_class(c.name, lang)
            return f"应为{wanted}，而不是{value}" if zh else f"must be {wanted}, not {value}"
        if isinstance(c, In):
            wanted = _either(sorted(self.thing(v, None, lang) for v in c.allowed)[:12], lang)
            return f"应为{wanted}，而不是{value}" if zh else f"must be {wanted}, not {value}"
        if isinstance(c, Bound):
            word = _BOUNDS[c.component][zh]
            if zh:
                return f"应{word} {c.bound.lexical}，而不是 {value}"
            return f"must be {word} {c.bound.lexical}, not {value}"
        if isinstance(c, Pair):
            word = _BOUNDS[c.component][zh]
            other = self.property(c.other.name, lang)
            return f"{value}应{word}{other}" if zh else f"({value}) must be {word} {other}"
        if isinstance(c, Length):
            longer = c.component == "minLength"
            if zh:
                return f"{value}{'至少' if longer else '至多'} {c.bound} 个字符"
            return f"must have at {'least' if longer else 'most'} {c.bound} characters: {value}"
        if isinstance(c, Pattern):
            return f"{value}格式不符" if zh else f"is not written as it must be: {value}"
        return f"{value}不符合规则" if zh else f"breaks the rule{': ' + value if value else ''}"

    def not_of_datatype(self, value: str, datatype: str, lang: str) -> str:
        """`is “abc”, which is not a number`."""
        wanted = _DATATYPES.get(datatype, (datatype, datatype))[lang == "zh"]
        if lang == "zh":
            return f"为{value}，不是{wanted}"
        return f"is {value}, which is not {wanted}"


def fill(template: str, parts: Mapping[str, str], lang: str) -> str:
    """A message with `{this}`, `{value}` and `{path}` filled in; names the thing in any case."""
    text = template
    for name, part in parts.items():
        for mark in ("", "$", "?"):  # as we write it, and as SHACL does for SPARQL
            text = text.replace("{" + mark + name + "}", part)
    if "this}" not in template:
        text = f"{parts['this']}：{text}" if lang == "zh" else f"{parts['this']}: {text}"
    if lang != "zh":
        return text
    return _BORDER.sub(" ", text).replace("” ", "”")


def join_zh(*parts: str) -> str:
    """Chinese words in a row; a space only where Latin letters or digits meet Han ones."""
    text = ""
    for part in parts:
        is_border = text[-1:].isalnum() and part[:1].isalnum()
        mixed = text[-1:].isascii() or part[:1].isascii()
        text += f" {part}" if is_border and mixed else part
    return text


def lower_first(label: str) -> str:
    """A label inside a sentence; abbreviations such as `BOM item` keep their capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def label_of(term: ClassTerm | Relation | Attribute | Concept, lang: str) -> str:
    """The label of any term."""
    return term.words.in_language(lang)


def _quoted(text: str, lang: str) -> str:
    return f"“{text}”" if lang == "zh" else f'"{text}"'


def _either(parts: Sequence[str], lang: str) -> str:
    if lang == "zh":
        return "或".join(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"
