"""Retries that take no time at all do not pile up on the stack, in one call or in layers of them."""

import pytest

from simulator import At, Call, Effect, Every, Fault, Pool, Retry, Scenario, Source, System, traffic


def _dead(layers, attempts):
    """Callers above each other, the source being the first; the leaf always fails, at once."""
    names = [f"layer{i}" for i in range(1, layers)] + ["leaf"]
    calls = [Call(name, retry=Retry(attempts, on=("error",))) for name in names]
    pools = [Pool(name, serve=[call]) for name, call in zip(names, calls[1:])]
    return Scenario(
        System([*pools, Pool("leaf")]),
        sources=[Source("users", Every(1.0), to=calls[0])],
        faults=[Fault("leaf", when=At(0.0), lasts=None, effect=Effect(error=1.0))],
        horizon=2.5,
    )


@pytest.mark.parametrize(("layers", "attempts"), [(1, 2_000), (2, 40), (3, 4), (5, 3), (8, 2)])
def test_attempts_multiply_in_no_time(layers, attempts):
    outcomes = traffic(_dead(layers, attempts)).outcomes
    site = next(i for i, name in enumerate(outcomes.sites) if name.endswith(">leaf"))
    lowest = outcomes.attempts["site"] == site
    assert lowest.sum() == 3 * attempts**layers
    assert outcomes.requests["ended_s"].tolist() == [0.0, 1.0, 2.0]
    assert (outcomes.requests["attempts"] == attempts).all()
