import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.model import StatementKey, code_key, name_key
from kg.model.keys import identity_of, kind_of, normal_code, normal_name

_PART = st.text(min_size=1).filter(lambda t: t.isprintable())


@given(_PART, _PART, _PART)
def test_statement_ids_read_back_as_the_same_key(subject, predicate, object_):
    key = StatementKey(subject, predicate, object_)
    assert StatementKey.from_id(key.id) == key


@given(st.tuples(_PART, _PART, _PART), st.tuples(_PART, _PART, _PART))
def test_statement_ids_differ_where_keys_differ(one, other):
    assert (StatementKey(*one).id == StatementKey(*other).id) == (one == other)


@pytest.mark.parametrize("text", ["", "a~b", "a~b~", "a~b~c~d"])
def test_statement_id_of_another_shape_is_refused(text):
    with pytest.raises(ValueError, match="statement id"):
        StatementKey.from_id(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("p-101a", "P-101A"), ("Ｐ－101Ａ", "P-101A"), (" P–101A ", "P-101A"), ("P  101", "p 101")],
)
def test_codes_written_differently_are_one_code(one, other):
    assert code_key("asset", one) == code_key("asset", other)


@pytest.mark.parametrize(
    ("one", "other"), [("P-101A", "P-101B"), ("007", "7"), ("P101", "P-101"), ("A1", "Al")]
)
def test_differing_codes_stay_apart(one, other):
    assert code_key("asset", one) != code_key("asset", other)


@given(st.text())
def test_normal_forms_are_stable(text):
    assert normal_code(normal_code(text)) == normal_code(text)
    assert normal_name(normal_name(text)) == normal_name(text)


def test_key_keeps_colons_of_the_code():
    key = code_key("unit", "urn:epc:id:sgtin:1.2.3")
    assert kind_of(key) == "unit"
    assert identity_of(key) == "URN:EPC:ID:SGTIN:1.2.3"
    assert kind_of(name_key("mode", "Oil: leak")) == "mode"
