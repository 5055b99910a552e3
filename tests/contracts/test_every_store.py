"""No store goes without the contract suite."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import kg.store
from tests.contracts.store_contract import StoreContract

STORES = [module.name for module in pkgutil.iter_modules(kg.store.__path__) if module.ispkg]


@pytest.mark.parametrize("name", STORES)
def test_store_is_under_contract(name: str) -> None:
    module = importlib.import_module(f"tests.contracts.test_{name}")
    suites = [
        suite
        for suite in vars(module).values()
        if isinstance(suite, type)
        and issubclass(suite, StoreContract)
        and suite.__name__.startswith("Test")
    ]
    assert [suite.stores for suite in suites] == [f"{name}_stores"]


def test_stores_are_found() -> None:
    assert "sqlite" in STORES
