"""A progress bar on standard error, for whoever is watching."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["Progress"]


class Progress:
    """Shown if standard error is a terminal and the work takes more than a moment.

    Called with ``(done, total)``; leaving the ``with`` block takes the bar away.
    """

    def __enter__(self) -> Progress:
        self.bar: Any = None
        return self

    def __call__(self, done: int, total: int) -> None:
        """Say that `done` of `total` replications are done."""
        if not sys.stderr.isatty():
            return
        if self.bar is None or self.bar.total != total:
            from tqdm import tqdm

            self.__exit__()
            self.bar = tqdm(
                total=total, unit=" replications", delay=1.0, leave=False, file=sys.stderr
            )
        self.bar.update(done - self.bar.n)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
