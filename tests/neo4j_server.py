"""A real Neo4j Community server for the tests, without Docker.

`GEMBA_TEST_NEO4J` names a server that is there already (with `GEMBA_TEST_NEO4J_USER` and
`GEMBA_TEST_NEO4J_PASSWORD`); the tests wipe what Gemba keeps in it, so give them one of their own.
Otherwise the programs of Neo4j are fetched once with Maven into a cache
(`$XDG_CACHE_HOME/gemba/neo4j-<version>`) and started on the loopback interface with a suitable
JDK. Where neither works, the tests that need a server skip and say why; with
`GEMBA_TEST_NEO4J=required` they fail instead.
"""

from __future__ import annotations

import ctypes
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import neo4j
import pytest
from neo4j.exceptions import AuthError, DriverError, Neo4jError

_POM = Path(__file__).parent / "neo4j" / "pom.xml"
_LOG_TAIL_LINES = 15
_LOG_LINE_WIDTH = 300
_START_SECONDS = 150.0
_HOME = "gemba-neo4j-of-"  # and the process that it belongs to
_OPENED = ("java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch")


@dataclass(frozen=True, slots=True)
class Release:
    """A Neo4j release that the tests know how to start."""

    version: str
    java: int  # oldest suitable JDK
    main: str


LTS = Release("5.26.16", 17, "org.neo4j.server.CommunityEntryPoint")
CURRENT = Release("2026.08.1", 21, "org.neo4j.server.Neo4jCommunity")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers. `pid` is None where it was there before us."""

    url: str
    user: str
    password: str
    version: str
    pid: int | None = None


class ServerUnavailable(Exception):
    """There is no server to test with; the message says why."""


@contextmanager
def serve(release: Release = LTS) -> Iterator[Server]:
    """A server for the time of the block: the one that is named, else one of our own.

    Raises ServerUnavailable where it cannot be had.
    """
    if named := named_server():
        yield _existing(named)
        return
    java = find_java(release.java)
    if java is None:
        raise ServerUnavailable(f"Neo4j {release.version} needs a JDK {release.java} or newer")
    programs = _programs(release)
    folder = _quick_folder()
    _clear_left_behind(folder)
    home = Path(tempfile.mkdtemp(prefix=f"{_HOME}{os.getpid()}-", dir=folder))
    try:
        with _process(release, java, programs, home) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


def named_server() -> str:
    """The address of the server to test with, if one is named."""
    named = os.environ.get("GEMBA_TEST_NEO4J", "")
    return "" if required() else named


def required() -> bool:
    """Whether a missing server is a failure rather than a reason to skip."""
    return os.environ.get("GEMBA_TEST_NEO4J") == "required"


def serve_or_skip(release: Release = LTS) -> Iterator[Server]:
    """The body of a session-scoped fixture: a server, or the reason why there is none."""
    try:
        with serve(release) as server:
            yield server
    except ServerUnavailable as error:
        if required():
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


def wipe(server: Server) -> None:
    """Delete all that Gemba has put into the server's database; constraints and indexes stay."""
    with (
        neo4j.GraphDatabase.driver(server.url, auth=(server.user, server.password)) as driver,
        driver.session() as session,
    ):
        session.run(
            "MATCH (n) WHERE any(label IN labels(n) WHERE label STARTS WITH 'Gemba')"
            " CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"
        ).consume()


def find_java(minimum: int) -> Path | None:
    """The `java` of the oldest installed JDK that is `minimum` or newer; None where none is."""
    found: list[tuple[int, Path]] = []
    homes = [Path(home)] if (home := os.environ.get("JAVA_HOME")) else []
    for folder in (Path("/usr/lib/jvm"), Path("/Library/Java/JavaVirtualMachines")):
        if folder.is_dir():
            homes += [h for p in sorted(folder.iterdir()) for h in (p, p / "Contents" / "Home")]
    if on_path := shutil.which("java"):
        homes.append(Path(on_path).resolve().parents[1])
    for home_folder in homes:
        java = home_folder / "bin" / "java"
        if java.is_file() and (version := _java_version(java)) >= minimum:
            found.append((version, java))
    return min(found)[1] if found else None


def _java_version(java: Path) -> int:
    release = java.parents[1] / "release"
    try:
        text = release.read_text(encoding="utf-8", errors="replace")
    except OSError:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
        text = answer.stderr
    match = re.search(r'(?:JAVA_VERSION=|version )"(?:1\.)?(\d+)', text)
    return int(match.group(1)) if match else 0


def _existing(url: str) -> Server:
    user = os.environ.get("GEMBA_TEST_NEO4J_USER", "neo4j")
    password = os.environ.get("GEMBA_TEST_NEO4J_PASSWORD", "")
    try:
        version = _ask_version(url, user, password)
    except (DriverError, Neo4jError) as error:
        raise ServerUnavailable(f"GEMBA_TEST_NEO4J={url} does not answer: {error}") from error
    return Server(url, user, password, version)


def _ask_version(url: str, user: str, password: str) -> str:
    with (
        neo4j.GraphDatabase.driver(url, auth=(user, password)) as driver,
        driver.session() as session,
    ):
        for name, versions in session.run("CALL dbms.components() YIELD name, versions"):
            if name == "Neo4j Kernel":
                return str(versions[0])
    raise ServerUnavailable(f"the server at {url} does not say which Neo4j it is")


def _programs(release: Release) -> Path:
    """The folder of jars, fetched by Maven where the cache does not hold it yet."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(root) / "gemba" / f"neo4j-{release.version}"
    if folder.is_dir():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerUnavailable("Maven (mvn) is needed once to fetch Neo4j, and is not installed")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fetched = Path(tempfile.mkdtemp(prefix=folder.name, dir=folder.parent))
    answer = subprocess.run(
        [
            maven, "-B", "-q", "-f", str(_POM), "dependency:copy-dependencies",
            "-DincludeScope=runtime", f"-DoutputDirectory={fetched}",
            f"-Dneo4j.version={release.version}",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if answer.returncode != 0:
        shutil.rmtree(fetched, ignore_errors=True)
        raise ServerUnavailable(
            f"Maven could not fetch Neo4j {release.version}: {_tail(answer.stdout)}"
        )
    try:
        fetched.rename(folder)
    except OSError:  # another test run was quicker
        shutil.rmtree(fetched, ignore_errors=True)
    return folder


def _quick_folder() -> str | None:
    """Memory-backed space where there is enough: the tests commit thousands of transactions."""
    shm = Path("/dev/shm")
    try:
        return str(shm) if shutil.disk_usage(shm).free > 2 << 30 else None
    except OSError:
        return None


def _clear_left_behind(folder: str | None) -> None:
    """Delete the homes of servers whose test run was killed; they may be in memory."""
    for home in Path(folder or tempfile.gettempdir()).glob(f"{_HOME}*-*"):
        owner = home.name.removeprefix(_HOME).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists() and Path("/proc").exists():
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _process(release: Release, java: Path, programs: Path, home: Path) -> Iterator[Server]:
    port = _free_port()
    password = secrets.token_hex(12)
    _write_settings(home, port)
    environment = {**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    opened = [
        f"--add-opens={name}=ALL-UNNAMED" for name in (*_OPENED, "java.base/java.util.concurrent")
    ]
    common = [str(java), "-XX:+UseSerialGC", *opened, "-cp", str(programs / "*")]
    admin = "org.neo4j.server.startup.Neo4jAdminCommand"
    answer = subprocess.run(
        [*common, admin, "dbms", "set-initial-password", password],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if answer.returncode != 0:
        raise ServerUnavailable(f"Neo4j refused its first password: {_tail(answer.stderr)}")
    log = home / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*common[:1], "-Xmx1g", *common[1:], release.main,
             f"--home-dir={home}", f"--config-dir={home / 'conf'}"],
            env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )  # fmt: skip
    try:
        url = f"bolt://127.0.0.1:{port}"
        _await_answer(process, url, password, home)
        yield Server(url, "neo4j", password, release.version, process.pid)
    finally:
        _stop(process)


def _write_settings(home: Path, port: int) -> None:
    settings = {
        "server.bolt.enabled": "true",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.default_listen_address": "127.0.0.1",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "dbms.usage_report.enabled": "false",
        "dbms.security.auth_enabled": "true",
        "server.memory.pagecache.size": "128m",
        "db.tx_log.preallocate": "false",
        "db.tx_log.rotation.size": "16m",
        "db.tx_log.rotation.retention_policy": "keep_none",
    }
    (home / "conf").mkdir(parents=True, exist_ok=True)
    text = "".join(f"{name}={value}\n" for name, value in settings.items())
    (home / "conf" / "neo4j.conf").write_text(text, encoding="utf-8")


def _await_answer(process: subprocess.Popen[bytes], url: str, password: str, home: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    last: Exception | None = None
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(
                f"Neo4j ended with code {process.returncode} before it answered:\n{_logs(home)}"
            )
        try:
            _ask_version(url, "neo4j", password)
        except AuthError:
            raise
        except (DriverError, Neo4jError) as error:
            last = error
            time.sleep(0.3)
        else:
            return
    raise RuntimeError(
        f"Neo4j did not answer within {_START_SECONDS:.0f} s ({last}):\n{_logs(home)}"
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # its home folder goes with it, so there is nothing to close in good order
    process.wait()


def _die_with_parent() -> None:
    """Let the kernel end the server when the test run is killed: nothing may be left behind."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _logs(home: Path) -> str:
    files = (home / "output.log", home / "logs" / "neo4j.log", home / "logs" / "debug.log")
    return "\n".join(
        f"--- {file.name}\n{_tail(file.read_text(encoding='utf-8', errors='replace'))}"
        for file in files
        if file.exists()
    )


def _tail(text: str) -> str:
    lines = text.strip().splitlines()[-_LOG_TAIL_LINES:]
    return "\n".join(line[:_LOG_LINE_WIDTH] for line in lines)
