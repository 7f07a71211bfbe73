"""Builds and how they are rolled out; pools that follow their load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.effects import Effect
from simulator.describe.quantities import Number, Seconds, Share
from simulator.describe.signals import Signal
from simulator.describe.triggers import At, Every, Poisson, steady
from simulator.describe.valid import above, at_least, one_of, share, whole
from simulator.errors import DescriptionError

__all__ = ["Autoscaler", "Build", "Rollout"]

_NO_EFFECT = Effect()


@dataclass(frozen=True, slots=True)
class Build:
    """A version of what members run: what it does beyond the version before.

    Parameters
    ----------
    name : str
    effect : Effect
        On every member that runs it: errors, speed ...
    extra_work : Distribution or None
        Added to every piece of work, drawn for each request, seconds at speed 1.
    """

    name: str
    effect: Effect = _NO_EFFECT
    extra_work: Distribution | None = None


@dataclass(frozen=True, slots=True)
class Rollout:
    """A build reaches the members of a pool in waves, is watched, and is taken back if it is bad.

    The waves are shares of the members that have the new build when the wave is done: ``(1,)`` at once,
    ``(0.1, 0.2, ..., 1)`` rolling, ``(0.01, 0.1, 1)`` a canary. Members of a wave change at the same
    time, each for `member_takes`; the next wave begins `soak` seconds after the last is done, unless
    the signal `halts_on` came on meanwhile: then all that changed go back.

    Parameters
    ----------
    name : str
    on : str
        The pool.
    build : Build
    when : At, Every or Poisson
    waves : sequence of float
        Ascending, the last is 1.
    strategy : {"replace", "stop_first", "beside"}
        What a member is during its change: out of rotation and down meanwhile ("replace"); all of the
        pool is stopped first ("stop_first": recreate); or new members are built beside the old ones
        and traffic is moved ("beside": blue-green, needs as many members again).
    member_takes : Distribution or float
        Seconds for one member, or until a member has pulled a pushed configuration.
    live : bool
        A member goes on serving while it changes: a pushed rule or flag.
    soak : float
        Seconds between two waves.
    halts_on : Signal or None
        Looked at from the first changed member until `soak` after the last wave.
    back : {"waves", "at_once"}
        How it is taken back; at once takes `back_takes`, waves take what the rollout took.
    back_takes : Distribution or float
        Seconds.
    chance_bad : float
        Chance that the build has its effect; otherwise it does nothing.
    """

    name: str
    on: str
    build: Build
    when: At | Every | Poisson
    waves: Sequence[Share] = (1.0,)
    strategy: Literal["replace", "stop_first", "beside"] = "replace"
    member_takes: Distribution | Seconds = 0.0
    live: bool = False
    soak: Seconds = 0.0
    halts_on: Signal | None = None
    back: Literal["waves", "at_once"] = "waves"
    back_takes: Distribution | Seconds = 0.0
    chance_bad: Share = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "waves", tuple(float(w) for w in self.waves))
        for key in ("member_takes", "back_takes"):
            value = getattr(self, key)
            if not isinstance(value, Distribution):
                at_least(value, key)
                object.__setattr__(self, key, Deterministic(float(value)))
        steady(self.when, "when")
        one_of(self.strategy, "strategy", "replace", "stop_first", "beside")
        one_of(self.back, "back", "waves", "at_once")
        at_least(self.soak, "soak")
        share(self.chance_bad, "chance_bad")
        for number, wave in enumerate(self.waves):
            share(wave, f"waves[{number}]")
        if not self.waves or self.waves[-1] != 1.0:
            message = f"{list(self.waves)}: the last wave is 1, all members"
            raise DescriptionError(message, "waves")
        for before, after in zip((0.0, *self.waves), self.waves):
            if not before < after:
                message = (
                    f"{after!r} after {before!r}: waves are ascending shares of all members up to 1"
                )
                raise DescriptionError(message, "waves")
        if self.live and self.strategy != "replace":
            message = (
                f'true with strategy = {self.strategy!r}: a live change goes with "replace" only'
            )
            raise DescriptionError(message, "live")


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """Members come and go so that a signal stays near its target.

    At every look it wants ``ceil(present * value / target)`` members (the rule of the horizontal pod
    autoscaler), within the bounds; new ones serve after `lag`.

    Parameters
    ----------
    name : str
    pool : str
    target : float
        Of the quantity, for each member.
    quantity : {"utilisation", "queue"}
        Mean over the members: busy share of cores (or threads), or requests waiting for each.
    every : float
        Seconds between two looks.
    lag : Distribution or float
        From the decision until a new member serves, seconds.
    least, most : int
        Bounds; `most` includes the quota of the account.
    tolerance : float
        Nothing is done while value / target is within 1 +- this.
    down_after : float
        Members are taken away only if fewer have been wanted for so many seconds.
    """

    name: str
    pool: str
    target: Number
    quantity: Literal["utilisation", "queue"] = "utilisation"
    every: Seconds = 15.0
    lag: Distribution | Seconds = 60.0
    least: int = 1
    most: int = 10
    tolerance: Share = 0.1
    down_after: Seconds = 300.0

    def __post_init__(self) -> None:
        above(self.target, "target")
        one_of(self.quantity, "quantity", "utilisation", "queue")
        above(self.every, "every")
        at_least(self.down_after, "down_after")
        share(self.tolerance, "tolerance")
        whole(self.least, "least")
        whole(self.most, "most", self.least)
        if not isinstance(self.lag, Distribution):
            at_least(self.lag, "lag")
            object.__setattr__(self, "lag", Deterministic(float(self.lag)))

    @property
    def others(self) -> int:
        """Members that may be there beyond `most`, brought by somebody else; only in a run."""
        return 0
