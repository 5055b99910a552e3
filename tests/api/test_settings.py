"""Settings: where they come from, and how wrong ones are refused."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import pytest

from api.settings import BadSetting, Settings

ROOT = Path(__file__).resolve().parents[2]


def test_settings_defaults_hold_without_environment() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings().store == "gemba.db"
    assert Settings().auth is True
    assert Settings().host == "127.0.0.1"


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_environment(
        {
            "GEMBA_STORE": "neo4j://db:7687",
            "GEMBA_ONTOLOGY": "a.ttl:more",
            "GEMBA_AUTH": "off",
            "GEMBA_PORT": "81",
            "GEMBA_TIMEZONE": "Asia/Shanghai",
            "GEMBA_LANGUAGE": "ZH",
        }
    )
    assert settings.is_server
    assert settings.ontology == (Path("a.ttl"), Path("more"))
    assert (settings.auth, settings.port, settings.language) == (False, 81, "zh")
    assert settings.zone.key == "Asia/Shanghai"


def test_settings_empty_variable_counts_as_not_set() -> None:
    assert Settings.from_environment({"GEMBA_PORT": ""}) == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GEMBA_PORT", "many"),
        ("GEMBA_PORT", "70000"),
        ("GEMBA_TIMEZONE", "Moon/Base"),
        ("GEMBA_TIMEZONE", "../../etc/passwd"),
        ("GEMBA_AUTH", "perhaps"),
        ("GEMBA_LANGUAGE", "tlh"),
        ("GEMBA_LOG_LEVEL", "loud"),
        ("GEMBA_NEO4J_PASSWORD_FILE", "/no/such/file"),
    ],
)
def test_settings_wrong_value_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings.from_environment({variable: value})
    assert variable in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_password_comes_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2hunter2\n", encoding="utf-8")
    settings = Settings.from_environment({"GEMBA_NEO4J_PASSWORD_FILE": str(secret)})
    assert settings.neo4j_password == "hunter2hunter2"


def test_settings_repr_keeps_the_password() -> None:
    assert "s3cret" not in repr(Settings(neo4j_password="s3cret"))


def test_settings_replaced_parses_texts_and_leaves_out_none() -> None:
    settings = Settings().replaced(port="9000", host=None)
    assert (settings.port, settings.host) == (9000, "127.0.0.1")
    with pytest.raises(BadSetting, match="GEMBA_PORT"):
        Settings().replaced(port="x")


def test_settings_each_one_is_documented_and_named() -> None:
    fields = dataclasses.fields(Settings)
    variables = [field.metadata["variable"] for field in fields]
    assert len(set(variables)) == len(fields)
    for field in fields:
        assert field.metadata["variable"].startswith("GEMBA_")
        assert len(field.metadata["doc"]) > 15


def _reads_environment(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        for node in ast.walk(tree)
    )


def test_only_settings_reads_the_environment() -> None:
    paths = [
        path
        for package in ("api", "extraction", "kg", "ontology")
        for path in (ROOT / package).rglob("*.py")
    ]
    readers = {path.relative_to(ROOT).as_posix() for path in paths if _reads_environment(path)}
    assert readers == {"api/settings.py"}
