"""How a command gets its plant: `@with_plant` opens the store and adds `--store` and `--lang`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import typer

from api.settings import Settings
from api.wiring import open_plant
from kg.model.errors import NotFound

R = TypeVar("R")

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="FILE_OR_ADDRESS",
        help="The store, where it is not the usual one.",
        rich_help_panel="Common options",
    ),
]
LanguageOption = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="en|zh",
        help="Language of the answer.",
        rich_help_panel="Common options",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON, for programs.")]


class GlobalOptions(NamedTuple):
    """What was said before the command's name."""

    store: str | None = None
    language: str | None = None


def settings_of(
    context: typer.Context, store: str | None = None, language: str | None = None
) -> Settings:
    """The environment's settings with what was said on the command line. Raises BadSetting."""
    said = context.find_object(GlobalOptions) or GlobalOptions()
    return Settings.from_environment().replaced(
        store=store or said.store, language=language or said.language
    )


def with_settings(function: Callable[..., R]) -> Callable[..., R]:
    """Give a command its settings as first argument, and the options `--store` and `--lang`."""

    def call(settings: Settings, arguments: dict[str, Any]) -> R:
        return function(settings, **arguments)

    return _wrapped(function, call)


def with_plant(function: Callable[..., R]) -> Callable[..., R]:
    """Give a command an open plant as first argument, and the options `--store` and `--lang`.

    The store must be there: a question in the wrong folder is told so, and makes no file.
    """

    def call(settings: Settings, arguments: dict[str, Any]) -> R:
        require_store(settings)
        with open_plant(settings) as plant:
            return function(plant, **arguments)

    return _wrapped(function, call)


def with_plant_made(function: Callable[..., R]) -> Callable[..., R]:
    """As `with_plant`, for commands that may be the first ones: they make the store.

    A dry run makes none: it tries on an empty one that vanishes.
    """

    def call(settings: Settings, arguments: dict[str, Any]) -> R:
        if arguments.get("dry_run") and not _is_there(settings):
            settings = settings.replaced(store=":memory:")
        with open_plant(settings) as plant:
            return function(plant, **arguments)

    return _wrapped(function, call)


def require_store(settings: Settings) -> None:
    """Raise NotFound where the store that `settings` name is not there."""
    if not _is_there(settings):
        raise NotFound(
            f"There is no store {settings.store} here; `gemba load FILE` makes one, and "
            "--store or GEMBA_STORE names another.",
            ids=[settings.store],
        )


def _is_there(settings: Settings) -> bool:
    return settings.is_server or Path(settings.store).exists()


def _wrapped(
    function: Callable[..., R], call: Callable[[Settings, dict[str, Any]], R]
) -> Callable[..., R]:
    signature = inspect.signature(function, eval_str=True)
    own = list(signature.parameters.values())[1:]
    extra = [
        inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        inspect.Parameter(
            "store", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=StoreOption
        ),
        inspect.Parameter(
            "language", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=LanguageOption
        ),
    ]

    @functools.wraps(function)
    def command(
        *, context: typer.Context, store: str | None, language: str | None, **arguments: Any
    ) -> R:
        return call(settings_of(context, store, language), arguments)

    del command.__wrapped__  # Typer must see the new signature
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + extra
    new_signature = signature.replace(parameters=parameters, return_annotation=None)
    command.__signature__ = new_signature  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return command
