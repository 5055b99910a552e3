"""Image and compose file: what can be checked without a container engine."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.reference import walk_commands
from api.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def _variables(names: list[str]) -> set[str]:
    known = {f.metadata["variable"] for f in Settings.__dataclass_fields__.values()}
    return {name for name in names if name.startswith("GEMBA_")} - known


def test_compose_services_are_checked_and_ordered(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"neo4j", "gemba"}
    assert services["gemba"]["depends_on"]["neo4j"]["condition"] == "service_healthy"
    assert services["neo4j"]["healthcheck"]["test"][0] == "CMD-SHELL"
    assert set(compose["volumes"]) == {"neo4j-data", "gemba-data"}
    for service in services.values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source.startswith("./") or source in compose["volumes"]


def test_compose_listens_on_this_machine_only_and_holds_no_secret(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")
    neo4j, gemba = compose["services"]["neo4j"], compose["services"]["gemba"]
    assert neo4j["environment"]["NEO4J_AUTH"].startswith("neo4j/${NEO4J_PASSWORD:?")
    assert gemba["environment"]["GEMBA_NEO4J_PASSWORD"].startswith("${NEO4J_PASSWORD:?")


def test_compose_and_image_use_settings_that_exist(compose: dict[str, Any]) -> None:
    assert _variables(list(compose["services"]["gemba"]["environment"])) == set()
    assert _variables(re.findall(r"^\s+(GEMBA_\w+)=", DOCKERFILE, re.M)) == set()


def test_compose_neo4j_settings_are_of_the_entry_points_form(compose: dict[str, Any]) -> None:
    """Any other variable would become an unknown setting, and the server would not start."""
    settings = set(compose["services"]["neo4j"]["environment"]) - {"NEO4J_AUTH"}
    for name in settings:
        assert re.fullmatch(r"NEO4J_(dbms|server|db)_[a-z]+(_{1,2}[a-z]+)*", name), name


def test_compose_health_check_finds_the_password(tmp_path: Path, compose: dict[str, Any]) -> None:
    """The shell line, run with a stand-in for cypher-shell that shows what it was given."""
    line = compose["services"]["neo4j"]["healthcheck"]["test"][1].replace("$$", "$")
    stand_in = tmp_path / "cypher-shell"
    stand_in.write_text('#!/bin/sh\nprintf "%s|" "$@" > "$OUT"\n', encoding="utf-8")
    stand_in.chmod(0o755)
    out = tmp_path / "out"
    subprocess.run(
        ["/bin/sh", "-c", line],
        check=True,
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "OUT": str(out),
            "NEO4J_AUTH": "neo4j/pass word/1",
        },
    )
    assert out.read_text(encoding="utf-8") == "-u|neo4j|-p|pass word/1|RETURN 1|"


def test_image_runs_commands_that_exist_as_nobody_special() -> None:
    commands = {path.removeprefix("gemba ") for path, _ in walk_commands()}
    assert re.search(r'^ENTRYPOINT \["gemba"\]$', DOCKERFILE, re.M)
    (served,) = re.findall(r'^CMD \["(\w+)"\]$', DOCKERFILE, re.M)
    (health,) = re.findall(r'HEALTHCHECK .*CMD \["gemba", "(\w+)"\]', DOCKERFILE)
    assert {served, health} <= commands
    assert re.search(r"^USER gemba$", DOCKERFILE, re.M)


def test_image_copies_what_the_wheel_needs() -> None:
    copied = set(re.findall(r"^COPY (?:--from=\S+ )?(\S.*) \S+$", DOCKERFILE, re.M))
    names = {name for line in copied for name in shlex.split(line)}
    assert {"api", "data", "extraction", "kg", "ontology"} <= names
    assert {"pyproject.toml", "constraints.txt", "README.md", "LICENSE"} <= names
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for name in names - {"/opt/gemba"}:
        assert (ROOT / name).exists()
        assert f"!{name}" in ignored


def test_health_check_of_the_image_works_without_a_home(tmp_path: Path) -> None:
    """As in a container with a read-only root: no cache folder, a service that is not there."""
    ran = subprocess.run(
        [sys.executable, "-m", "api.cli", "health"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GEMBA_HOST": "0.0.0.0",
             "GEMBA_PORT": "1"},
    )  # fmt: skip
    assert ran.returncode == 3
    assert ran.stderr.count("\n") == 1
