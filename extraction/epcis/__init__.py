"""EPCIS 2.0: events of a supply chain, checked, interpreted and told as claims."""

from extraction.epcis.identifiers import Identified, identify
from extraction.epcis.interpretation import Context, interpret
from extraction.epcis.reading import EpcisReading, is_epcis, open_epcis, read_document
from extraction.epcis.validation import Invalid, check_document, check_event

__all__ = [
    "Context",
    "EpcisReading",
    "Identified",
    "Invalid",
    "check_document",
    "check_event",
    "identify",
    "interpret",
    "is_epcis",
    "open_epcis",
    "read_document",
]
