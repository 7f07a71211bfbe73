"""An entry of the catalogue: the name of a model, how it is built, where its numbers are from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulator.describe import Scenario

__all__ = ["Entry", "Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """A work that a model takes something from.

    Parameters
    ----------
    citation : str
        Author, title, year, and the place in it.
    reason : str
        What the model takes from it.
    """

    citation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the catalogue.

    Parameters
    ----------
    name : str
        Lower case words joined by ``_``: what is typed on the command line.
    title : str
        One line.
    build : callable returning Scenario
        Called without arguments it gives the model with its defaults; assumptions are keywords.
    sources : tuple of Source
    checked : bool
        True once a second implementation, written from the sources by somebody who has not read
        this one, gives the same numbers. Until then the model is provisional.
    """

    name: str
    title: str
    build: Callable[..., Scenario]
    sources: tuple[Source, ...]
    checked: bool = False
