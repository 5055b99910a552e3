"""Queries about places and sensors, by the names that the standard gives their parameters."""

from __future__ import annotations

from typing import Any

import pytest

from extraction.epcis.querying import read_query
from kg.model.errors import BadInput

EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.DOCK2"},
    "bizLocation": {"id": "https://id.gs1.org/414/4012345000016"},
    "sensorElementList": [
        {
            "sensorMetadata": {"deviceID": "urn:epc:id:giai:4000001.111",
                               "startTime": "2026-03-01T08:00:00Z"},
            "sensorReport": [
                {"type": "Temperature", "value": 26.0, "uom": "CEL"},
                {"type": "gs1:AbsoluteHumidity", "meanValue": 12.1, "uom": "A93",
                 "booleanValue": True},
            ],
        }
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("WD_readPoint", "urn:epc:id:sgln:4012345.00001.0", True),
        ("WD_readPoint", "https://id.gs1.org/414/4012345000016", True),
        ("EQ_readPoint", "urn:epc:id:sgln:4012345.00001.0", False),
        ("EQ_readPoint", "urn:epc:id:sgln:4012345.00001.DOCK2", True),
        ("WD_readPoint", "urn:epc:id:sgln:4012345.00001.DOCK3", False),
        ("WD_bizLocation", "urn:epc:id:sgln:4012345.00001.DOCK2", False),  # a part, not the whole
        ("EQ_type", "gs1:Temperature", True),
        ("EQ_type", "Illuminance|AbsoluteHumidity", True),
        ("EQ_type", "Illuminance", False),
        ("EQ_deviceID", "urn:epc:id:giai:4000001.111", True),
        ("EQ_booleanValue", "true", True),
        ("GE_value", "26", True),
        ("GT_value", "26", False),
        ("GE_value_CEL", "20", True),
        ("GE_value_FAH", "20", False),
        ("LT_meanValue_A93", "12.2", True),
        ("EQ_sDev", "0", False),
        ("GE_startTime", "2026-03-01T08:00:00Z", True),
        ("LT_startTime", "2026-03-01T08:00:00Z", False),
        ("LT_endTime", "2030-01-01T00:00:00Z", False),
    ],
)
def test_parameter_fits_what_it_says(name: str, value: str, fits: bool) -> None:
    assert read_query([(name, value)]).fits(EVENT) is fits
    assert not read_query([(name, value)]).fits({"type": "ObjectEvent"})


@pytest.mark.parametrize(
    ("name", "value"), [("GE_value_CEL", "warm"), ("LT_startTime", "noon"), ("EQ_colour", "red")]
)
def test_wrong_parameter_is_named(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=name):
        read_query([(name, value)])
