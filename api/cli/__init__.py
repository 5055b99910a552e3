"""The command line. `main` is the command `gemba`.

Exit codes: 0 done; 1 done in part, not found, or a check that failed; 2 the command or its input
is wrong; 3 the store cannot be reached; 70 a fault of Gemba; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `gemba` with `arguments` (those of the process if None); returns the exit code."""
    from api.cli.running import run

    code = run(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        sys.exit(code)
    return code
