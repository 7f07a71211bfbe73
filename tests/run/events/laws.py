"""The laws that every run obeys, by name."""

from __future__ import annotations

from collections.abc import Callable

from tests.run.events import (
    law_accounts,
    law_budgets,
    law_callers,
    law_guards,
    law_members,
    law_weather,
)
from tests.run.events.seen import Seen

__all__ = ["LAWS", "broken"]

LAWS: dict[str, Callable[[Seen], None]] = {
    law.__name__: law
    for room in (law_accounts, law_callers, law_budgets, law_guards, law_members, law_weather)
    for law in room.LAWS
}


def broken(seen: Seen) -> dict[str, str]:
    """Laws that a run breaks, each with what it says."""
    found = {}
    for name, law in LAWS.items():
        try:
            law(seen)
        except AssertionError as error:
            found[name] = str(error).strip().splitlines()[0] if str(error).strip() else "broken"
    return found
