"""A small PDF writer for tests: text at places, lines, pictures, more pages; no dependencies.

Latin text is set in Helvetica, Han text in a font that every reader must know by name
(STSong-Light with UniGB-UCS2-H), so nothing is embedded and files stay a few hundred bytes.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path

WIDTH, HEIGHT = 595.0, 842.0
_RUN = re.compile(r"[\x20-\x7e•]+|[^\x20-\x7e•]+")


class Page:
    """One page. Places are in points from the top left corner; `y` is the text's base line."""

    def __init__(self) -> None:
        self.operators: list[str] = []
        self.image: tuple[int, int, bytes] | None = None  # width, height, grey bytes

    def text(self, x: float, y: float, text: str, *, size: float = 10, bold: bool = False) -> None:
        """Write one line."""
        for run in _RUN.findall(text):
            if run[0] <= "\x7e" or run[0] == "•":
                escaped = re.sub(r"([\\()])", r"\\\1", run).replace("•", r"\225")
                font, shown = "FB" if bold else "FR", f"({escaped})"
                width = 0.5 * size * len(run)
            else:
                font, shown = "FH", f"<{run.encode('utf-16-be').hex()}>"
                width = size * len(run)
            self.operators.append(
                f"BT /{font} {size} Tf 1 0 0 1 {x:.2f} {HEIGHT - y:.2f} Tm {shown} Tj ET"
            )
            x += width

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw a thin line."""
        self.operators.append(f"0.5 w {x0:.2f} {HEIGHT - y0:.2f} m {x1:.2f} {HEIGHT - y1:.2f} l S")

    def box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw a rectangle."""
        self.operators.append(f"0.5 w {x0:.2f} {HEIGHT - y1:.2f} {x1 - x0:.2f} {y1 - y0:.2f} re S")

    def picture(self, width: int, height: int, grey: bytes) -> None:
        """Fill the page with a picture of 8-bit grey values."""
        self.image = (width, height, grey)
        self.operators.append(f"q {WIDTH} 0 0 {HEIGHT} 0 0 cm /IM Do Q")


def write_pdf(path: Path, pages: list[Page], *, title: str = "") -> Path:
    """Write `pages` to `path`, and return it."""
    objects: list[bytes] = []

    def add(body: str | bytes) -> int:
        objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(objects)

    def stream(head: str, data: bytes) -> bytes:
        packed = zlib.compress(data)
        start = f"<< {head} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
        return start.encode("latin-1") + packed + b"\nendstream"

    catalog, tree = add(""), add("")
    regular = add(
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    )
    bold = add(
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>"
    )
    inner = add(
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>"
    )
    han = add(
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
        f"/DescendantFonts [{inner} 0 R] >>"
    )
    fonts = f"/Font << /FR {regular} 0 R /FB {bold} 0 R /FH {han} 0 R >>"
    kids = []
    for page in pages:
        content = add(stream("", "\n".join(page.operators).encode("latin-1")))
        pictures = ""
        if page.image is not None:
            width, height, grey = page.image
            head = (
                f"/Type /XObject /Subtype /Image /Width {width} /Height {height} "
                "/ColorSpace /DeviceGray /BitsPerComponent 8"
            )
            pictures = f"/XObject << /IM {add(stream(head, grey))} 0 R >>"
        kids.append(
            add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] "
                f"/Resources << {fonts} {pictures} >> /Contents {content} 0 R >>"
            )
        )
    objects[catalog - 1] = f"<< /Type /Catalog /Pages {tree} 0 R >>".encode()
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[tree - 1] = f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>".encode()
    info = add(f"<< /Title <{(chr(0xFEFF) + title).encode('utf-16-be').hex()}> >>")

    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        info,
        start,
    )
    path.write_bytes(out)
    return path
