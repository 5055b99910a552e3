"""Tokens: made once, stored only as digests, expired, revoked."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from api import tokens
from api.audit import LOG
from api.roles import ROLES, Permission, least_role_with
from api.tokens import DAY, bearer_of, create_token, has_tokens, list_tokens, revoke_token
from api.wiring import Plant
from kg.model import BadInput, NotFound
from tests.api.conftest import TESTER


def test_tokens_text_lets_its_bearer_in(plant: Plant) -> None:
    assert not has_tokens(plant.store)
    token, text = create_token(plant.store, TESTER, "li.wei", "technician")
    found = bearer_of(plant.store, text)
    assert found == token
    assert found.permissions == ROLES["technician"]
    assert list_tokens(plant.store) == [token]


@pytest.mark.parametrize("change", ["", "x", "gemba_", "gemba__", "Gemba", "\x00"])
def test_tokens_other_texts_let_nobody_in(plant: Plant, change: str) -> None:
    _, text = create_token(plant.store, TESTER, "li.wei", "admin")
    assert bearer_of(plant.store, change) is None
    assert bearer_of(plant.store, text + "x") is None
    assert bearer_of(plant.store, text[:-1]) is None


def test_tokens_secret_of_another_token_does_not_fit(plant: Plant) -> None:
    _, first = create_token(plant.store, TESTER, "one", "admin")
    _, second = create_token(plant.store, TESTER, "two", "reader")
    mixed = "_".join([*first.split("_")[:2], second.split("_", 2)[2]])
    assert bearer_of(plant.store, mixed) is None


def test_tokens_secret_is_in_no_file(plant: Plant, store_path: Path) -> None:
    _, text = create_token(plant.store, TESTER, "li.wei", "reader")
    secret = text.split("_", 2)[2].encode()
    plant.close()
    for path in store_path.parent.iterdir():
        assert secret not in path.read_bytes()


def test_tokens_expire(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    token, text = create_token(plant.store, TESTER, "visitor", "reader", days=2)
    monkeypatch.setattr(tokens, "now", lambda: token.created + 2 * DAY - 1)
    assert bearer_of(plant.store, text) == token
    monkeypatch.setattr(tokens, "now", lambda: token.created + 2 * DAY)
    assert bearer_of(plant.store, text) is None


def test_tokens_revoked_one_lets_nobody_in(plant: Plant) -> None:
    token, text = create_token(plant.store, TESTER, "visitor", "reader")
    revoked = revoke_token(plant.store, TESTER, token.id)
    assert revoked.revoked is not None
    assert bearer_of(plant.store, text) is None
    again = revoke_token(plant.store, TESTER, token.id)
    assert again == revoked


def test_tokens_unknown_one_cannot_be_revoked(plant: Plant) -> None:
    create_token(plant.store, TESTER, "visitor", "reader")
    with pytest.raises(NotFound) as caught:
        revoke_token(plant.store, TESTER, "nope")
    assert "visitor" in caught.value.nearest[0]


@pytest.mark.parametrize(
    ("name", "role", "days"),
    [("a", "emperor", None), ("", "reader", None), ("a\nb", "reader", None), ("a", "reader", -1)],
)
def test_tokens_wrong_request_is_refused(
    plant: Plant, name: str, role: str, days: int | None
) -> None:
    with pytest.raises(BadInput):
        create_token(plant.store, TESTER, name, role, days)
    assert not has_tokens(plant.store)


def test_tokens_changes_are_audited(plant: Plant) -> None:
    token, text = create_token(plant.store, TESTER, "visitor", "reader")
    revoke_token(plant.store, TESTER, token.id)
    entries = plant.store.read_log(LOG)
    assert [e.payload["action"] for e in entries] == ["token.create", "token.revoke"]
    assert text.split("_", 2)[2] not in str(entries)


def test_roles_grow_from_reader_to_admin() -> None:
    chain = [ROLES[r] for r in ("reader", "technician", "quality", "maintainer", "admin")]
    for lower, higher in pairwise(chain):
        assert lower < higher
    assert ROLES["admin"] == frozenset(Permission)
    assert least_role_with(Permission.LOAD) == "maintainer"


def test_roles_are_those_that_the_service_offers() -> None:
    from typing import get_args

    from api.payloads.requests import TokenRequest

    annotation = TokenRequest.model_fields["role"].annotation
    assert set(get_args(annotation)) == set(ROLES)
