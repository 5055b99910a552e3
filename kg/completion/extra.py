"""Whether the packages that learning needs are installed, and the sentence where they are not."""

from __future__ import annotations

from importlib.util import find_spec

from kg.model.errors import MissingExtra


def require_gnn() -> None:
    """Raises MissingExtra where PyTorch or PyTorch Geometric is not installed."""
    for package in ("torch", "torch_geometric"):
        if find_spec(package) is None:
            raise MissingExtra(
                "Link completion learns with PyTorch and PyTorch Geometric, which are not "
                "installed: pip install 'gembagraph[gnn]'. Everything else works without.",
                ids=["gnn"],
            )
