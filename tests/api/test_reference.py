"""The reference pages say what the code says."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from api.reference import (
    outdated_pages,
    reference_pages,
    split_help,
    walk_commands,
    write_reference,
)
from api.settings import Settings

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"


def test_reference_pages_are_current() -> None:
    """Where this fails, run `make reference`."""
    assert outdated_pages(PAGES) == []


def test_reference_names_every_setting_command_and_route() -> None:
    pages = reference_pages()
    for field in dataclasses.fields(Settings):
        assert f"`{field.metadata['variable']}`" in pages["settings.md"]
    for path, _ in walk_commands():
        assert f"\n## {path}\n" in pages["cli.md"]
    assert "### `GET /api/v1/why`" in pages["api.md"]
    assert "Needs the permission `load`." in pages["api.md"]


def test_reference_is_written_once(tmp_path: Path) -> None:
    assert {p.name for p in write_reference(tmp_path)} == {"cli.md", "settings.md", "api.md"}
    assert write_reference(tmp_path) == []
    assert outdated_pages(tmp_path) == []
    (tmp_path / "settings.md").write_text("old", encoding="utf-8")
    assert outdated_pages(tmp_path) == ["settings.md"]


def test_help_is_split_from_its_example() -> None:
    assert split_help("Do it.\n\nMore.\n\nExample:\n\n    gemba x\n    gemba y") == (
        "Do it.\n\nMore.",
        "gemba x\ngemba y",
    )
    assert split_help("Do it.") == ("Do it.", "")
