"""Controllers: SimPy processes with pure decisions; they see signals and say changes."""
