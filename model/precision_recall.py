"""Precision against recall over the least score of a line, its average, and its picture."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model.arrays import Floats
from model.files import settle


@dataclass(frozen=True)
class Curve:
    """Points by rising least score, each array (T,)."""

    scores: Floats
    precision: Floats
    recall: Floats
    hmean: Floats

    def to_json(self) -> dict[str, Any]:
        """The points, and the average precision."""
        points = {name: values.tolist() for name, values in vars(self).items()}
        return {**points, "average_precision": average_precision(self.precision, self.recall)}


def average_precision(precision: Floats, recall: Floats) -> float:
    """The area under (T,) points: at each recall the best precision at it or beyond.

    As Everingham et al., "The PASCAL visual object classes challenge", IJCV 88(2), 2010, with all
    points. Recall that no setting reaches adds nothing.
    """
    order = np.argsort(recall, kind="stable")
    reached = recall[order]
    best = np.maximum.accumulate(precision[order][::-1])[::-1]
    return float((np.diff(reached, prepend=0.0) * best).sum())


def draw(path: Path, curve: Curve, chosen: float, own: float, title: str) -> None:
    """Draw the curve as PNG: precision against recall, and all three figures over the least score.
    ``chosen`` and ``own`` are the least scores that are marked. Raises OSError."""
    logging.getLogger("matplotlib").setLevel(logging.WARNING)  # it tells about fonts it found
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    figure.suptitle(ascii(title)[1:-1], parse_math=False)
    left, right = figure.subplots(1, 2)
    left.plot(curve.recall, curve.precision, color="tab:blue")
    area = average_precision(curve.precision, curve.recall)
    left.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    left.set_title(f"average precision {area:.3f}", fontsize=10)
    for name, colour in (("precision", "tab:green"), ("recall", "tab:orange"), ("hmean", "black")):
        right.plot(curve.scores, getattr(curve, name), color=colour, label=name)
    right.set(xlabel="lines.min_score", xlim=(0, 1), ylim=(0, 1.02))
    marks = [("chosen", chosen, "tab:red", "o")]
    if own != chosen:
        marks.append(("the checkpoint's own", own, "tab:gray", "s"))
    for label, score, colour, marker in marks:
        at = int(np.flatnonzero(curve.scores == score)[0])
        left.plot(curve.recall[at], curve.precision[at], marker, color=colour, label=label)
        right.axvline(score, color=colour, linestyle=":", label=f"{label}, {score:g}")
    for axes, corner in ((left, "lower left"), (right, "upper left")):
        axes.grid(alpha=0.3)
        axes.legend(loc=corner, fontsize=8)
    scratch = path.with_name(f".{path.name}")
    try:
        FigureCanvasAgg(figure).print_png(str(scratch))
        settle(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)
