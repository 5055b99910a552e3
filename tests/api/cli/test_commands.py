"""Every command: its help, its example, its errors; the whole command line at a glance."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from api.cli.groups import GROUPS
from api.cli.running import exit_code_of, sentence_of
from api.cli.words import CHINESE
from api.reference import split_help, walk_commands
from kg.model import errors
from tests.api.cli.conftest import Gemba

COMMANDS = list(walk_commands())
LEAVES = [(path, c) for path, c in COMMANDS if not getattr(c, "commands", None)]
CLI = Path(__file__).resolve().parents[3] / "api" / "cli"


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=str)
def test_command_has_a_summary_and_an_example(path: str, command: Any) -> None:
    said, example = split_help(command.help)
    summary = said.splitlines()[0]
    assert 10 < len(summary) < 110, summary
    assert summary.endswith((".", "?"))
    assert example.startswith(path) or f" {path.removeprefix('gemba ')}" in example, example


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=str)
def test_command_explains_every_option(path: str, command: Any) -> None:
    for param in command.params:
        assert (param.help or "").strip(), f"{path}: {param.name} is not explained"


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=str)
def test_command_help_works(gemba: Gemba, path: str, command: Any) -> None:
    ran = gemba(*path.split()[1:], "--help")
    assert ran.code == 0
    assert "Usage:" in ran.out
    assert ran.err == ""


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=str)
def test_command_refuses_an_unknown_option_in_one_sentence(
    gemba: Gemba, path: str, command: Any
) -> None:
    ran = gemba(*path.split()[1:], "--no-such-option")
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert "--help" in ran.err


def test_every_file_of_the_command_line_is_in_the_table() -> None:
    shown = {"diagnose_asset", "diagnose_network", "telling"}  # by more than one command
    frame = {"__main__", "groups", "options", "plant", "running", "terminal", "words"} | shown
    files = {path.stem for path in CLI.glob("*.py")} - frame - {"__init__"}
    listed = {group.module.rpartition(".")[2] for group in GROUPS}
    assert files <= listed


def test_every_module_of_the_table_is_there() -> None:
    missing = [group.module for group in GROUPS if find_spec(group.module) is None]
    assert missing == []


def test_unknown_command_names_the_nearest(gemba: Gemba) -> None:
    ran = gemba("serch", "x")
    assert ran.code == 2
    assert "search" in ran.err


def test_no_command_shows_the_help(gemba: Gemba) -> None:
    ran = gemba()
    assert ran.code == 2
    assert "Usage:" in ran.out


def test_version_is_shown(gemba: Gemba) -> None:
    ran = gemba("--version")
    assert ran.code == 0
    assert ran.out.startswith("gemba 0.")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.BadInput("x"), 2),
        (errors.UnreadableFile("x"), 2),
        (errors.BadMapping("x"), 2),
        (errors.OntologyError("x"), 2),
        (errors.MissingExtra("x"), 2),
        (errors.NotFound("x"), 1),
        (errors.Conflict("x"), 1),
        (errors.MassRemoval("x"), 1),
        (errors.StoreUnavailable("x"), 3),
    ],
)
def test_exit_code_tells_the_kind_of_error(error: errors.GembaError, code: int) -> None:
    assert exit_code_of(error) == code


def test_sentence_names_the_nearest_once() -> None:
    plain = errors.NotFound("There is no x.", nearest=["y", "z"])
    assert sentence_of(plain) == "There is no x. Did you mean y, z?"
    told = errors.NotFound("There is no x. Did you mean y?", nearest=["y"])
    assert sentence_of(told) == "There is no x. Did you mean y?"


def test_error_of_gemba_is_one_sentence(gemba: Gemba, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*_: object, **__: object) -> None:
        raise errors.StoreUnavailable("The database is locked.")

    monkeypatch.setattr("api.cli.plant.open_plant", raises)
    ran = gemba("load", "x.csv")
    assert (ran.code, ran.out, ran.err) == (3, "", "gemba: The database is locked.\n")


def test_fault_of_ours_says_so(gemba: Gemba, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("api.cli.plant.open_plant", raises)
    ran = gemba("load", "x.csv")
    assert ran.code == 70
    assert ran.err.startswith("gemba: this is a fault of Gemba")
    assert "ZeroDivisionError" in ran.err


def test_interruption_is_130(gemba: Gemba, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.cli.plant.open_plant", raises)
    assert gemba("load", "x.csv").code == 130


def test_store_that_is_no_store_is_one_sentence(gemba: Gemba, tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_bytes(b"no database at all" * 300)
    ran = gemba("--store", "notes.db", "stats")
    assert ran.code == 3
    assert ran.err.count("\n") == 1
    assert "notes.db" in ran.err


def test_store_is_chosen_before_and_after_the_command(gemba: Gemba, tmp_path: Path) -> None:
    make = ["tokens", "create", "x"]
    for arguments in (["--store", "a.db", *make], [*make, "--store", "b.db"], make):
        assert gemba(*arguments).code == 0
    assert sorted(p.name for p in tmp_path.glob("*.db")) == ["a.db", "b.db", "gemba.db"]


def test_store_of_the_environment_is_used(
    gemba: Gemba, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMBA_STORE", "env.db")
    assert gemba("tokens", "create", "x").code == 0
    assert (tmp_path / "env.db").exists()
    assert gemba("stats").code == 0


@pytest.mark.parametrize("arguments", [["stats"], ["search", "x"], ["documents", "list"]])
def test_question_without_a_store_says_so_and_makes_none(
    gemba: Gemba, tmp_path: Path, arguments: list[str]
) -> None:
    ran = gemba(*arguments)
    assert ran.code == 1
    assert "gemba.db" in ran.err
    assert "gemba load" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_answers_come_as_json_wherever_there_is_an_answer() -> None:
    """Commands that write pages, files or YAML, or never end, have nothing to answer."""
    without = {
        path
        for path, command in LEAVES
        if not any("--json" in param.opts for param in command.params)
    }
    assert without == {
        "gemba contain export",
        "gemba demo",
        "gemba events export",
        "gemba mappings draft",
        "gemba mappings show",
        "gemba ontology page",
        "gemba reference",
        "gemba rejected export",
        "gemba serve",
    }


def test_wrong_setting_is_one_sentence(gemba: Gemba, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMBA_TIMEZONE", "Nowhere")
    ran = gemba("stats")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "GEMBA_TIMEZONE" in ran.err


def test_closed_pipe_is_quiet(tmp_path: Path) -> None:
    # `true` is gone long before Python writes its first line.
    script = f"{sys.executable} -m api.cli --help | true"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "Traceback" not in ran.stderr
    assert "BrokenPipe" not in ran.stderr


def test_heavy_packages_wait_until_they_are_used(tmp_path: Path) -> None:
    """Help and completion must be quick: no database, web or RDF package for them."""
    heavy = ["fastapi", "uvicorn", "rdflib", "pyshacl", "neo4j", "numpy", "sqlalchemy", "openpyxl"]
    script = (
        "import sys; from api.cli import main; main(['--help']); "
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path,
        env=dict(os.environ),
    )  # fmt: skip
    assert ran.stderr.strip().splitlines()[-1] == "[]"


def test_fixed_words_are_all_translated() -> None:
    used: set[str] = set()
    for path in CLI.glob("*.py"):
        if path.stem == "words":
            continue
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        said = [
            node.args[0]
            for node in nodes
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"word", "headings", "sentence"}
        ]
        names = {n.id for arg in said for n in ast.walk(arg) if isinstance(n, ast.Name)}
        said += [
            node.value
            for node in nodes
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id in names for target in node.targets)
            and isinstance(node.value, ast.Constant | ast.Dict)
        ]
        for value in said:
            texts = value.values if isinstance(value, ast.Dict) else [value]
            used.update(
                part.value
                for text in texts
                for part in ast.walk(text)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
    assert used - CHINESE.keys() == set()
    assert len(used) > 20


def test_sentences_have_the_same_places_in_chinese() -> None:
    for english, chinese in CHINESE.items():
        if "{" in english:
            assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese))
