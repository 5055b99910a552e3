"""Query parameters about sensor reports: what, by which device, how much, when.

See GS1 EPCIS 2.0, section 8.2.7.1: `EQ_type`, `EQ_deviceID`, `GE_value_CEL`, `LT_startTime` and the
like. A parameter fits an event if any one of its reports, or the metadata over them, does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import eq, ge, gt, le, lt
from typing import Any

from extraction.epcis.vocabulary import bare
from kg.model.errors import BadInput
from kg.model.instants import parse_instant

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"EQ": eq, "GT": gt, "GE": ge, "LT": lt, "LE": le}
_TEXTS = frozenset({
    "type", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules",
    "microorganism", "chemicalSubstance", "stringValue", "booleanValue", "uriValue",
    "hexBinaryValue", "coordinateReferenceSystem", "component", "exception",
})  # fmt: skip
_NUMBERS = frozenset(
    {"value", "minValue", "maxValue", "meanValue", "sDev", "percValue", "percRank"}
)
_TIMES = frozenset({"time", "startTime", "endTime"})


def sensor_test(
    name: str, how: str, field: str, values: Sequence[str]
) -> Callable[[Mapping[str, Any]], bool] | None:
    """What `how_field` asks of an event; None where it is no parameter about sensors.

    Raises BadInput where the value asked for is no number or time.
    """
    if how == "EQ" and field in _TEXTS:
        words = {bare(value).casefold() for value in values}
        return lambda event: any(
            bare(_text(report[field])).casefold() in words
            for report, _ in _reports(event) if field in report
        )  # fmt: skip
    compare = _COMPARE.get(how)
    kind, _, uom = field.partition("_")
    if compare is not None and kind in _NUMBERS:
        try:
            limits = [float(value) for value in values]
        except ValueError:
            raise BadInput(f"The parameter {name} is {values[0]!r}; it must be a number.") from None
        return lambda event: any(
            _is_number(report.get(kind)) and compare(report[kind], limit)
            for report, _ in _reports(event) if not uom or report.get("uom") == uom
            for limit in limits
        )  # fmt: skip
    if how in {"GE", "LT"} and field in _TIMES:
        try:
            at = parse_instant(values[0].replace(" ", "+"))
        except ValueError:
            raise BadInput(
                f"The parameter {name} is {values[0][:40]!r}; it must be a time such as "
                "2026-03-01T08:00:00Z."
            ) from None
        return lambda event: any(
            _COMPARE[how](parse_instant(holder[field]), at)
            for report, metadata in _reports(event)
            for holder in (report, metadata) if field in holder
        )  # fmt: skip
    return None


def _reports(event: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every report with its metadata; the metadata's own fields count as the report's."""
    for element in event.get("sensorElementList", ()):
        metadata = element.get("sensorMetadata", {})
        for report in element.get("sensorReport", ()):
            yield {**metadata, **report}, metadata


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
