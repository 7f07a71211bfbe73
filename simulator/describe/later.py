"""Keys of the file form that belong to request traffic, which this version does not run yet.

They are known by name so that a file written for them gets a reason instead of "unknown key".
"""

from __future__ import annotations

__all__ = ["why"]

_TRAFFIC = {
    "Scenario": {"sources", "links"},
    "Pool": {"cores", "queue", "balance", "shards", "cache", "restart", "cpu", "checks_term"},
    "Call": {
        "timeout", "deadline", "retry", "hedge", "breaker", "bulkhead", "answers", "cancels", "wait", "as_", "to_role",
    },
    "Effect": {"silent", "speed", "threads", "cores", "error", "wrong", "delay", "extra_work", "forgets"},
    "Fault": {"lasts_until"},
    "controller": {"health_check", "autoscaler", "rollout", "runbook"},
    "trigger": {"at", "signal"},
    "Drain": {"inflow", "starts_after"},
}  # fmt: skip


def why(noun: str, key: str) -> str:
    """Reason why `key` of `noun` is refused, or an empty text if the key is simply unknown."""
    if key not in _TRAFFIC.get(noun, ()):
        return ""
    return f"{key!r} describes request traffic, which this version does not run yet: take the key out"
