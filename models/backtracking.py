"""What a regular expression costs: the steps of a backtracking matcher, counted as published.

After its outage of 2 July 2019 Cloudflare printed how many steps ``.*.*=.*`` takes on short lines: 23 on
``x=x``, 555 with twenty x after the sign, 4067 if the sign is missing. These numbers follow from the
search alone, so they are reproduced here without a parameter. The conventions of the count:

* every offset of the subject is tried as a start, from 0 to its length; the first match ends the search;
* a star takes its whole run at once and gives back (or, if lazy, takes on) one character at a time;
* one step each for: the start of an attempt, each entry into a part of the pattern, each exit from it
  (again for each length a star is left with), and the failure of an attempt.

The matcher does not walk through these steps. What happens from one part of the pattern and one offset
on does not depend on how the search got there, so its steps are found once for each such pair, and the
steps of a star are sums over a range: length of pattern times length of subject in all, where the walk
itself would take a power of the length. The tests walk, and find the same numbers.

Sources: J. Graham-Cumming, Details of the Cloudflare outage on July 2, 2019 (the counts); K. Thompson,
Regular expression search algorithm, CACM 11(6), 1968 (`linear_steps`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

from simulator.errors import DescriptionError

__all__ = ["Steps", "count_steps", "growth_exponent", "linear_steps"]

ALLOWED = "literals, '.', '.*' and '.*?'"

# What is refused by name: the character and what it stands for in other matchers.
REFUSED = {
    "\\": "an escape",
    "[": "a character class",
    "]": "a character class",
    "(": "a group",
    ")": "a group",
    "{": "a counted repetition",
    "}": "a counted repetition",
    "|": "an alternative",
    "^": "an anchor",
    "$": "an anchor",
    "+": "a repetition of at least one",
    "?": "an optional part",
    "*": "a star of something other than '.'",
}


@dataclass(frozen=True, slots=True)
class Steps:
    """What one search took.

    Parameters
    ----------
    steps : int
        Steps in all.
    matched : bool
        Whether the pattern was found.
    starts : int
        Offsets tried as the start of a match.
    most_per_start : int
        Steps of the dearest attempt: what a limit per attempt is compared with.
    aborted : bool
        True if an attempt ran into the limit, which ends the whole search without a match.
    """

    steps: int
    matched: bool
    starts: int
    most_per_start: int
    aborted: bool = False


class _Part(NamedTuple):
    """A part of a pattern; `sign` is the character of a literal, else empty."""

    kind: Literal["literal", "any", "greedy", "lazy"]
    sign: str = ""

    def takes(self, character: str) -> bool:
        """Whether the part can take `character`; a dot takes all but the end of a line."""
        return character == self.sign if self.kind == "literal" else character != "\n"


class _Tail(NamedTuple):
    """For each offset of the subject: steps of a part and all behind it, and whether they match."""

    steps: list[int]
    matched: list[bool]


def count_steps(pattern: str, subject: str, *, match_limit: int | None = None) -> Steps:
    """Search `subject` for the leftmost match of `pattern` by backtracking and count the steps.

    Parameters
    ----------
    pattern : str
        Literals, ``.``, ``.*`` and ``.*?``. Nothing is anchored.
    subject : str
        The text; a dot does not take a line feed.
    match_limit : int, optional
        Steps that one attempt may take. An attempt that needs more stops there, and with it the
        search: no later offset is tried.

    Returns
    -------
    Steps

    Raises
    ------
    DescriptionError
        If the pattern has anything else in it, or the limit is no whole number of at least 1.
    """
    _check_limit(match_limit)
    tail = _tail(_parts(pattern), subject)
    total = most = 0
    for offset, (behind, matched) in enumerate(zip(*tail)):
        attempt = 1 + behind + (not matched)
        if match_limit is not None and attempt > match_limit:
            return Steps(total + match_limit, False, offset + 1, match_limit, aborted=True)
        total, most = total + attempt, max(most, attempt)
        if matched:
            return Steps(total, True, offset + 1, most)
    return Steps(total, False, len(subject) + 1, most)


def linear_steps(pattern: str, subject: str) -> Steps:
    """The same search by an engine that never goes back: all states at once, a character at a time.

    One step for each live state at each offset (Thompson's simulation), so at most (length of the
    subject + 1) x (parts of the pattern + 1), whatever they are. The whole subject is read, as the
    end of the longest match needs it. All starts are tried in one go: `starts` is 1.

    Parameters
    ----------
    pattern, subject : str
        As in `count_steps`.

    Returns
    -------
    Steps

    Raises
    ------
    DescriptionError
        If the pattern has anything else in it.
    """
    parts = _parts(pattern)
    live: set[int] = set()
    total, matched = 0, False
    for offset in range(len(subject) + 1):
        live = _entered(parts, live | {0})
        total, matched = total + len(live), matched or len(parts) in live
        if offset < len(subject):
            live = _moved(parts, live, subject[offset])
    return Steps(total, matched, 1, total)


def growth_exponent(
    pattern: str,
    subject_of: Callable[[int], str],
    lengths: Sequence[int] = (1_000, 2_000),
    *,
    search: Callable[[str, str], Steps] = count_steps,
) -> float:
    """The power of the length that the steps grow with: slope on logarithmic scales.

    Parameters
    ----------
    pattern : str
        As in `count_steps`.
    subject_of : callable
        The subject for a length.
    lengths : sequence of int
        The slope is taken from the first to the last; large ones, as lower powers fade slowly.
    search : callable
        `count_steps` or `linear_steps`.

    Returns
    -------
    float
        No unit; 1 is a cost in proportion to the length.

    Raises
    ------
    DescriptionError
        If the pattern is refused, or the lengths are not at least two, above 0 and rising.
    """
    if len(lengths) < 2 or not 0 < lengths[0] < lengths[-1]:
        raise DescriptionError(f"{lengths!r}: allowed are two lengths above 0, rising", "lengths")
    few, many = (search(pattern, subject_of(n)).steps for n in (lengths[0], lengths[-1]))
    return math.log(many / few) / math.log(lengths[-1] / lengths[0])


def _check_limit(limit: int | None) -> None:
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise DescriptionError(
            f"{limit!r}: allowed is a whole number from 1, or None", "match_limit"
        )


def _parts(pattern: str) -> tuple[_Part, ...]:
    """The parts of a pattern, from the left."""
    parts: list[_Part] = []
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if sign in REFUSED:
            raise DescriptionError(
                f"{pattern!r}: {sign!r} at offset {at} is {REFUSED[sign]}; allowed are {ALLOWED}",
                "pattern",
            )
        part, length = _part_at(pattern, at)
        parts.append(part)
        at += length
    if not parts:
        raise DescriptionError(f"{pattern!r} is empty; allowed are {ALLOWED}", "pattern")
    return tuple(parts)


def _part_at(pattern: str, at: int) -> tuple[_Part, int]:
    """The part that begins at an offset, and its length in characters."""
    if pattern[at] != ".":
        return _Part("literal", pattern[at]), 1
    if pattern.startswith(".*?", at):
        return _Part("lazy"), 3
    return (_Part("greedy"), 2) if pattern.startswith(".*", at) else (_Part("any"), 1)


def _tail(parts: tuple[_Part, ...], subject: str) -> _Tail:
    """Steps from the first part on, at each offset; found from the last part backwards."""
    tail = _Tail([0] * (len(subject) + 1), [True] * (len(subject) + 1))
    for part in reversed(parts):
        one = part.kind in ("literal", "any")
        tail = _single(part, subject, tail) if one else _star(part, subject, tail)
    return tail


def _single(part: _Part, subject: str, behind: _Tail) -> _Tail:
    """A part that takes one character: entered, and left if it fits."""
    fits = [part.takes(character) for character in subject]
    steps = [2 + behind.steps[p + 1] if fit else 1 for p, fit in enumerate(fits)]
    matched = [fit and behind.matched[p + 1] for p, fit in enumerate(fits)]
    return _Tail([*steps, 1], [*matched, False])  # at the end there is nothing to take


def _star(part: _Part, subject: str, behind: _Tail) -> _Tail:
    """A star: entered once, left at one offset after another until what is behind it matches."""
    size = len(subject) + 1
    before = [0, *accumulate(1 + steps for steps in behind.steps)]  # sums over offsets below
    hits = _nearest(behind.matched, part.kind)
    steps, matched, end = [0] * size, [False] * size, size - 1
    for p in reversed(range(size)):
        if p < len(subject) and not part.takes(subject[p]):
            end = p
        hit = hits[p if part.kind == "lazy" else end]
        matched[p] = p <= hit <= end
        first = hit if matched[p] and part.kind == "greedy" else p
        last = hit if matched[p] and part.kind == "lazy" else end
        steps[p] = 1 + before[last + 1] - before[first]
    return _Tail(steps, matched)


def _nearest(matched: list[bool], kind: str) -> list[int]:
    """For each offset the nearest one that matches: from it on if lazy, up to it if greedy."""
    size = len(matched)
    if kind == "greedy":
        return list(accumulate((p if hit else -1 for p, hit in enumerate(matched)), max))
    later = (p if matched[p] else size for p in reversed(range(size)))
    return list(accumulate(later, min))[::-1]


def _entered(parts: tuple[_Part, ...], live: set[int]) -> set[int]:
    """The states `live` and those behind stars, which may be left at once."""
    found = set(live)
    for state, part in enumerate(parts):
        if state in found and part.kind in ("greedy", "lazy"):
            found.add(state + 1)
    return found


def _moved(parts: tuple[_Part, ...], live: set[int], character: str) -> set[int]:
    """The states after a character: a star stays, another part is left, a misfit dies."""
    fits = [s for s in live if s < len(parts) and parts[s].takes(character)]
    return {s if parts[s].kind in ("greedy", "lazy") else s + 1 for s in fits}
