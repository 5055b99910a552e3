"""Sentences that tell a cause and its remedy: `If the oil is low, top up`, 若滤芯堵塞，应更换."""

from __future__ import annotations

import re

from extraction.documents.structure.items import Piece, name_of
from extraction.documents.structure.parting import Parted
from extraction.documents.structure.roles import begins_with_verb

_SENTENCE = re.compile(r"[^.!?。！？；;\n]+(?:[.](?=\S)[^.!?。！？；;\n]+)*")
_WHEN = re.compile(
    r"\s*(?:if|when|where|in case(?: of)?|should)\s+(?P<cause>[^,]{4,120}?)\s*"
    r"(?:,\s*(?:then\s+)?|\s+then\s+)"
    r"(?P<remedy>.{3,200})",
    re.IGNORECASE | re.DOTALL,
)
_WHEN_HAN = re.compile(
    r"\s*(?:如果|倘若|若是|当|若|如)(?P<cause>[^，,]{2,60}?)(?:时|的话)?[，,]\s*"
    r"(?:则|就|应|需|请|须|必须|可|要|应当|应该|需要|可以|及时|立即)*(?P<remedy>.{2,100})",
    re.DOTALL,
)
# What speaks of the fault itself, of an answer or of a wish names no cause.
_NO_CAUSE = re.compile(
    r"\b(?:problem|fault|alarm|trouble|symptom|error|necessary|required|possible|needed|so|not|yes"
    r"|no|doubt|you|above|this|that|it)\b|问题|故障|报警|必要|需要|可能|仍|依旧|依然|还是|上述|此",
    re.IGNORECASE,
)


def conditions_in(text: str) -> list[Parted]:
    """What sentences of a text name as causes, each with its remedy, and where they stand.

    A sentence counts where what follows the condition begins as an instruction does.
    """
    found: list[Parted] = []
    for sentence in _SENTENCE.finditer(text):
        match = _WHEN.fullmatch(sentence[0]) or _WHEN_HAN.fullmatch(sentence[0])
        if match is None or _NO_CAUSE.search(match["cause"]):
            continue
        if not begins_with_verb(match["remedy"]):
            continue
        cause, remedy = (
            Piece(
                "",
                name_of(match[name]),
                sentence.start() + match.start(name),
                sentence.start() + match.end(name),
            )
            for name in ("cause", "remedy")
        )
        if cause.name and remedy.name:
            found.append(Parted(cause, remedy))
    return found
