"""How large a file and its parts may be before we refuse to read on."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps against oversized and hostile files. Sizes in bytes, cells in characters."""

    file_bytes: int = 16 * 1024 * _MIB  # streamed formats: CSV, JSON lines
    document_bytes: int = 512 * _MIB  # formats that are read as a whole: workbooks, JSON objects
    unpacked_bytes: int = 2 * 1024 * _MIB  # everything in an archive, unpacked
    unpacked_ratio: int = 200  # unpacked size over packed size, for parts above 1 MiB
    archive_parts: int = 10_000
    cell_characters: int = 1_000_000  # a longer cell refuses its row
    line_characters: int = 16 * _MIB  # a longer line is not a table
    columns: int = 4_096
    sheet_cells: int = 32_000_000  # rows times columns of the used area of one sheet


DEFAULT_LIMITS = Limits()
