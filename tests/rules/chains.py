"""Exact long-run figures of a rule, by exploring every state that copies of it can reach."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

import numpy as np

Step = Callable[[object], Iterable[tuple[float, np.ndarray, object]]]
"""From a state to (probability, rewards, next state) of each way one call can go."""


def explore(start, step: Step, key: Callable[[object], Hashable]):
    """Transition matrix and mean rewards per state, over all states reached from `start`."""
    numbers, states, moves = {key(start): 0}, [start], []
    for here in states:  # grows meanwhile
        for chance, reward, there in step(here):
            number = numbers.setdefault(key(there), len(states))
            if number == len(states):
                states.append(there)
            moves.append((numbers[key(here)], number, chance, reward))
    matrix = np.zeros((len(states), len(states)))
    rewards = np.zeros((len(states), len(moves[0][3])))
    for source, target, chance, reward in moves:
        matrix[source, target] += chance
        rewards[source] += chance * reward
    return matrix, rewards


def long_run(start, step: Step, key) -> np.ndarray:
    """Mean rewards per call of the stationary chain."""
    matrix, rewards = explore(start, step, key)
    size = len(matrix)
    system = np.vstack([matrix.T - np.eye(size), np.ones(size)])
    share = np.linalg.lstsq(system, np.append(np.zeros(size), 1.0), rcond=None)[0]
    return share @ rewards


def calls_until(start, step: Step, key, done: Callable[[object], bool]) -> float:
    """Mean number of calls from `start` until a state that is `done`."""

    def stops(state):
        return ((1.0, np.zeros(1), state),) if done(state) else step(state)

    matrix, rewards = explore(start, stops, key)
    lives = rewards[:, 0] > 0
    inner = np.eye(lives.sum()) - matrix[np.ix_(lives, lives)]
    return float(np.linalg.solve(inner, rewards[lives, 0])[0])
