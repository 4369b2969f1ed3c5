"""The learning rate over a run: linear warm-up, then half a cosine down to zero."""

import math


def learning_rate(step: int, steps: int, peak: float, warmup_steps: int, start: float) -> float:
    """Learning rate of ``step`` (from 0) of ``steps``.

    It rises from ``start * peak`` at step 0 to ``peak`` at ``warmup_steps`` and falls from there as
    (1 + cos) / 2 towards 0, which it would reach at ``steps``. Where the warm-up is longer than the
    run, it only rises.
    """
    if step < warmup_steps:
        return peak * (start + (1 - start) * step / warmup_steps)
    share = (step - warmup_steps) / max(steps - warmup_steps, 1)
    return peak * (1 + math.cos(math.pi * share)) / 2
