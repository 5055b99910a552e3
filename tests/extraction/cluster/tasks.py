"""Tasks that tests send to other processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kg.model.errors import BadInput


@dataclass(frozen=True)
class Shout:
    """Makes texts upper case; some words make it fail in various ways."""

    digest: str = "shout"

    def open(self) -> Callable[[str], str]:
        return shout


@dataclass(frozen=True)
class Meet:
    """Waits until two processes work at the same time; tells the process."""

    folder: Path
    digest: str = "meet"

    def open(self) -> Callable[[int], int]:
        def work(item: int) -> int:
            del item
            (self.folder / str(os.getpid())).touch()
            deadline = time.monotonic() + 60
            while len(list(self.folder.iterdir())) < 2 and time.monotonic() < deadline:
                time.sleep(0.02)
            return os.getpid()

        return work


def shout(item: str) -> str:
    if item == "bad":
        raise BadInput("bad.txt, page 3: is damaged; scan it again.")
    if item == "fault":
        raise ZeroDivisionError("by zero")
    if item == "die":
        os._exit(3)
    if item.startswith("slow"):
        time.sleep(0.3)
    return item.upper()
