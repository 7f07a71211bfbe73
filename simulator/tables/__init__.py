"""What flows between the rooms: timelines of faults, rows of requests, files of a result."""

from simulator.tables.files import Provenance, read_tables, write_bytes, write_tables

__all__ = ["Provenance", "read_tables", "write_bytes", "write_tables"]
