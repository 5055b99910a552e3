"""A wide table read as a long one says what the long one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.tables import Mapping, parse_mapping
from kg.model import BadMapping
from ontology.schema import Schema
from tests.extraction.tables.loading import read_text

REST = """
columns:
  at: {header: [ts], required: true, type: date}
  asset: {header: [mach], required: true, type: code}
  name: {header: [sensor], required: true}
  value: {header: [reading], required: true, type: number, if_bad: report}
things:
  asset: {class: Asset, code: "{asset}"}
  reading:
    class: Measurement
    code: "{asset}/{name}/{at|compact}"
    at: at
    properties: {value: value}
  parameter: {class: Parameter, name: "{name}"}
statements:
  - reading measuredOn asset
  - reading ofCharacteristic parameter
"""
LONG = parse_mapping(f"mapping: long\ntitle: Long\n{REST}", "long.yaml")
WIDE_TABLE = """ts,mach,volt,Flow rate,remark
2025-09-01 00:00,M1,170.5,3,
2025-09-01 01:00,M1,,4.25,7
2025-09-01 01:00,M2,171
"""
LONG_TABLE = """ts,mach,sensor,reading
2025-09-01 00:00,M1,volt,170.5
2025-09-01 00:00,M1,Flow rate,3
2025-09-01 01:00,M1,Flow rate,4.25
2025-09-01 01:00,M1,remark,7
2025-09-01 01:00,M2,volt,171
"""


def wide(unpivot: str) -> Mapping:
    text = f"mapping: wide\ntitle: Wide\nsource: {{ragged: pad, unpivot: {unpivot}}}\n{REST}"
    return parse_mapping(text, "wide.yaml")


def test_a_wide_table_says_what_the_long_one_says(tmp_path: Path, schema: Schema) -> None:
    mapping = wide("{keep: [TS, mach], name: sensor, value: reading}")
    told = read_text(tmp_path, WIDE_TABLE, mapping, schema, time_zone="UTC")
    plain = read_text(tmp_path, LONG_TABLE, LONG, schema, time_zone="UTC")
    assert told.triples == plain.triples
    assert len(told.triples) == 10
    values = {(n.node, n.props.get("value")) for n in told.nodes if n.cls == "Measurement"}
    assert values == {(n.node, n.props.get("value")) for n in plain.nodes if n.cls == "Measurement"}
    assert [p.place for p in told.passages] == ["row:2", "row:2", "row:3", "row:3", "row:4"]
    assert not told.rejections


@pytest.mark.parametrize(
    ("unpivot", "said"),
    [
        ("{keep: [time], name: sensor, value: reading}", "'time', which is not among"),
        ("{keep: [ts], name: mach, value: reading}", "'mach', but there is one"),
        ("{keep: [ts], name: sensor, value: sensor}", "'sensor', but there is one"),
    ],
)
def test_columns_that_do_not_fit_are_refused(
    tmp_path: Path, schema: Schema, unpivot: str, said: str
) -> None:
    with pytest.raises(BadMapping, match=said):
        read_text(tmp_path, WIDE_TABLE, wide(unpivot), schema)
