"""The timeline: which fault held whom, from when to when, and what that did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.describe.effects import Effect

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Spell", "Timeline"]

NO_EFFECT = Effect()


@dataclass(frozen=True, slots=True)
class Spell:
    """One active fault, or one change of what balancers believe.

    Parameters
    ----------
    start, end : float
        Seconds; the end may be infinite.
    cause : str
        Name of the basic event, such as ``"db[0].crash"``.
    members : tuple of (str, int)
        Whom it covers.
    effect : Effect
    links : tuple of str
        Names of the links it covers.
    out_of_rotation : bool
        Balancers do not ask the members meanwhile; with a neutral effect nothing else happens.
    """

    start: float
    end: float
    cause: str
    members: tuple[tuple[str, int], ...] = ()
    effect: Effect = NO_EFFECT
    links: tuple[str, ...] = ()
    out_of_rotation: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """Spells in order of their start.

    Parameters
    ----------
    spells : sequence of Spell
    """

    spells: Sequence[Spell] = ()

    def __post_init__(self) -> None:
        ordered = sorted(self.spells, key=lambda s: (s.start, s.end, s.cause))
        object.__setattr__(self, "spells", tuple(ordered))

    def plus(self, more: Iterable[Spell]) -> Timeline:
        """With more spells; nothing that is there changes."""
        return Timeline((*self.spells, *more))

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
