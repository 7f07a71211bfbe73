"""What a run leaves behind: tables as CSV and a record of how they were made.

Files appear whole or not at all: each is written beside its place and then moved there.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import DescriptionError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Provenance", "read_tables", "write_bytes", "write_tables"]

_PACKAGES = ("numpy", "scipy", "pandas", "matplotlib", "simpy")


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a result was made: enough to make it again.

    Parameters
    ----------
    command : str
        The command line.
    seed : int
    elapsed_s : float
    settings : sequence of str
        ``PATH=VALUE`` changes.
    versions : mapping of str to str
        Of Python and the packages that computed.
    machine : str
        Kind of processor and system; no name of a host.
    """

    command: str
    seed: int
    elapsed_s: float
    settings: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=lambda: _versions())
    machine: str = field(default_factory=lambda: f"{platform.system()} {platform.machine()}")


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # the tables can be read without the engines
            continue
    return found


def write_tables(
    directory: str | Path, tables: Mapping[str, pd.DataFrame], provenance: Provenance
) -> None:
    """Write each table as CSV and ``run.json`` with the SHA-256 of each.

    Parameters
    ----------
    directory : str or Path
        Made if it is not there.
    tables : mapping of str to DataFrame
        Name without ending -> table; columns carry their unit.
    provenance : Provenance

    Raises
    ------
    DescriptionError
        If the directory cannot be written.
    """
    place = Path(directory)
    digests = {}
    for name, table in tables.items():
        text = table.to_csv(index=False, float_format="%.12g", lineterminator="\n").encode()
        write_bytes(place / f"{name}.csv", text)
        digests[f"{name}.csv"] = hashlib.sha256(text).hexdigest()
    record: dict[str, Any] = asdict(provenance) | {"sha256": digests}
    write_bytes(place / "run.json", (json.dumps(record, indent=2) + "\n").encode())


def read_tables(directory: str | Path) -> dict[str, pd.DataFrame]:
    """Every CSV of a directory, by name without ending."""
    import pandas as pd

    return {path.stem: pd.read_csv(path) for path in sorted(Path(directory).glob("*.csv"))}


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    DescriptionError
        If the place cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise DescriptionError(f"cannot be written: {error.strerror}", str(path)) from None
