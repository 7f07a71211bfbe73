"""The request engine: every request, attempt by attempt, on SimPy's clock."""
