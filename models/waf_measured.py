"""What one expression of a firewall was measured to cost, by length and kind of line, and the laws fitted.

The expression is the one of Cloudflare's outage of 2 July 2019 (132 characters, printed in J.
Graham-Cumming, Details of the Cloudflare outage on July 2, 2019). The times were measured with PCRE2
10.42, interpreter, on one core; nothing here is taken from the outage.

==========  ==============================================================  =========
kind        line                                                            time grows
==========  ==============================================================  =========
match       ``1=`` and plain characters: a match                            as length^2
no_match    a digit, plain characters, the sign on a later line: none       as length^2
json        quotes and digits all over it, the sign on a later line: none   as length^3
cheap       no sign where an attempt could begin, or soon after             at most 5 us
==========  ==============================================================  =========

Times follow ``c length^k``, by least squares on logarithms. The worst error is 11 % (`match` at 200
characters, where the measurements themselves leave the line); it is 4 % for the other two.

The engine limits the steps of an attempt, and the attempt that hits the limit ends the evaluation. On a
line of `json` attempts begin everywhere, and as long as the dearest stays below the limit, all are paid in
full. `PASSES` has the longest such line, measured on lines that repeat ``{"id":123,"name":"ab",
"tags":["x","y"],"n":45},``. It can be understood: an attempt from m characters before the end takes m^2 / 2
steps (a digit and plain characters hit 10 000 at 139 and 100 000 at 445 characters), in each of three ways to
divide 123, which begins at the seventh character: 6 + sqrt(2 limit / 3) = 88, 264 and 2588. Measured: 88;
272; and from 2560 to 2600 for the 10 million of the library, which are in force if nobody sets a limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import fmean
from typing import Literal

from simulator.describe import Lognormal
from simulator.errors import DescriptionError

__all__ = [
    "CHEAP",
    "LIMITS",
    "LINEAR",
    "MEASURED",
    "PASSES",
    "STEP",
    "Guard",
    "PowerLaw",
    "fitted",
]

Guard = Literal["10k", "100k", "linear"]

# Seconds by length of the line in characters.
MEASURED: dict[str, dict[int, float]] = {
    "match": {100: 0.057e-3, 200: 0.19e-3, 400: 0.83e-3, 800: 3.4e-3, 1600: 13.2e-3},
    "no_match": {100: 0.11e-3, 200: 0.44e-3, 400: 1.7e-3, 800: 6.3e-3, 1600: 26e-3},
    "json": {100: 1.5e-3, 200: 12.6e-3, 400: 96e-3, 800: 828e-3},
}
CHEAP = 5e-6  # s; the bound that was measured, taken as the time
LINEAR = 0.05e-3 / 1600  # s per character: measured with ``[^=]*=`` for ``.*.*=``, 1600 characters
STEP = 1 / 95e6  # s; the engine makes 95 steps per microsecond
LIMITS: dict[Guard | None, int] = {"10k": 10_000, "100k": 100_000, None: 10_000_000}  # steps
PASSES: dict[Guard | None, int] = {"10k": 88, "100k": 272, None: 2588}  # characters; see above


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """A time that is a power of the length.

    Parameters
    ----------
    factor : float
        Seconds at a length of one character.
    exponent : float
        No unit.
    worst : float
        Largest relative distance of the fit from a measured time.
    """

    factor: float
    exponent: float
    worst: float = 0.0

    def time(self, characters: float) -> float:
        """Seconds for a line of so many characters."""
        return float(self.factor * characters**self.exponent)

    def of(self, length: Lognormal) -> Lognormal:
        """Law of the time (s) if the length (characters) is lognormal: a power of one is one."""
        return Lognormal(self.time(length.median), self.exponent * length.sigma)


@cache
def fitted(kind: str) -> PowerLaw:
    """The law of a kind of line, by least squares on the logarithms of its measured times.

    Parameters
    ----------
    kind : {"match", "no_match", "json"}

    Returns
    -------
    PowerLaw

    Raises
    ------
    DescriptionError
        If the kind was not measured at several lengths.
    """
    if kind not in MEASURED:
        raise DescriptionError(f"{kind!r}: allowed are {', '.join(MEASURED)}", "kind")
    table = MEASURED[kind]
    x, y = [math.log(n) for n in table], [math.log(t) for t in table.values()]
    mx, my = fmean(x), fmean(y)
    slope = sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)
    law = PowerLaw(math.exp(my - slope * mx), slope)
    worst = max(abs(law.time(n) / t - 1) for n, t in table.items())
    return PowerLaw(law.factor, law.exponent, worst)
