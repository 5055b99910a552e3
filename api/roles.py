"""Who may do what: roles are sets of permissions, nothing else."""

from __future__ import annotations

from enum import StrEnum

from kg.model.errors import BadInput


class Permission(StrEnum):
    """One kind of thing that a request may do."""

    WATCH = "watch"  # the service's own figures
    READ = "read"  # everything the graph says, with its evidence
    DECIDE = "decide"  # confirm or reject statements
    EXPORT = "export"  # take the whole graph away
    AUDIT = "audit"  # read and check the audit log
    CURATE = "curate"  # merge names, take merges back, edit the alias table
    LOAD = "load"  # bring in documents, see and replay rejected rows
    REMOVE = "remove"  # take documents and runs out again
    TOKENS = "tokens"  # give and revoke tokens


_READER = frozenset({Permission.WATCH, Permission.READ})
_TECHNICIAN = _READER | {Permission.DECIDE}
_QUALITY = _TECHNICIAN | {Permission.EXPORT, Permission.AUDIT}
_MAINTAINER = _QUALITY | {Permission.CURATE, Permission.LOAD, Permission.REMOVE}

ROLES: dict[str, frozenset[Permission]] = {
    "monitor": frozenset({Permission.WATCH}),
    "reader": _READER,
    "technician": _TECHNICIAN,
    "quality": _QUALITY,
    "maintainer": _MAINTAINER,
    "admin": frozenset(Permission),
}


def permissions_of(role: str) -> frozenset[Permission]:
    """What `role` may do. Raises BadInput for an unknown one."""
    try:
        return ROLES[role]
    except KeyError:
        raise BadInput(f"There is no role {role!r}; choose one of {', '.join(ROLES)}.") from None


def least_role_with(permission: Permission) -> str:
    """The smallest role that has `permission`."""
    return min((r for r in ROLES if permission in ROLES[r]), key=lambda r: len(ROLES[r]))
