"""One question per file: ``python -m experiments`` lists them, ``python -m experiments.NAME`` answers one."""
