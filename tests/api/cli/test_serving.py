"""`gemba serve` and `gemba health`, as processes of their own."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.api.cli.conftest import Gemba


class Served(NamedTuple):
    """A running service: its process, address, and what it said when it started."""

    process: subprocess.Popen[str]
    url: str
    said: str

    @property
    def token(self) -> str | None:
        found = re.search(r"gemba_[0-9a-f]{12}_\S+", self.said)
        return found.group() if found else None

    def get(self, address: str, token: str | None = None) -> tuple[int, Any]:
        request = urllib.request.Request(self.url + address)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())


def _hear_interrupts() -> None:
    # A test run that a script started in the background hands on that SIGINT is to be ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def _serve(folder: Path, *arguments: str) -> Iterator[Served]:
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", "0", *arguments],
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        preexec_fn=_hear_interrupts,  # noqa: PLW1509  # nothing else runs between fork and exec
    )
    assert process.stderr is not None
    try:
        said = ""
        for line in process.stderr:
            said += line
            if "startup complete" in line:
                break
        else:
            process.wait(10)
            raise AssertionError(said)
        found = re.search(r"http://\S+", said)
        assert found is not None, said
        yield Served(process, found.group(), said)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        process.stderr.close()


def test_serve_shows_a_token_once_and_lets_it_in(tmp_path: Path) -> None:
    with _serve(tmp_path) as first:
        assert first.token is not None
        assert first.get("/api/v1/me")[0] == 401
        status, me = first.get("/api/v1/me", first.token)
        assert (status, me["role"]) == (200, "admin")
        assert first.get("/health") == (200, {"status": "ok", "version": "0.1.0", "store": "ok"})
        first.process.send_signal(signal.SIGTERM)
        assert first.process.wait(20) == 0
    with _serve(tmp_path) as second:
        assert second.token is None
        assert second.get("/api/v1/me", first.token)[0] == 200
        second.process.send_signal(signal.SIGINT)
        assert second.process.wait(20) == 130


def test_serve_without_tokens_warns_and_answers(tmp_path: Path) -> None:
    with _serve(tmp_path, "--no-auth") as served:
        assert "WARNING" in served.said
        assert served.token is None
        assert served.get("/api/v1/documents") == (200, {"items": [], "next_cursor": None})


def test_serve_and_a_loading_process_share_the_store(tmp_path: Path) -> None:
    """A reader and a writer in separate processes."""
    with _serve(tmp_path, "--no-auth") as served:
        made = subprocess.run(
            [sys.executable, "-m", "api.cli", "tokens", "create", "x", "--json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        token_id = json.loads(made.stdout)["token"]["id"]
        _, tokens = served.get("/api/v1/tokens")
        assert [t["id"] for t in tokens] == [token_id]


def test_health_asks_a_running_service(tmp_path: Path, gemba: Gemba) -> None:
    with _serve(tmp_path) as served:
        well = gemba("health", "--url", served.url)
        assert well.code == 0
        assert "is well" in well.out
        assert gemba("health", "--url", served.url, "--json").json["store"] == "ok"
        port = served.url.rpartition(":")[2]
        assert gemba("health", "--url", f"http://127.0.0.1:{port}/nowhere").code == 3
    gone = gemba("health", "--url", served.url)
    assert gone.code == 3
    assert gone.err.count("\n") == 1
    assert gemba("health", "--url", "nonsense").code == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "plant.example", "::"])
def test_serve_without_tokens_refuses_other_machines(gemba: Gemba, host: str) -> None:
    ran = gemba("serve", "--no-auth", "--host", host)
    assert ran.code == 2
    assert "this machine only" in ran.err


def test_serve_without_tokens_by_setting_is_refused_too(
    gemba: Gemba, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMBA_AUTH", "off")
    monkeypatch.setenv("GEMBA_HOST", "0.0.0.0")
    assert gemba("serve").code == 2


def test_serve_on_a_taken_port_is_one_sentence(gemba: Gemba, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = gemba("serve", "--port", str(taken.getsockname()[1]))
    assert ran.code == 2
    assert "--port" in ran.err
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "gemba.db").exists()


@pytest.mark.parametrize("port", ["x", "70000", "-1"])
def test_serve_on_no_port_is_one_sentence(gemba: Gemba, port: str) -> None:
    ran = gemba("serve", f"--port={port}")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
