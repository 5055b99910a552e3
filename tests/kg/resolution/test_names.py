from kg.model import Batch, Claim, NodeClaim, Passage
from kg.resolution import NameResolver
from ontology.schema import ClassTerm, Concept, Schema, Words


def _words(en: str, zh: str = "", *alt: str) -> Words:
    label = {"en": en} | ({"zh": zh} if zh else {})
    return Words(label, {"en": alt}, {})


def _class(name: str, kind: str, by: str) -> ClassTerm:
    return ClassTerm(name, f"x#{name}", _words(name), (), (), "test", kind, by)  # type: ignore[arg-type]


def _concept(name: str, words: Words, *codes: str) -> Concept:
    return Concept(name, f"x#{name}", "FailureMode", f"mode:{name}", words, codes)


SCHEMA = Schema(
    classes={
        "FailureMode": _class("FailureMode", "mode", "name"),
        "Asset": _class("Asset", "asset", "code"),
    },
    relations={},
    attributes={},
    concepts={
        c.name: c
        for c in (
            _concept(
                "ExternalLeakage", _words("External leakage", "外漏", "leak", "oil leak"), "ELP"
            ),
            _concept("InternalLeakage", _words("Internal leakage", "内漏", "leak")),
            _concept("Noise", _words("Noise", "异响", "abnormal noise", "external leakage")),
        )
    },
    version="1",
    digest="d",
)


def test_labels_codes_and_local_names_mean_their_concept():
    resolver = NameResolver(SCHEMA)
    for written in ("external LEAKAGE", "外漏", "elp", "Oil  leak", "ExternalLeakage"):
        assert resolver.resolve(f"mode:{written}") == "mode:ExternalLeakage"


def test_a_label_outranks_the_alternative_label_of_another_concept():
    assert NameResolver(SCHEMA).resolve("mode:External leakage") == "mode:ExternalLeakage"


def test_an_ambiguous_name_stands_for_itself_and_says_what_it_may_mean():
    resolver = NameResolver(SCHEMA)
    assert resolver.resolve("mode:leak") == "mode:leak"
    assert resolver.candidates("mode:leak") == {"mode:ExternalLeakage", "mode:InternalLeakage"}


def test_codes_and_unknown_names_are_left_alone():
    resolver = NameResolver(SCHEMA)
    assert resolver.resolve("asset:ELP") == "asset:ELP"
    assert resolver.resolve("mode:something else") == "mode:something else"


def test_a_plants_own_alias_means_the_concept():
    resolver = NameResolver(SCHEMA, {"mode:Noise": ["rattling"]})
    assert resolver.resolve("mode:Rattling") == "mode:Noise"


def test_keys_of_a_batch_are_replaced_in_place():
    batch = Batch(
        [Passage("p", "row:1", "A oil leak")],
        [NodeClaim("mode:oil leak", "FailureMode", 0, "oil leak")],
        [Claim("asset:A", "exhibits", "mode:oil leak", 0)],
    )
    NameResolver(SCHEMA).resolve_batch(batch)
    assert batch.nodes[0].node == "mode:ExternalLeakage"
    assert batch.nodes[0].name == "oil leak"
    assert batch.claims[0][:3] == ("asset:A", "exhibits", "mode:ExternalLeakage")
