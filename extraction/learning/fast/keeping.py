"""Trained chains kept in a folder of work, so that an interrupted training goes on with them.

A chain is known by everything that it was learnt from; what was changed since is learnt anew.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import numpy as np

from extraction.learning.fast.chain import Weights

_VERSION = 1  # of what chains learn from a text; raise it where that changes


class Kept:
    """The chains of one training. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None, learnt_from: Iterable[object] = ()) -> None:
        """`learnt_from`: whatever decides what comes out, with a `repr` that tells it whole."""
        self._folder = folder / "chains" if folder is not None else None
        digest = sha256(repr(_VERSION).encode())
        if folder is not None:
            for part in learnt_from:
                digest.update(repr(part).encode("utf-8", "surrogatepass"))
        self._digest = digest

    def chain(self, of: object, train: Callable[[], Weights]) -> Weights:
        """The chain that was learnt of `of`, from the folder or by `train`."""
        if self._folder is None:
            return train()
        digest = self._digest.copy()
        digest.update(repr(of).encode())
        path = self._folder / f"{digest.hexdigest()[:32]}.npz"
        if path.is_file():
            try:
                with np.load(path, allow_pickle=False) as numbers:
                    return Weights(*(numbers[part] for part in Weights._fields))
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                path.unlink(missing_ok=True)  # the interruption came while it was written
        trained = train()
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}.part")
        with fresh.open("wb") as file:
            np.savez(file, **trained._asdict())
        fresh.replace(path)
        return trained
