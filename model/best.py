"""Which of a training's checkpoints is the best."""

from collections.abc import Iterable, Mapping
from typing import Any

NO_SCORE = -1.0
"""Below any score: no evaluation has given one yet."""


def beats(score: float | None, best: float) -> bool:
    """Whether a score is above the best so far. Two never are, for they tell no network from
    another: None, where there was nothing to score on, and 0, which a network gets before it has
    learnt anything, so that the first and least trained would stay the best."""
    return score is not None and score > max(best, 0.0)


def best_of(best: float, entries: Iterable[Mapping[str, Any]], figure: str) -> float:
    """The highest of ``best`` and the entries' ``figure``, whichever there are."""
    scores = (entry[figure] for entry in entries)
    return max([best, *(score for score in scores if score is not None)])
