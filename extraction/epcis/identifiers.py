"""GS1 identifiers: EPC URNs and Digital Link addresses of one thing lead to one code.

A URN tells where the company prefix ends, a Digital Link does not, so both are brought to the
element string `(01)GTIN(21)serial`, which needs no such knowledge. The application identifiers and
check digits are those of the GS1 General Specifications; the URN forms those of the EPC Tag Data
Standard.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from kg.model.keys import code_key


class Identified(NamedTuple):
    """What an identifier names."""

    kind: str  # of the key: unit, lot, container, product, location, party, asset; else empty
    code: str  # the element string, or the identifier itself where it is none of GS1's
    product: str | None = None  # the element string of its GTIN
    lot: str | None = None  # the element string of its lot, where the identifier says it

    def key(self, otherwise: str) -> str:
        """Its key; `otherwise` is the kind where the identifier does not tell one."""
        return code_key(self.kind or otherwise, self.code)


_URN = re.compile(r"^urn:epc:(id|class|idpat):([a-z]+):(.+)$", re.IGNORECASE)
_PRIMARY = {
    "00": "container", "01": "product", "253": "document", "401": "shipment", "402": "shipment",
    "414": "location", "417": "party", "8003": "container", "8004": "asset", "8006": "unit",
    "8010": "product", "8017": "party", "8018": "party",
}  # fmt: skip
_QUALIFIERS = {"01": ("22", "10", "21", "235"), "414": ("254",), "8006": ("22", "10", "21"),
               "8010": ("8011",)}  # fmt: skip


def check_digit(digits: str) -> str:
    """The check digit of a GS1 key without one: weights 3 and 1 from the right."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def identify(text: str) -> Identified:
    """What an EPC URN, a class URN or a Digital Link names; anything else names itself."""
    text = text.strip()
    urn = _URN.match(text)
    if urn:
        found = _from_urn(urn[1].lower(), urn[2].lower(), urn[3])
        return found or Identified("", text)
    if text[:4].lower() == "http":
        return _from_link(text) or Identified("", text)
    return Identified("", text)


def _from_urn(form: str, scheme: str, rest: str) -> Identified | None:
    parts = [unquote(part) for part in rest.split(".")]
    try:
        if scheme in {"sgtin", "lgtin", "upui", "itip"} and len(parts) >= 2:
            gtin = _gtin(parts[0], parts[1])
            more = parts[2:]
            if scheme == "itip":
                gtin, more = gtin + "".join(parts[2:4]), parts[4:]
            serial = ".".join(more)
            product = f"(01){gtin[:14]}"
            if not more or serial == "*":
                return Identified("product", product, product)
            if scheme == "lgtin":
                lot = f"{product}(10){serial}"
                return Identified("lot", lot, product, lot)
            ai = {"sgtin": "21", "upui": "235", "itip": "21"}[scheme]
            first = f"(8006){gtin}" if scheme == "itip" else product
            return Identified("unit", f"{first}({ai}){serial}", product)
        if scheme == "sscc":
            digits = parts[1][0] + parts[0] + parts[1][1:]
            return Identified("container", f"(00){digits}{check_digit(digits)}")
        if scheme == "sgln":
            digits = parts[0] + parts[1]
            extension = ".".join(parts[2:])
            more_ = f"(254){extension}" if extension not in {"", "0"} else ""
            return Identified("location", f"(414){digits}{check_digit(digits)}{more_}")
        if scheme == "pgln":
            digits = parts[0] + parts[1]
            return Identified("party", f"(417){digits}{check_digit(digits)}")
        if scheme == "grai":
            digits = parts[0] + parts[1]
            serial = ".".join(parts[2:])
            serial = "" if serial == "*" else serial
            return Identified("container", f"(8003)0{digits}{check_digit(digits)}{serial}")
        if scheme == "giai":
            return Identified("asset", f"(8004){parts[0]}{'.'.join(parts[1:])}")
        if scheme == "cpi":
            product = f"(8010){parts[0]}{parts[1]}"
            serial = ".".join(parts[2:])
            if serial in {"", "*"}:
                return Identified("product", product, product)
            return Identified("unit", f"{product}(8011){serial}", product)
        if scheme == "gsin":
            digits = parts[0] + parts[1]
            return Identified("shipment", f"(402){digits}{check_digit(digits)}")
        if scheme == "ginc":
            return Identified("shipment", f"(401){''.join(parts)}")
    except (IndexError, ValueError):
        return None
    return None


def _gtin(prefix: str, item: str) -> str:
    digits = item[0] + prefix + item[1:]
    return digits + check_digit(digits)


def _from_link(address: str) -> Identified | None:
    parts = [unquote(part) for part in urlsplit(address).path.split("/") if part]
    for at, ai in enumerate(parts[:-1]):
        kind = _PRIMARY.get(ai)
        value = parts[at + 1]
        if kind is None or not value[0].isalnum():
            continue
        if ai == "01":
            if not value.isdigit() or len(value) > 14:
                continue
            value = value.zfill(14)
        code = product = f"({ai}){value}"
        rest = parts[at + 2 :]
        said = dict(zip(rest[::2], rest[1::2], strict=False))
        lot = f"{code}(10){said['10']}" if "10" in said else None
        serial = next((q for q in ("21", "235", "8011") if q in said), None)
        if serial:
            return Identified("unit", f"{code}({serial}){said[serial]}", product, lot)
        if lot:
            return Identified("lot", lot, product, lot)
        if "254" in said:
            extension = said["254"]
            more = f"(254){extension}" if extension not in {"", "0"} else ""
            return Identified(kind, f"{code}{more}")
        return Identified(kind, code, product if kind == "product" else None)
    return None
