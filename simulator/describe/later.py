"""Keys of the file form that belong to request traffic, which this version does not run yet.

They are known by name so that a file written for them gets a reason instead of "unknown key".
"""

from __future__ import annotations

__all__ = ["why"]

_TRAFFIC = {
    "Scenario": {"sources", "links"},
    "Pool": {
        "balance", "build", "cache", "checks_term", "cores", "cpu", "queue", "restart", "shards",
    },
    "Call": {
        "answers", "as", "as_", "balance", "breaker", "bulkhead", "cancels", "deadline", "hedge",
        "retry", "timeout", "to_role", "wait",
    },
    "Step": {"all"},
    "Work": {"cores"},
    "Effect": {
        "cores", "delay", "error", "extra_work", "forgets", "silent", "speed", "threads", "wrong",
    },
    "Controller": {"autoscaler", "health_check", "rollout", "runbook"},
    "Trigger": {"at", "signal"},
    "Drain": {"inflow", "starts_after"},
}  # fmt: skip


def why(noun: str, key: str) -> str:
    """Reason why `key` of `noun` is refused, or an empty text if the key is simply unknown."""
    if key not in _TRAFFIC.get(noun, ()):
        return ""
    return f"{key!r} describes request traffic, which this version does not run yet: take it out"
