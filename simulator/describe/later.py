"""Keys of the file form that this version does not act on yet.

They are known by name so that a file written for them gets a reason instead of "unknown key".
"""

from __future__ import annotations

__all__ = ["why"]

_LATER = {
    "Pool": {"build", "checks_term", "cpu", "restart"},
    "Call": {"to_role"},
    "Controller": {"autoscaler", "rollout", "runbook"},
    "Trigger": {"signal"},
    "Drain": {"inflow", "starts_after"},
}


def why(noun: str, key: str) -> str:
    """Reason why `key` of `noun` is refused, or an empty text if the key is simply unknown."""
    if key not in _LATER.get(noun, ()):
        return ""
    return f"{key!r} belongs to controllers and roles, which this version does not run yet: take it out"
