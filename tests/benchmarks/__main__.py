"""``python -m tests.benchmarks [--quick]``: speed and memory beside plain C and plain SimPy."""

from __future__ import annotations

import argparse
import os

from tests.benchmarks.harness import ONE_THREAD


def main() -> None:
    """Run the table. Takes minutes; ``--quick`` only shows that everything runs."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: the figures mean nothing")
    quick = parser.parse_args().quick
    os.environ.update(ONE_THREAD)  # before NumPy is first imported, which `table` does
    from tests.benchmarks.table import QUICK, Bench, Sizes

    Bench(QUICK if quick else Sizes()).run()


if __name__ == "__main__":
    main()
