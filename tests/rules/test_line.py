"""The waiting line against a list that is searched through."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.serving import Queue
from simulator.rules.line import WaitingLine, rank_of

QUEUES = {
    "fifo": Queue(cap=4),
    "lifo": Queue(cap=4, order="lifo"),
    "priority": Queue(cap=4, order="priority", first=("gold", "silver")),
}


def head(order, waiting):
    """Index of the one served next, from the definition: rank (priority alone), then arrival."""
    if order == "lifo":
        return len(waiting) - 1
    rank = (lambda i: waiting[i][2]) if order == "priority" else (lambda i: 0)
    return min(range(len(waiting)), key=lambda i: (rank(i), i))


@pytest.mark.parametrize("order", QUEUES)
@given(moves=st.lists(st.sampled_from(["gold", "silver", "iron", "pop", "pop"]), max_size=60))
@settings(max_examples=100, deadline=None)
def test_it_is_the_list_in_its_order(order, moves):
    queue = QUEUES[order]
    line, waiting = WaitingLine(queue), []
    for now, move in enumerate(moves):
        if move == "pop" and waiting:
            expected, since, _ = waiting.pop(head(order, waiting))
            popped = line.pop()
            assert popped[0] is expected
            assert popped[1] == since
        elif move == "pop":
            with pytest.raises(IndexError):
                line.pop()
        else:
            item = object()  # not comparable, as requests are not
            joined = line.push(item, float(now), rank_of(queue, move))
            assert joined == (len(waiting) < 4)
            if joined:
                waiting.append((item, float(now), rank_of(queue, move)))
        assert len(line) == len(waiting)
        assert line.head_since() == (waiting[head(order, waiting)][1] if waiting else None)


def test_the_orders_differ():
    """Negative control: one story, three orders of service."""
    served = {}
    for order, queue in QUEUES.items():
        line = WaitingLine(queue)
        for i, cls in enumerate(["iron", "gold", "silver", "gold"]):
            assert line.push(i, 0.0, rank_of(queue, cls))
        assert not line.push(9, 0.0)
        served[order] = [line.pop()[0] for _ in range(4)]
    assert served == {"fifo": [0, 1, 2, 3], "lifo": [3, 2, 1, 0], "priority": [1, 3, 2, 0]}


@pytest.mark.parametrize("order", ["fifo", "lifo"])
def test_rank_matters_to_priority_alone(order):
    line = WaitingLine(QUEUES[order])
    for item, rank in enumerate([2, 0, 1]):
        line.push(item, 0.0, rank)
    served = [line.pop()[0] for _ in range(3)]
    assert served == ([0, 1, 2] if order == "fifo" else [2, 1, 0])


def test_ranks():
    queue = QUEUES["priority"]
    assert [rank_of(queue, cls) for cls in ("gold", "silver", "iron", "")] == [0, 1, 2, 2]
    assert rank_of(QUEUES["fifo"], "gold") == 0


def test_caps():
    assert not WaitingLine(Queue(cap=0)).push("x", 0.0)
    endless = WaitingLine(Queue())
    assert all(endless.push(i, 0.0) for i in range(10_000))
    assert len(endless) == 10_000


@pytest.mark.parametrize("queue", QUEUES.values(), ids=QUEUES)
def test_who_has_given_up_leaves_a_place(queue):
    line = WaitingLine(queue)
    for i in range(4):
        line.push(i, 0.0)
    assert not line.push(4, 1.0)
    line.gone += 1
    assert line.push(4, 1.0)
    assert not line.push(5, 1.0)
    assert len(line) == 5


@pytest.mark.parametrize("queue", QUEUES.values(), ids=QUEUES)
def test_a_copy_goes_its_own_way(queue):
    line = WaitingLine(queue)
    for i in range(3):
        line.push(i, float(i), i)
    line.gone = 1
    twin = line.copy()
    while line:
        line.pop()
    line.push("other", 9.0)
    assert len(twin) == 3
    assert twin.gone == 1
    assert twin.push(3, 3.0)
    assert twin.push(4, 4.0)
    assert not twin.push(5, 5.0)
    assert sorted(twin.pop()[0] for _ in range(5)) == [0, 1, 2, 3, 4]
