"""E-mails taken apart: their attachments become files of their own, beside the mail itself."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path, PurePosixPath

from api.intake.archives import Unpacked
from extraction.documents.readers.mail import open_mail
from extraction.files import DEFAULT_LIMITS, Limits
from kg.model.errors import UnreadableFile

_LONGEST_NAME = 150


def unpack_mail(
    mail: Path, folder: Path, shown: str = "", limits: Limits = DEFAULT_LIMITS
) -> list[Unpacked]:
    """Write the attachments of `mail` into the empty `folder`, in their order.

    Files get names of ours, so nothing a mail says chooses where we write. Raises UnreadableFile,
    naming the mail.
    """
    shown = shown or str(mail)
    message = open_mail(mail, shown, limits)
    found: list[Unpacked] = []
    taken: dict[str, int] = {}
    room = limits.unpacked_bytes
    for number, part in enumerate(message.iter_attachments()):
        if number >= limits.archive_parts:
            raise UnreadableFile(
                f"{shown} has more than {limits.archive_parts:,} attachments; send fewer."
            )
        content = _content(part)
        if content is None:
            continue
        room -= len(content)
        if room < 0:
            raise UnreadableFile(
                f"{shown}: its attachments have more than {limits.unpacked_bytes:,} bytes;"
                " save and load them one by one."
            )
        name = _name(part, number)
        taken[name] = taken.get(name, 0) + 1
        if taken[name] > 1:
            path = PurePosixPath(name)
            name = f"{path.stem} ({taken[name]}){path.suffix}"
        target = folder / f"{number:05d}{PurePosixPath(name).suffix[:16]}"
        target.write_bytes(content)
        found.append(Unpacked(name, target))
    return found


def _content(part: EmailMessage) -> bytes | None:
    """The bytes of an attachment; None where there are none."""
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload(0)
        return inner.as_bytes() if isinstance(inner, EmailMessage) else None
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else None


def _name(part: EmailMessage, number: int) -> str:
    """The attachment's file name without any path; a mail within has none."""
    last = (part.get_filename() or "").replace("\\", "/").rpartition("/")[2].strip()
    name = "".join(char for char in last if char.isprintable())[-_LONGEST_NAME:].strip(". ")
    if part.get_content_type() == "message/rfc822" and not name.casefold().endswith(".eml"):
        return f"{name or f'mail-{number + 1}'}.eml"
    return name or f"attachment-{number + 1}"
