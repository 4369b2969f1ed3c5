"""Which arithmetic a training uses, and the loss scale that half precision needs.

Micikevicius et al. 2017, "Mixed Precision Training": convolutions and dense layers in float16, what
sums over many values in float32, weights in float32. Gradients below 6e-8 would vanish in float16,
so the loss is multiplied by a scale before the way back and the gradients are divided by it after.
A power of two changes no bit of them unless they leave the range.
"""

from typing import Literal

Precision = Literal["auto", "float32", "mixed"]

FIRST_SCALE = 2.0**16
SMALLEST_SCALE = 1.0
LARGEST_SCALE = 2.0**24
STEPS_TO_GROW = 2000


def is_mixed(precision: Precision, device: str) -> bool:
    """Whether float16 is used; ``auto``: on GPU and Ascend, not on the CPU, where it is slower."""
    return device != "CPU" if precision == "auto" else precision == "mixed"


def next_scale(scale: float, good_steps: int, overflow: bool) -> tuple[float, int]:
    """The loss scale of the next step, and the steps since it last changed.

    Halved after a step whose gradients overflowed, doubled after 2000 in a row that did not.
    """
    if overflow:
        return max(scale / 2, SMALLEST_SCALE), 0
    if good_steps + 1 < STEPS_TO_GROW:
        return scale, good_steps + 1
    return min(scale * 2, LARGEST_SCALE), 0
