"""The pipeline's configuration: one commented file in spaCy's format.

The shipped one is `data/pipeline/gemba.cfg`; a plant copies it, changes it, and names its own. It
is read without spaCy, whose import takes seconds; spaCy reads the very same file.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from extraction.pipeline.registry import STAGES
from extraction.pipeline.stage import Stage
from kg.model.errors import BadInput

SHIPPED = "gemba.cfg"
_FILES = ("model", "labels", "respellings", "headings", "codes")  # settings that name files


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration as it was read. `folder` is where its relative paths begin."""

    text: str
    folder: Path
    shown: str

    def sections(self) -> dict[str, Any]:
        """All sections, references resolved. Raises BadInput."""
        from confection import Config, ConfigValidationError

        try:
            return dict(Config().from_str(self.text))
        except (ConfigValidationError, ValueError, KeyError) as error:
            first = str(error).strip().splitlines()
            raise BadInput(
                f"{self.shown} is no pipeline configuration ({first[-1] if first else error}); "
                "compare it with the shipped one, data/pipeline/gemba.cfg."
            ) from None

    @property
    def is_shipped(self) -> bool:
        """Whether it says what the shipped one says."""
        return self.text == shipped_text()


def shipped_text() -> str:
    """The shipped configuration."""
    return (files("data") / "pipeline" / SHIPPED).read_text("utf-8")


def read_configuration(
    path: Path | None = None, *, model: Path | None = None, normaliser: Path | None = None
) -> Configuration:
    """The configuration at `path`, else the shipped one, with trained models put into it.

    Raises BadInput where the file cannot be read.
    """
    if path is None:
        text, folder, shown = shipped_text(), Path(), f"data/pipeline/{SHIPPED}"
    else:
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(
                f"{path}: the pipeline's configuration cannot be read ({error})."
            ) from None
        folder, shown = path.parent, str(path)
    configuration = Configuration(text, folder, shown)
    changes = {"gemba_recogniser": model, "gemba_normaliser": normaliser}
    if any(changes.values()):
        configuration = _with_models(configuration, changes)
    return configuration


def _with_models(configuration: Configuration, models: dict[str, Path | None]) -> Configuration:
    from confection import Config

    sections = Config(configuration.sections())
    for factory, directory in models.items():
        if directory is None:
            continue
        named = [
            name
            for name, c in sections.get("components", {}).items()
            if c.get("factory") == factory
        ]
        if not named:
            raise BadInput(
                f"{configuration.shown} has no component {factory}, so that no model can be put "
                "into it; add one, as in the shipped data/pipeline/gemba.cfg."
            )
        sections["components"][named[0]]["model"] = str(directory.absolute())
    return Configuration(sections.to_str(), configuration.folder, configuration.shown)


def build_stages(configuration: Configuration) -> dict[str, Stage]:
    """The stages that a configuration lists, by name, in order; not yet bound. Raises BadInput."""
    sections = configuration.sections()
    components = sections.get("components", {})
    order = sections.get("nlp", {}).get("pipeline", [])
    if not order:
        raise BadInput(f"{configuration.shown} lists no components in [nlp] pipeline.")
    stages: dict[str, Stage] = {}
    for name in order:
        settings = dict(components.get(name) or {})
        factory = settings.pop("factory", None)
        cls = STAGES.get(factory or "")
        if cls is None:
            raise BadInput(
                f"{configuration.shown}: [components.{name}] has the factory {factory!r}; there "
                f"is {', '.join(STAGES)}."
            )
        stages[name] = make_stage(cls, settings, f"{configuration.shown}: [components.{name}]")
    check_order(stages, configuration.shown)
    return stages


def make_stage(cls: type[Stage], settings: dict[str, Any], shown: str) -> Stage:
    """A stage with its settings. Raises BadInput for one that it does not have."""
    known = inspect.signature(cls).parameters
    for key in settings:
        if key not in known:
            raise BadInput(f"{shown} has no setting {key!r}; it has {', '.join(known) or 'none'}.")
    return cls(**settings)


def check_order(stages: dict[str, Stage], shown: str) -> None:
    """Raise BadInput where a stage needs what no stage before it gives."""
    given: set[str] = {"words", "marks", "found", "bonds", "things", "links"}  # may stay empty
    for name, stage in stages.items():
        missing = [need for need in stage.needs if need not in given]
        if missing:
            raise BadInput(
                f"{shown}: the component {name} needs {', '.join(missing)}, which no component "
                "before it gives; put them in the order of the shipped data/pipeline/gemba.cfg."
            )
        given |= set(stage.gives)
    if "claims" not in given:
        raise BadInput(f"{shown}: no component writes statements; add gemba_statements.")


def digest_of(configuration: Configuration, stages: dict[str, Stage]) -> str:
    """What tells one way of reading from another: sections and every file that stages read."""
    sections = configuration.sections()
    parts: list[str] = []
    for name, stage in stages.items():
        settings = dict(sections.get("components", {}).get(name) or {})
        for key in _FILES:
            settings.pop(key, None)  # what is in the files counts, not where they lie
        parts.append(f"{name}={stage.digest} {json.dumps(settings, sort_keys=True, default=str)}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]
