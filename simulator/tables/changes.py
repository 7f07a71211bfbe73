"""Changes: one row for each thing that is so from a moment on, and the spells that faults and people begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulator.describe.effects import Effect

__all__ = ["NO_EFFECT", "Change", "Spell"]

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


What = Literal[
    "begins", "ends", "role", "term", "build", "queue", "drop", "switch", "backlog", "note",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """Something is so from now on, and why.

    Parameters
    ----------
    at : float
        Seconds.
    cause : str
        Who did it, such as ``"failover db"`` or ``"recover: 3"``.
    what : str
        ``begins`` and ``ends``: a spell. ``role`` (a text), ``term`` (a number), ``build`` (a build, or
        None for the one before) of members. ``queue``: the age at which a pool's or backlog's waiting
        work expires (None = never). ``drop``: what waits is thrown away. ``switch``: a call is made
        (True) or left out. ``backlog``: paused, resumed, added to. ``note``: a text.
    members : tuple of (str, int)
    value : object
    spell : Spell or None
        For ``begins`` and ``ends``; the end of it is not known when it begins.
    of : str
        A pool, backlog or call by name.
    """

    at: float
    cause: str
    what: What
    members: tuple[tuple[str, int], ...] = ()
    value: object = None
    spell: Spell | None = None
    of: str = ""

    def words(self) -> str:
        """For people: ``"db[1] is primary"``."""
        whom = ", ".join(f"{pool}[{i}]" for pool, i in self.members[:4])
        if len(self.members) > 4:
            whom = f"{len(self.members)} members of {', '.join(dict.fromkeys(p for p, _ in self.members))}"
        if self.spell is not None:
            whom = whom or ", ".join(f"link {name}" for name in self.spell.links)
            out = " out of rotation" if self.spell.out_of_rotation else ""
            effect = "" if self.spell.effect == NO_EFFECT else f" {self.spell.effect.words()}"
            return f"{whom}:{effect or out}{' ends' if self.what == 'ends' else ''}"
        if self.what == "build":
            name = (
                "the build before"
                if self.value is None
                else getattr(self.value, "name", self.value)
            )
            return f"{whom} runs {name}"
        if self.what == "note":
            return str(self.value)
        if self.members:
            return f"{whom}: {self.what} {self.value}"
        return f"{self.of}: {self.what} {'' if self.value is None else self.value}".rstrip()
