"""The timeline: which fault held whom, from when to when, and what people and controllers changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.tables.changes import NO_EFFECT, Change, Spell

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NO_EFFECT", "Change", "Spell", "Timeline"]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Spells in order of their start.

    Parameters
    ----------
    spells : sequence of Spell
    changes : sequence of Change
        What was done during the run, row by row in the order in which it was; nothing is ever taken
        out of it. The spells that controllers began stand among the spells, too, with their ends.
    """

    spells: Sequence[Spell] = ()
    changes: Sequence[Change] = ()

    def __post_init__(self) -> None:
        ordered = sorted(self.spells, key=lambda s: (s.start, s.end, s.cause))
        object.__setattr__(self, "spells", tuple(ordered))
        object.__setattr__(self, "changes", tuple(self.changes))

    def plus(self, more: Iterable[Spell]) -> Timeline:
        """With more spells; nothing that is there changes."""
        return Timeline((*self.spells, *more), self.changes)

    def between(self, start: float, end: float) -> Timeline:
        """What is active in [start, end), on a clock that is 0 at `start`; seconds."""
        kept = [s for s in self.spells if s.start < end and s.end > start]
        return Timeline(
            [
                Spell(
                    max(s.start - start, 0.0), s.end - start, s.cause, s.members, s.effect, s.links,
                    s.out_of_rotation,
                )
                for s in kept
            ]
        )  # fmt: skip

    def frame(self) -> pd.DataFrame:
        """One row for each spell and member or link."""
        import pandas as pd

        rows = []
        for s in self.spells:
            whom = [f"{pool}[{i}]" for pool, i in s.members] + [f"link:{name}" for name in s.links]
            for who in whom:
                rows.append(
                    {
                        "start_s": s.start, "end_s": s.end, "cause": s.cause, "who": who,
                        "up": s.effect.up, "silent": s.effect.silent,
                        "in_rotation": not s.out_of_rotation, "speed": s.effect.speed,
                        "error": s.effect.error, "delay_s": s.effect.delay,
                    }
                )  # fmt: skip
        return pd.DataFrame(rows)
