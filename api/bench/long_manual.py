"""A long PDF of plain pages, written without any package: text in paragraphs, ruled tables."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from pathlib import Path

_WORDS = (
    "pump", "motor", "bearing", "seal", "valve", "oil", "pressure", "must", "be", "checked",
    "before", "every", "start", "and", "kept", "clean", "so", "that", "no", "leakage", "or", "wear",
    "of", "the", "shaft", "arises",
)  # fmt: skip
_WIDTH, _HEIGHT = 595, 842
_LINES = 26
_COLUMNS = (60, 200, 360, 520)


def write_long_manual(path: Path, pages: int, seed: int = 1) -> Path:
    """Write a manual of `pages` pages to `path`; every third has a fault table of eight rows."""
    chance = random.Random(seed)
    objects: list[bytes] = [b"", b""]
    font = _add(objects, b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    bold = _add(objects, b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>")
    kids = []
    for number in range(pages):
        data = zlib.compress("\n".join(_page(number, chance)).encode("ascii"))
        head = b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(data)
        content = _add(objects, head + data + b"\nendstream")
        kids.append(
            _add(
                objects,
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R /Resources "
                b"<< /Font << /F %d 0 R /B %d 0 R >> >> >>"
                % (_WIDTH, _HEIGHT, content, font, bold),
            )
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, listed)
    _write(path, objects)
    return path


def _page(number: int, chance: random.Random) -> list[str]:
    lines = [_text(60, 40, 8, "KX 22 screw compressor: manual")]
    lines.append(_text(60, 90, 16, f"{number + 1} About the {chance.choice(_WORDS)}", "B"))
    y = 120
    for _ in range(_LINES):
        words = " ".join(chance.choice(_WORDS) for _ in range(14)).capitalize()
        lines.append(_text(60, y, 10, words + ("." if chance.random() < 0.3 else "")))
        y += 14
    if number % 3 == 0:
        rows = [("Fault", "Cause", "Remedy")] + [
            (
                f"{chance.choice(_WORDS)} fault {number} {row}",
                f"{chance.choice(_WORDS)} cause {number} {row}",
                f"Replace the {chance.choice(_WORDS)}",
            )
            for row in range(8)
        ]
        lines += _ruled(rows, y + 10)
    lines.append(_text(290, 820, 8, str(number + 1)))
    return lines


def _ruled(rows: Sequence[Sequence[str]], top: int) -> list[str]:
    bottom = top + 20 * len(rows)
    lines = [
        _line(_COLUMNS[0], top + 20 * i, _COLUMNS[-1], top + 20 * i) for i in range(len(rows) + 1)
    ]
    lines += [_line(x, top, x, bottom) for x in _COLUMNS]
    for index, row in enumerate(rows):
        lines += [
            _text(x + 4, top + 20 * index + 14, 10, text)
            for x, text in zip(_COLUMNS, row, strict=False)
        ]
    return lines


def _text(x: int, y: int, size: int, text: str, font: str = "F") -> str:
    return f"BT /{font} {size} Tf 1 0 0 1 {x} {_HEIGHT - y} Tm ({text}) Tj ET"


def _line(x0: int, y0: int, x1: int, y1: int) -> str:
    return f"0.5 w {x0} {_HEIGHT - y0} m {x1} {_HEIGHT - y1} l S"


def _add(objects: list[bytes], body: bytes) -> int:
    objects.append(body)
    return len(objects)


def _write(path: Path, objects: Sequence[bytes]) -> None:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    path.write_bytes(out)
