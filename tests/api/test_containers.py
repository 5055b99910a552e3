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


def _unknown(names: list[str]) -> set[str]:
    known = {f.metadata["variable"] for f in Settings.__dataclass_fields__.values()}
    return {n for n in names if n.startswith("GEMBA_")} - known - {"GEMBA_NEO4J_PASSWORD_FILE"}


def test_compose_services_are_checked_and_ordered(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"secrets", "neo4j", "gemba"}
    after = {name: s.get("depends_on", {}) for name, s in services.items()}
    assert after["gemba"] == {"neo4j": {"condition": "service_healthy"}}
    assert after["neo4j"] == {"secrets": {"condition": "service_completed_successfully"}}
    assert services["neo4j"]["healthcheck"]["test"][0] == "CMD-SHELL"
    for service in services.values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source.startswith("./") or source in compose["volumes"]


def test_compose_listens_on_this_machine_only_and_holds_no_secret(compose: dict[str, Any]) -> None:
    ports = [p for s in compose["services"].values() for p in s.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    for service in compose["services"].values():
        for name in service.get("environment", {}):
            assert not name.endswith(("PASSWORD", "_AUTH", "TOKEN"))


def test_compose_and_image_use_settings_that_exist(compose: dict[str, Any]) -> None:
    used = list(compose["services"]["gemba"]["environment"])
    assert _unknown(used) == set()
    assert _unknown(re.findall(r"^\s+(GEMBA_\w+)=", DOCKERFILE, re.M)) == set()


def test_compose_neo4j_settings_are_of_the_entry_points_form(compose: dict[str, Any]) -> None:
    """Any other variable would become an unknown setting, and the server would not start."""
    settings = set(compose["services"]["neo4j"]["environment"]) - {"NEO4J_AUTH_PATH"}
    for name in settings:
        assert re.fullmatch(r"NEO4J_(dbms|server|db)_[a-z]+(_{1,2}[a-z]+)*", name), name


@pytest.fixture
def secrets(tmp_path: Path, compose: dict[str, Any]) -> Path:
    """The folder of secrets after the service that makes them ran twice."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    service = compose["services"]["secrets"]
    (script,) = service["command"]
    script = script.replace("$$", "$").replace("/secrets", str(folder))
    command = [*service["entrypoint"], script]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    subprocess.run(command, check=True, env={"PATH": path})
    first = (folder / "neo4j-auth").read_text(encoding="utf-8")
    subprocess.run(command, check=True, env={"PATH": path})
    assert (folder / "neo4j-auth").read_text(encoding="utf-8") == first
    return folder


def test_compose_makes_a_password_once_that_both_sides_read(secrets: Path) -> None:
    password = (secrets / "neo4j-password").read_text(encoding="utf-8")
    auth = (secrets / "neo4j-auth").read_text(encoding="utf-8")
    assert re.fullmatch(r"[0-9a-f]{48}", password)
    assert auth == f"neo4j/{password}"
    settings = Settings.from_environment(
        {"GEMBA_NEO4J_PASSWORD_FILE": str(secrets / "neo4j-password")}
    )
    assert settings.neo4j_password == password


def test_compose_health_check_signs_in(
    tmp_path: Path, secrets: Path, compose: dict[str, Any]
) -> None:
    """The shell line, run with a stand-in for cypher-shell that shows what it was given."""
    line = compose["services"]["neo4j"]["healthcheck"]["test"][1].replace("$$", "$")
    stand_in = tmp_path / "cypher-shell"
    stand_in.write_text('#!/bin/sh\nprintf "%s|" "$@" > "$OUT"\n', encoding="utf-8")
    stand_in.chmod(0o755)
    out = tmp_path / "out"
    subprocess.run(
        ["/bin/sh", "-c", line.replace("/secrets", str(secrets))],
        check=True,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "OUT": str(out)},
    )
    password = (secrets / "neo4j-password").read_text(encoding="utf-8")
    assert out.read_text(encoding="utf-8") == f"-u|neo4j|-p|{password}|RETURN 1|"


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
