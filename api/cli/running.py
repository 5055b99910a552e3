"""Runs one command: errors become one sentence on standard error and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Sequence

import typer

from api.cli.groups import build_app
from kg.model.errors import Conflict, GembaError, NotFound, StoreUnavailable

DONE, INCOMPLETE, WRONG_INPUT, NO_STORE, OUR_FAULT, INTERRUPTED = 0, 1, 2, 3, 70, 130
_CLICK_ERROR = typer.BadParameter.__mro__[2]  # the base of what a wrong command line raises


def exit_code_of(error: GembaError) -> int:
    """The exit code that tells a script what kind of error it was."""
    if isinstance(error, StoreUnavailable):
        return NO_STORE
    if isinstance(error, NotFound | Conflict):
        return INCOMPLETE
    return WRONG_INPUT


def run(arguments: Sequence[str]) -> int:
    """Run `gemba` with `arguments`; returns the exit code, never raises a GembaError."""
    try:
        code = build_app()(args=list(arguments), prog_name="gemba", standalone_mode=False)
        return code if isinstance(code, int) else DONE
    except GembaError as error:
        say(sentence_of(error))
        return exit_code_of(error)
    except KeyboardInterrupt:
        say("interrupted.")
        return INTERRUPTED
    except typer.Abort:
        say("nothing was done.")
        return INCOMPLETE
    except BrokenPipeError:
        _quiet_output()
        return DONE
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else INCOMPLETE
    except Exception as error:
        if isinstance(error, _CLICK_ERROR):
            return _usage_error(error)
        say("this is a fault of Gemba, not of your command; please report it with these lines.")
        traceback.print_exception(error)
        return OUR_FAULT


def sentence_of(error: GembaError) -> str:
    """The error's sentence, with the nearest names where something was not found."""
    if isinstance(error, NotFound) and error.nearest and "Did you mean" not in str(error):
        return f"{error} Did you mean {', '.join(error.nearest)}?"
    return str(error)


def say(sentence: str) -> None:
    """One sentence to standard error."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"gemba: {sentence}\n")


def _usage_error(error: Exception) -> int:
    context: typer.Context | None = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(str(error)) if str(error).strip() else None
        return WRONG_INPUT
    message: str = error.format_message()  # type: ignore[attr-defined]
    path = context.command_path if context is not None else "gemba"
    sys.stderr.write(f"{path}: {message} See `{path} --help`.\n")
    return WRONG_INPUT


def _quiet_output() -> None:
    """Keep Python from complaining about the closed pipe when it flushes at exit."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
