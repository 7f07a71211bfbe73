"""Keys of the file form that this version does not act on yet.

They are known by name so that a file written for them gets a reason instead of "unknown key".
"""

from __future__ import annotations

__all__ = ["why"]

_LATER = {
    "Pool": {"build", "cpu"},
    "Drain": {"inflow", "starts_after"},
}


def why(noun: str, key: str) -> str:
    """Reason why `key` of `noun` is refused, or an empty text if the key is simply unknown."""
    if key not in _LATER.get(noun, ()):
        return ""
    return f"{key!r} is not part of this version: take it out"
