"""Which of a training's checkpoints is the best."""

from collections.abc import Iterable, Mapping
from typing import Any

NO_SCORE = -1.0
"""Below any score: no evaluation has given one yet."""


def beats(score: float | None, best: float) -> bool:
    """Whether a score is above the best so far. None, where there was nothing to score on, never
    is: it says nothing about a network."""
    return score is not None and score > best


def best_of(best: float, entries: Iterable[Mapping[str, Any]], figure: str) -> float:
    """The highest of ``best`` and the entries' ``figure``, whichever there are."""
    scores = (entry[figure] for entry in entries)
    return max([best, *(score for score in scores if score is not None)])
