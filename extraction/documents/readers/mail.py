"""E-mail (EML): its head and body into blocks. Attachments are documents of their own."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from extraction.documents.blocks import Block, Reading, Text
from extraction.documents.readers.html import read_html
from extraction.documents.readers.text import read_text
from extraction.files import Limits
from kg.model.claims import Finding
from kg.model.errors import UnreadableFile


def open_mail(path: Path, shown: str, limits: Limits) -> EmailMessage:
    """The parsed mail at `path`. Raises UnreadableFile where it is none."""
    if path.stat().st_size > limits.document_bytes:
        raise UnreadableFile(f"{shown} is larger than a mail may be; save its attachments.")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    if not message.keys():
        raise UnreadableFile(f"{shown} is no e-mail (it has no head); save it again as EML.")
    return message


def read_mail(path: Path, shown: str, limits: Limits) -> Reading:
    """Subject and body of the mail at `path`."""
    message = open_mail(path, shown, limits)
    subject = str(message.get("subject", "") or "").strip()
    reading = Reading(iter(()), "message/rfc822", subject)
    reading.blocks = _blocks(message, subject, shown, reading)
    return reading


def _blocks(message: EmailMessage, subject: str, shown: str, reading: Reading) -> Iterator[Block]:
    if subject:
        yield Text("heading", subject, "subject", 1)
    body = message.get_body(("plain", "html"))
    if body is None:
        return
    try:
        text = str(body.get_content())
    except (LookupError, ValueError, KeyError):
        payload = body.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
        reading.findings.append(
            Finding("bad-encoding", "body", f"{shown}: the body's encoding is unknown to us.")
        )
    if body.get_content_subtype() == "html":
        yield from read_html(text or "<p></p>", shown, place="body/").blocks
        return
    yield from read_text(text).blocks
