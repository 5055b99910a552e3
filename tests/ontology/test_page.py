"""The reference page: every term is on it, in both languages, and it needs nothing from outside."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from api.cli import main
from ontology import load_gate
from ontology.markdown import markdown_page
from ontology.page import html_page
from ontology.reference import Reference

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Reading(HTMLParser):
    """Collects ids, links and languages, and checks that elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: set[str] = set()
        self.outside: list[str] = []
        self.languages: Counter[str] = Counter()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids[value] += 1
            elif name == "lang" and value:
                self.languages[value] += 1
            elif name == "href" and value and value.startswith("#"):
                self.links.add(value[1:])
            elif name in ("href", "src", "action", "srcset", "data"):
                self.outside.append(f"{tag} {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def reference() -> Reference:
    gate = load_gate()
    return Reference(gate.schema, gate.shapes)


@pytest.fixture(scope="module")
def page(reference: Reference) -> tuple[str, Reading]:
    text = html_page(reference)
    reading = Reading()
    reading.feed(text)
    reading.close()
    return text, reading


def test_page_is_well_formed_and_asks_nothing_of_the_network(page: tuple[str, Reading]) -> None:
    text, reading = page
    assert reading.open == []
    assert reading.outside == []
    assert "@import" not in text
    assert not re.search(r"url\(|fetch\(|XMLHttpRequest|import\(", text)
    assert '<meta name="viewport"' in text


def test_page_links_lead_somewhere(page: tuple[str, Reading]) -> None:
    reading = page[1]
    assert [name for name, times in reading.ids.items() if times > 1] == []
    assert reading.links - set(reading.ids) == set()


def test_page_has_every_term_in_both_languages(
    page: tuple[str, Reading], reference: Reference
) -> None:
    text, reading = unescape(page[0]), page[1]
    schema = reference.schema
    for name in schema.classes:
        assert f"class-{name}" in reading.ids
    for name in schema.relations:
        assert f"relation-{name}" in reading.ids
    for name in schema.attributes:
        assert f"attribute-{name}" in reading.ids
    for key in schema.concepts:
        assert key in reading.ids
    for cls in schema.classes.values():
        for lang in ("en", "zh"):
            assert cls.words.definition[lang] in text
    assert reading.languages["en"] > 500
    assert reading.languages["zh-CN"] > 500


def test_page_names_shapes_and_alignments(page: tuple[str, Reading], reference: Reference) -> None:
    text = page[0]
    for rule in reference.rules:
        assert f'id="rule-{rule.name}"' in text
    for standard in ("IOF", "ISO 14224", "SOSA", "PROV-O", "EPCIS / CBV", "ISA-95", "AAS"):
        assert standard in text
    assert "https://spec.industrialontologies.org/ontology/construct/" in text


def test_page_escapes_what_terms_say(tmp_path: Path) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(
        "@prefix : <https://w3id.org/gemba/ontology#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        ':Asset rdfs:label "<script>alert(1)</script>"@en .\n',
        encoding="utf-8",
    )
    gate = load_gate([path])
    text = html_page(Reference(gate.schema, gate.shapes))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_page_opens_in_the_language_asked_for(reference: Reference) -> None:
    assert '<html lang="en" data-lang="en">' in html_page(reference, "en")
    assert '<html lang="zh" data-lang="zh">' in html_page(reference, "zh")


def test_markdown_has_every_term(reference: Reference) -> None:
    text = markdown_page(reference)
    schema = reference.schema
    for names in (schema.classes, schema.relations, schema.attributes, schema.concepts):
        for name in names:
            assert f"`{name}`" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    for line in tables:
        assert len(re.findall(r"(?<!\\)\|", line)) in (5, 7), line


def test_page_command_writes_by_the_ending(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html, md = tmp_path / "page.html", tmp_path / "page.md"
    assert main(["ontology", "page", "--out", str(html)]) == 0
    assert main(["ontology", "page", "--out", str(md)]) == 0
    assert html.read_text("utf-8").startswith("<!doctype html>")
    assert md.read_text("utf-8").startswith("# Gemba ontology")
    assert "page.html" in capsys.readouterr().out
    assert main(["ontology", "page", "--format", "pdf"]) == 2
    assert main(["ontology", "page", "--out", str(tmp_path / "no" / "page.html")]) == 2
    errors = capsys.readouterr().err
    assert "say html or md" in errors
    assert "cannot be written" in errors
