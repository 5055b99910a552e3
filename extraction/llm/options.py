"""Which server and model, and how much of it may be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LlmOptions:
    """`tokens` and `requests` are what one extractor may use in its life; then it asks no more.

    `cache` is a folder for answers; None keeps none.
    """

    address: str = "http://127.0.0.1:11434/v1"
    model: str = ""
    key: str = field(default="", repr=False)
    tokens: int = 1_000_000
    requests: int = 10_000
    cache: Path | None = None
    concurrency: int = 4  # requests under way at once
    timeout_seconds: float = 60.0
    attempts: int = 4  # for one text
    first_wait_seconds: float = 0.5  # before the second attempt; doubles
    longest_wait_seconds: float = 30.0
    answer_tokens: int = 1_500
    longest_text: int = 8_000  # characters; of a longer text only so much is asked about
