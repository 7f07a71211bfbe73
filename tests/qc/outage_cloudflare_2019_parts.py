"""Parts of the second Cloudflare outage: constants, steps of a match, cost of a line, load.

The step counter is the published expression reduced to `.*.*=.*` (and its relatives), matched by
leftmost backtracking at every offset. A step is: start of an attempt, entry into a construct, each
(re-)exit of a construct, failure of an attempt. The number of steps of a subtree depends on the
construct and the position alone, so equal subtrees are counted once and added many times: the
count stays exact and thousands of characters take no time.

The cost of the whole expression comes from measurements of PCRE2 10.42 on one core; between the
measured lengths a power law, beyond them the exponents 2, 2 and 3 stated with the table. `fluid` makes the
load of a core of it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

__all__ = [
    "ROWS", "Constants", "count_linear", "count_steps", "exponent", "fluid", "line_ms",
]  # fmt: skip

ROWS = (
    (".*.*=.*", "x=x"), (".*.*=.*", "x=xx"), (".*.*=.*", "x=xxx"), (".*.*=.*", "x=" + 20 * "x"),
    (".*.*=.*", 20 * "x"), (".*.*=.*;", "x=x"), (".*.*=.*;", "x=" + 20 * "x"),
)  # fmt: skip
"""The seven published matches: expression, subject."""

UNITS_PER_MS = 95e3
"""Units of PCRE's match limit spent in a millisecond, measured on classes F and H."""

START_EVERY = 4.0
"""Characters between two starts in a line of class G. The measured effect of the limits allows
2.4 (at 10,000 a line of 100 is cut) to 5.5 (at 100,000 a line of 200 is not)."""

_MEASURED = {
    "f": ((100, 200, 400, 800, 1600), (0.057, 0.19, 0.83, 3.4, 13.2), 2.0),
    "h": ((100, 200, 400, 800, 1600), (0.11, 0.44, 1.7, 6.3, 26.0), 2.0),
    "g": ((100, 200, 400, 800), (1.5, 12.6, 96.0, 828.0), 3.0),
}
_LINEAR_MS = 0.05 / 1600  # per character, `[^=]*=` in place of `.*.*=`: longest line measured
_LIMITS = {"none": math.inf, "10k": 1e4, "100k": 1e5}


def _ends(construct: str, text: str, at: int) -> list[int]:
    """Where a construct that begins `at` may end, in the order tried."""
    if construct == ".*":
        return list(range(len(text), at - 1, -1))
    if construct == ".*?":
        return list(range(at, len(text) + 1))
    return [at + 1] if text[at : at + 1] == construct else []


def _table(parts: list[str], text: str) -> list[tuple[int, bool]]:
    """Steps, and whether it matches, of the last construct at each position; then of the one before."""
    after = [(0, True)] * (len(text) + 1)
    for construct in reversed(parts):
        now = []
        for at in range(len(text) + 1):
            steps, found = 1, False
            for end in _ends(construct, text, at):
                steps += 1 + after[end][0]
                if after[end][1]:
                    found = True
                    break
            now.append((steps, found))
        after = now
    return after


def count_steps(pattern: str, text: str) -> int:
    """Steps of a backtracking match, in the convention of the module.

    Parameters
    ----------
    pattern : str
        Of `.*`, `.*?` and literal characters.
    text : str

    Returns
    -------
    int
    """
    table, total = _table(re.findall(r"\.\*\??|.", pattern), text), 0
    for steps, found in table:
        total += 1 + steps
        if found:
            return total
        total += 1
    return total


def count_linear(pattern: str, text: str) -> int:
    """Updates of a set of states, at most one per state and character: an engine with guarantees.

    It reads the whole line, looking for the longest match. Parameters and result as `count_steps`.
    """
    parts = re.findall(r"\.\*\??|.", pattern)
    states, total = {0}, 0
    for char in text:
        states = _closed(states | {0}, parts)
        total += len(states)
        taken = [s for s in states if s < len(parts) and parts[s] in (".*", ".*?", char)]
        states = {s if parts[s].startswith(".*") else s + 1 for s in taken}
    return total + len(_closed(states, parts))


def _closed(states: set[int], parts: list[str]) -> set[int]:
    """States reached without reading: a star may be left at once."""
    out = set(states)
    for s in range(len(parts)):
        if s in out and parts[s].startswith(".*"):
            out.add(s + 1)
    return out


def exponent(count, pattern: str, head: str, short: int = 400) -> float:
    """Local exponent of a count between `short` and twice as many characters.

    Parameters
    ----------
    count : callable
        `count_steps` or `count_linear`.
    pattern, head : str
        The subject is `head` and then x after x.
    short : int

    Returns
    -------
    float
    """
    few, many = (count(pattern, head + n * "x") for n in (short, 2 * short))
    return math.log2(many / few)


def _free_ms(kind: str, length):
    lengths, cost, power = _MEASURED[kind]
    x, y = np.log(lengths), np.log(cost)
    at = np.log(length)
    inside = np.interp(at, x, y)
    return np.exp(inside + power * (np.minimum(at - x[0], 0) + np.maximum(at - x[-1], 0)))


def line_ms(kind: str, length, guard: str = "none"):
    """CPU of the expression on one line, in ms.

    The match limit counts each start by itself and the first start over it ends the evaluation. F
    and H have one start. G has one every `START_EVERY` characters, each with the square of what is
    left of the line, so its first is 3/starts of the whole: either that one is cut or none is.

    Parameters
    ----------
    kind : {"f", "g", "h"}
    length : float or numpy.ndarray
        Characters.
    guard : {"none", "10k", "100k", "linear"}

    Returns
    -------
    float or numpy.ndarray
    """
    length = np.asarray(length, dtype=float)
    if guard == "linear":
        return _LINEAR_MS * length
    free, limit_ms = _free_ms(kind, length), _LIMITS[guard] / UNITS_PER_MS
    first = np.minimum(1.0, 3 * START_EVERY / length) if kind == "g" else 1.0
    return np.where(first * free > limit_ms, limit_ms, free)


@dataclass(frozen=True)
class Constants:
    """The constants of the evidence, and the switches."""

    deployed_at: str = "13:42"
    push_p99_s: float = 2.29
    paged_at: str = "13:45"
    proposed_at: str = "14:02"
    killed_at: str = "14:07"
    reenabled_at: str = "14:52"
    cities: float = 180.0
    utilisation: float = 0.45
    base_ms: float = 1.0
    share_g: float = 0.05
    length_g: float = 400.0
    share_f: float = 0.10
    share_h: float = 0.10
    length_fh: float = 1600.0
    length_sigma: float = 0.3
    longest: float = 4096.0
    timeout_s: float = 10.0
    backlog: float = 511.0
    admin_s: float = 5.0
    admin_steps: float = 3.0
    bypass_min: float = 2.0
    guard: str = "none"
    rollout: str = "global"
    kill: str = "push"
    control_on_edge: bool = True
    action: str = "simulate"
    gone: str = "worked"
    restart_min: float = 10.0
    restart_waves: float = 10.0
    canary_cities: float = 3.0
    build_min: float = 11.0
    seed: int = 1

    def classes(self) -> tuple[tuple[str, float, float], ...]:
        """Kind, share and median length of the lines that cost."""
        return (
            ("g", self.share_g, self.length_g),
            ("f", self.share_f, self.length_fh),
            ("h", self.share_h, self.length_fh),
        )


def _request_ms(c: Constants) -> float:
    """Mean CPU of a request that meets the rule: quadrature over the lengths.

    The action comes after the evaluation: to block saves the base cost of what matched, no more.
    """
    z = (np.arange(4000) + 0.5) / 4000 * 16 - 8
    weight = np.exp(-z * z / 2)
    total = c.base_ms * (1 - (c.share_f if c.action == "block" else 0.0))
    for kind, share, median in c.classes():
        length = np.minimum(median * np.exp(c.length_sigma * z), c.longest)
        total += share * float((line_ms(kind, length, c.guard) * weight).sum() / weight.sum())
    return total


def fluid(c: Constants) -> dict[str, float]:
    """Load of a core, wait in a full backlog, and the share served, without randomness.

    Returns
    -------
    dict of str to float
        `load` (1 = all of a core), `wait_s`, `served` (0 to 1; 0 when the wait is over the timeout
        and the visitors who left are worked on).
    """
    cost = _request_ms(c)
    load = c.utilisation * cost / c.base_ms
    wait = c.backlog * cost / 1000 if load > 1 else 0.0
    late = wait > c.timeout_s and c.gone == "worked"
    return {"load": load, "wait_s": wait, "served": 0.0 if late else min(1.0, 1 / load)}
