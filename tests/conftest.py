"""Fixtures that every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.neo4j_server import CURRENT, Server, named_server, serve_or_skip

# No test fails because the machine is busy.
settings.register_profile("gemba", deadline=None)
settings.load_profile("gemba")


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Server]:
    """A real Neo4j of the long-term release, one for the whole run; tests wipe what they make."""
    yield from serve_or_skip()


@pytest.fixture(scope="session")
def current_neo4j_server() -> Iterator[Server]:
    """The same of the current release."""
    if named_server():
        pytest.skip("a server was named, and the other tests use it")
    yield from serve_or_skip(CURRENT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the tests (`-n 2 --dist loadgroup`), those of a file stay
    together, so that what a file sets up is set up once. A server that was named is one for all
    processes, and tests wipe it: whatever uses it then stays in one."""
    shared = bool(named_server())
    for item in items:
        names = {
            *getattr(item, "fixturenames", ()),
            getattr(getattr(item, "cls", None), "stores", ""),
        }
        group = (
            "neo4j"
            if shared and any("neo4j" in n for n in names)
            else item.nodeid.partition("::")[0]
        )
        item.add_marker(pytest.mark.xdist_group(group))
