from __future__ import annotations

from pathlib import Path

import pytest

from extraction.pipeline import PipelineExtractor, read_configuration
from extraction.pipeline.configuration import build_stages, shipped_text
from extraction.text import TextContext
from kg.model import BadInput, Claim
from ontology.schema import Schema

ORDER = TextContext(record="wo:1", asset="asset:A", role="description")


def write(folder: Path, *changes: tuple[str, str]) -> Path:
    text = shipped_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "own.cfg"
    path.write_text(text, encoding="utf-8")
    return path


def claims(schema: Schema, path: Path, text: str) -> list[Claim]:
    extractor = PipelineExtractor(schema, read_configuration(path))
    return extractor.extract(text, 0, 0, ORDER).claims


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"gemba_ties"', '"gemba_knots"', "gemba_knots"),
        ("least = 0.3", "leest = 0.3", "no setting 'leest'"),
        ('"lexicon","measures",', '"measures","lexicon",', "needs encoded, items"),
        (',"statements"]', "]", "no component writes statements"),
        ("[nlp]", "[nlp", "is no pipeline configuration"),
        ("default = 0.8", "default = 0.8\nGadget = 0.9", "'Gadget', which is no class"),
        ("default = 0.8", "default = 0.8\nComponent = 7", "say 0 to 1"),
        ("respellings = null", 'respellings = "no.csv"', "no.csv cannot be read"),
        (
            "model = null\n\n# The ontology",
            'model = "nowhere"\n\n# The ontology',
            "no trained model",
        ),
    ],
)
def test_what_is_wrong_in_a_configuration_is_told_in_a_sentence(
    schema: Schema, tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = write(tmp_path, (old, new))
    with pytest.raises(BadInput) as caught:
        PipelineExtractor(schema, read_configuration(path))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_accept_thresholds_hold_by_class(schema: Schema, tmp_path: Path) -> None:
    path = write(tmp_path, ("default = 0.8", "default = 0.8\nComponent = 0.99"))
    status = {
        c.object: c.status for c in claims(schema, path, "hose leaking") if c.subject == "wo:1"
    }
    assert status == {"component:Hose": "suggested", "mode:Leakage": "accepted"}


def test_respellings_and_codes_of_the_plant_are_read_from_beside_the_file(
    schema: Schema, tmp_path: Path
) -> None:
    (tmp_path / "words.csv").write_text("raw,normal\nhsx,hose\n", encoding="utf-8")
    (tmp_path / "codes.csv").write_text("pattern,kind\n[A-Z]{2}\\d{4},part\n", encoding="utf-8")
    path = write(
        tmp_path,
        ("respellings = null", 'respellings = "words.csv"'),
        ("codes = null", 'codes = "codes.csv"'),
    )
    found = {(c.predicate, c.object): c for c in claims(schema, path, "hsx leaking, fitted KX2211")}
    hose = found["involves", "component:Hose"]
    assert (hose.start, hose.end) == (0, 3)
    assert ("usedPart", "part:KX2211") in found
    assert all(c.extractor.startswith("pipeline@1.") for c in found.values())


def test_the_name_tells_one_way_of_reading_from_another(schema: Schema, tmp_path: Path) -> None:
    def name(*changes: tuple[str, str]) -> str:
        return PipelineExtractor(schema, read_configuration(write(tmp_path, *changes))).name

    changed = ("default = 0.8", "default = 0.85")
    assert PipelineExtractor(schema).name == "pipeline@1"
    assert name(changed) == name(changed) != name()
    (tmp_path / "w.csv").write_text("raw,normal\na,b\n", encoding="utf-8")
    listed = ("respellings = null", 'respellings = "w.csv"')
    first = name(listed)
    (tmp_path / "w.csv").write_text("raw,normal\na,c\n", encoding="utf-8")
    assert name(listed) != first


def test_a_pattern_that_is_none_is_refused(schema: Schema, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("pattern,kind\n[A-,part\n", encoding="utf-8")
    path = write(tmp_path, ("codes = null", 'codes = "codes.csv"'))
    with pytest.raises(BadInput, match="no regular expression"):
        PipelineExtractor(schema, read_configuration(path))


def test_components_may_be_left_out(schema: Schema, tmp_path: Path) -> None:
    path = write(tmp_path, ('"headings","normaliser",', ""), ('"recogniser","merging",', ""))
    assert len(build_stages(read_configuration(path))) == 5
    assert {c.object for c in claims(schema, path, "hose leaking")} >= {"component:Hose"}
