"""The one table of commands: which module gives which command or group, and under which heading.

A module has either `app`, a Typer application that becomes a group of commands, or `COMMANDS`,
functions that become commands of `gemba` itself.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, NamedTuple

import typer

from api.cli.plant import GlobalOptions

ASK, LOAD, CORRECT, LEARN, RUN = (
    "Ask",
    "Load",
    "Correct and review",
    "Learn to read",
    "Run and look after",
)


class Group(NamedTuple):
    """One file of the command line."""

    name: str  # of the group; for a module with COMMANDS only a title
    module: str
    panel: str


GROUPS: tuple[Group, ...] = (
    Group("search", "api.cli.search", ASK),
    Group("why", "api.cli.why", ASK),
    Group("ask", "api.cli.ask", ASK),
    Group("diagnose", "api.cli.diagnose", ASK),
    Group("sessions", "api.cli.sessions", ASK),
    Group("feedback", "api.cli.feedback", CORRECT),
    Group("calibration", "api.cli.calibration", ASK),
    Group("reliability", "api.cli.reliability", ASK),
    Group("fmea", "api.cli.fmea", RUN),
    Group("trace", "api.cli.trace", ASK),
    Group("contain", "api.cli.contain", ASK),
    Group("events", "api.cli.events", ASK),
    Group("timeline", "api.cli.timeline", ASK),
    Group("investigate", "api.cli.investigate", ASK),
    Group("causes", "api.cli.causes", ASK),
    Group("spc", "api.cli.spc", ASK),
    Group("report", "api.cli.report", ASK),
    Group("load", "api.cli.load", LOAD),
    Group("rejected", "api.cli.rejected", LOAD),
    Group("mappings", "api.cli.mappings", LOAD),
    Group("documents", "api.cli.documents", LOAD),
    Group("runs", "api.cli.runs", LOAD),
    Group("sample", "api.cli.sample", LOAD),
    Group("demo", "api.cli.demo", LOAD),
    Group("statements", "api.cli.statements", CORRECT),
    Group("review", "api.cli.review", CORRECT),
    Group("complete", "api.cli.complete", CORRECT),
    Group("aliases", "api.cli.aliases", CORRECT),
    Group("identity", "api.cli.identity", CORRECT),
    Group("ontology", "api.cli.ontology", CORRECT),
    Group("learning", "api.cli.learning", LEARN),
    Group("read", "api.cli.read", LEARN),
    Group("labels", "api.cli.labels", LEARN),
    Group("annotate", "api.cli.annotate", LEARN),
    Group("serve", "api.cli.serve", RUN),
    Group("health", "api.cli.health", RUN),
    Group("tokens", "api.cli.tokens", RUN),
    Group("audit", "api.cli.audit", RUN),
    Group("exchange", "api.cli.exchange", RUN),
    Group("stats", "api.cli.stats", RUN),
    Group("bench", "api.cli.bench", RUN),
    Group("reference", "api.cli.reference", RUN),
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"gemba {version('gembagraph')}")
        raise typer.Exit


def _root(
    context: typer.Context,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="FILE_OR_ADDRESS",
            help="The store: a file, or a Neo4j address. Else GEMBA_STORE, else gemba.db here.",
        ),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--lang", metavar="en|zh", help="Language of answers.")
    ] = None,
    _show_version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Ask one graph why an asset fails and what a defect touches, with the evidence for it.

    Example:

        gemba --store plant.db load workorders.csv
    """
    context.obj = GlobalOptions(store=store, language=language)


def build_app(groups: tuple[Group, ...] = GROUPS) -> typer.Typer:
    """The whole command line as one Typer application."""
    app = typer.Typer(
        name="gemba",
        callback=_root,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    for group in groups:
        if not _is_there(group.module):
            continue
        module = import_module(group.module)
        sub_app: typer.Typer | None = getattr(module, "app", None)
        if sub_app is not None:
            app.add_typer(sub_app, name=group.name, rich_help_panel=group.panel)
        commands: tuple[Callable[..., Any], ...] = getattr(module, "COMMANDS", ())
        for function in commands:
            name = function.__name__.rstrip("_").replace("_", "-")
            app.command(name, rich_help_panel=group.panel)(function)
    return app


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
