"""`gemba ontology`: look over, look up and print the terms that everything else speaks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.plant import JsonOption, with_settings
from api.cli.terminal import write, write_json
from api.settings import Settings
from kg.model.errors import BadInput, NotFound

if TYPE_CHECKING:
    from ontology.checking import Report
    from ontology.lookup import Term
    from ontology.reference import Reference

app = typer.Typer(
    name="ontology",
    help="Check, look up and print the terms that Gemba speaks, yours included.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_WRONG, _BROKEN = 1, 2


@app.command("check")
@with_settings
def check(
    settings: Settings,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Turtle files or folders to look over."),
    ] = None,
    notes: Annotated[
        bool, typer.Option("--notes", help="Also say what is only good to know.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Look over Turtle files: does everything fit together, and has every term its words?

    Without FILE the whole ontology is looked over. Exit code 1: something should be put right;
    2: the ontology cannot be read.

    Example: gemba ontology check my-terms.ttl
    """
    from ontology.checking import check_ontology

    report = check_ontology(settings.ontology, files or ())
    if as_json:
        write_json(
            {
                "files": report.files,
                "counts": report.counts,
                "remarks": [
                    {"level": r.level, "code": r.code, "message": r.message} for r in report.remarks
                ],
            }
        )
    else:
        _write_report(report, notes)
    if report.of("error"):
        raise typer.Exit(_BROKEN)
    if report.of("problem"):
        raise typer.Exit(_WRONG)


def _write_report(report: Report, notes: bool) -> None:
    errors, problems, others = (report.of(level) for level in ("error", "problem", "note"))
    for remark in [*errors, *problems, *(others if notes else [])]:
        write(f"{remark.level}: {remark.message}")
    files = f"{len(report.files)} {'file' if len(report.files) == 1 else 'files'}"
    if errors:
        write(f"{files} looked over; the ontology cannot be read like this.")
        return
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items())
    found = f"{len(problems)} to put right" if problems else "nothing to put right"
    more = f", {len(others)} notes (--notes shows them)" if others and not notes else ""
    write(f"{files} looked over, {found}{more}. The ontology now has {counts}.")


@app.command("show")
@with_settings
def show(
    settings: Settings,
    term: Annotated[str, typer.Argument(metavar="TERM", help="A name, label, word, key or code.")],
    as_json: JsonOption = False,
) -> None:
    """Tell all about a term, found by its name or by any of its words in either language.

    Example: gemba ontology show 工单
    """
    from ontology.lookup import find_terms, nearest_words

    reference = _reference(settings)
    matches = find_terms(reference.schema, term)
    if not matches:
        near = nearest_words(reference.schema, term)
        raise NotFound(f"The ontology has no term “{term}”.", ids=[term], nearest=near)
    best = [m.term for m in matches if m.rank == matches[0].rank]
    others = [m.term for m in matches if m.rank != matches[0].rank]
    if as_json:
        write_json([_as_data(found, reference) for found in (*best, *others)])
        return
    for index, found in enumerate(best):
        if index:
            write()
        for line in _lines(found, reference, settings.language):
            write(line)
    if others:
        names = ", ".join(getattr(found, "key", found.name) for found in others)
        write()
        write(f"“{term}” is also a word for {names}.")


@app.command("page")
@with_settings
def page(
    settings: Settings,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write it; else printed.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", metavar="html|md", help="Else from FILE's ending.")
    ] = None,
) -> None:
    """Write the reference page: one file in both languages that needs no network.

    Example: gemba ontology page --out ontology.html
    """
    from ontology.markdown import markdown_page
    from ontology.page import html_page

    chosen = form or ("md" if out is not None and out.suffix.lower() == ".md" else "html")
    if chosen not in ("html", "md"):
        raise BadInput(f"There is no format {chosen!r}: say html or md.")
    reference = _reference(settings)
    if chosen == "md":
        text = markdown_page(reference)
    else:
        text = html_page(reference, "zh" if settings.language == "zh" else "en")
    if out is None:
        write(text.rstrip("\n"))
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from None
    write(f"Wrote {out} ({len(text.encode()) // 1024:,} KB).")


def _reference(settings: Settings) -> Reference:
    from ontology import load_gate
    from ontology.reference import Reference

    gate = load_gate(settings.ontology)
    return Reference(gate.schema, gate.shapes)


# -- one term ------------------------------------------------------------------------------------


def _facts(term: Term, reference: Reference) -> dict[str, Any]:
    """What there is to say about a term beyond its words, by heading."""
    from ontology.schema import Attribute, ClassTerm, Relation

    schema = reference.schema
    rules = [rule.name for rule in reference.rules_about(term.name)]
    facts: dict[str, Any]
    if isinstance(term, ClassTerm):
        facts = {
            "key": f"{term.kind}:<{term.identified_by}>",
            "parents": term.parents,
            "children": [c.name for c in reference.children(term.name)],
            "facet": term.facet,
            "event": term.is_event,
            "subject of": [r.name for r in reference.said_of(term.name)],
            "object of": [r.name for r in reference.said_to(term.name)],
            "attributes": [a.name for a in reference.attributes_of(term.name)],
            "concepts": len(reference.concepts_by_class.get(term.name, ())) or None,
            "rules": rules,
        }
    elif isinstance(term, Relation):
        facts = {
            "subject": term.domain or ("anything",),
            "object": term.range or ("anything",),
            "parents": term.parents,
            "flow": term.flow,
            "causal": term.is_causal,
            "one at a time": term.is_functional,
            "in Neo4j": term.type_name,
            "rules": rules,
        }
    elif isinstance(term, Attribute):
        facts = {
            "type": term.datatype,
            "unit": term.unit,
            "of": term.domain or ("anything",),
            "searched": term.is_searchable,
            "rules": rules,
        }
    else:
        is_class = schema.is_a(term.cls, "AssetClass")
        facts = {
            "key": term.key,
            "class": term.cls,
            "codes": term.codes,
            "broader": term.broader,
            "narrower": [c.key for c in reference.narrower(term.key)],
            "valid for": term.valid_for,
            "failure modes": [c.key for c in schema.failure_modes_for(term.key) if c.valid_for]
            if is_class
            else [],
        }
    facts["standards"] = [
        f"{found.standard} {found.relation} {found.iri}" for found in reference.likenesses(term.iri)
    ]
    return {name: value for name, value in facts.items() if value}


_IN_CHINESE = {
    "class": "类",
    "relation": "关系",
    "attribute": "属性",
    "concept": "概念",
    "key": "键",
    "parents": "上级",
    "children": "下级",
    "facet": "人机料法环测",
    "event": "事件",
    "subject of": "作主体",
    "object of": "作客体",
    "attributes": "属性",
    "concepts": "概念数",
    "rules": "规则",
    "subject": "主体",
    "object": "客体",
    "flow": "物流方向",
    "causal": "因果",
    "one at a time": "同时唯一",
    "in Neo4j": "在 Neo4j 中",
    "type": "类型",
    "unit": "单位",
    "of": "用于",
    "searched": "可检索",
    "codes": "代码",
    "broader": "上级概念",
    "narrower": "下级概念",
    "valid for": "适用于",
    "failure modes": "失效模式",
    "standards": "标准对应",
}


def _kind(term: Term) -> str:
    """class, relation, attribute or concept."""
    return type(term).__name__.removesuffix("Term").lower()


def _as_data(term: Term, reference: Reference) -> dict[str, Any]:
    return {
        "term": _kind(term),
        "name": term.name,
        "iri": term.iri,
        "label": term.words.label,
        "alternatives": term.words.alt,
        "definition": term.words.definition,
        **{name.replace(" ", "_"): value for name, value in _facts(term, reference).items()},
    }


def _lines(term: Term, reference: Reference, language: str) -> list[str]:
    order = ("zh", "en") if language == "zh" else ("en", "zh")
    kind = _kind(term)
    kind = _IN_CHINESE.get(kind, kind) if language == "zh" else kind
    labels = " · ".join(term.words.label[lang] for lang in order if lang in term.words.label)
    lines = [f"{labels}  ({kind} {getattr(term, 'key', term.name)})"]
    lines += [term.words.definition[lang] for lang in order if lang in term.words.definition]
    lines += [
        f"{'又称：' if language == 'zh' else 'also: '}{', '.join(term.words.alt[lang])}"
        for lang in order
        if lang in term.words.alt
    ]
    for name, value in _facts(term, reference).items():
        if value is True:
            shown = "是" if language == "zh" else "yes"
        elif isinstance(value, list | tuple):
            shown = ", ".join(value)
        else:
            shown = str(value)
        heading = _IN_CHINESE.get(name, name) if language == "zh" else name
        lines.append(f"  {heading}{'：' if language == 'zh' else ': '}{shown}")
    lines.append(f"  {term.iri}")
    return lines
