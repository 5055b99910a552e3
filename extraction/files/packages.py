"""What a ZIP file says it holds, checked before a byte of it is unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence

from extraction.files.limits import Limits
from kg.model.errors import UnreadableFile

FREE_RATIO_BYTES = 1024 * 1024  # a part up to this size may unpack by any ratio
_ENCRYPTED = 0x1


def check_directory(
    shown: object, parts: Sequence[zipfile.ZipInfo], limits: Limits, what: str
) -> None:
    """Raises UnreadableFile for too many parts, parts that climb out, passwords and bombs.

    `what` is what the file is taken for, such as "workbook".
    """
    if len(parts) > limits.archive_parts:
        raise UnreadableFile(
            f"{shown} holds {len(parts):,} parts, more than the {limits.archive_parts:,} allowed."
        )
    total = 0
    for part in parts:
        name = part.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
            raise UnreadableFile(
                f"{shown} holds a part that climbs out of the file ({part.filename[:80]!r}); it may"
                " be hostile and was not opened."
            )
        if part.flag_bits & _ENCRYPTED:
            raise UnreadableFile(f"{shown} is protected with a password; save it without one.")
        total += part.file_size
        if part.file_size > allowed_bytes(part, limits):
            raise UnreadableFile(bomb(shown, part.filename, what))
    if total > limits.unpacked_bytes:
        raise UnreadableFile(bomb(shown, "its parts together", what))


def allowed_bytes(part: zipfile.ZipInfo, limits: Limits) -> int:
    """To how many bytes a part may unpack."""
    return max(FREE_RATIO_BYTES, limits.unpacked_ratio * max(1, part.compress_size))


def bomb(shown: object, part: str, what: str) -> str:
    """The sentence for a part that unpacks to too much."""
    return (
        f"{shown}: {part} would unpack to far more than a {what} has; it may be hostile and was"
        " not opened."
    )
