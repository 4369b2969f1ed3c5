"""A run's curves as a picture: losses, learning rate, scores of its evaluations."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from model.files import read_lines, settle
from model.runs import EVALUATIONS, LOG

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CURVES = "curves.png"
PARTS = ("loss", "classification", "vertical", "side")
_POINTS = 50
"""A curve is smoothed over this part of its length, ..."""
_WIDEST = 200
"""... and over so many steps at most."""


def draw_curves(folder: Path) -> Path | None:
    """Draw curves.png of a run's folder from its logs; None where no step was taken.

    Raises OSError where it cannot be written, and ValueError where the logs hold something else
    than figures.
    """
    entries = read_lines(folder / LOG)
    if not entries:
        return None
    # It tells about fonts it found. Importing it takes a second: only who draws pays for it.
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    evaluations = read_lines(folder / EVALUATIONS)
    figure = Figure(figsize=(9, 9), layout="constrained")
    # A name is no formula, and no font has half a character.
    figure.suptitle(ascii(folder.name)[1:-1], parse_math=False)
    try:
        _draw_all(figure, entries, evaluations)
    except (LookupError, TypeError, OverflowError) as error:
        raise ValueError(f"a line of its logs is not one of a training: {error!r}") from error
    path = folder / CURVES
    scratch = path.with_name(f".{CURVES}")
    try:
        FigureCanvasAgg(figure).print_png(str(scratch))
        settle(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)
    return path


def smooth(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n,) running means, each over the values around its place; at the ends over what there is."""
    width = min(max(len(values) // _POINTS, 1), _WIDEST)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    first = np.maximum(places - width // 2, 0)
    last = np.minimum(places - width // 2 + width, len(values))
    return np.asarray((sums[last] - sums[first]) / (last - first), dtype=np.float64)


def _draw_all(
    figure: "Figure", entries: list[dict[str, Any]], evaluations: list[dict[str, Any]]
) -> None:
    losses, rate, scores = figure.subplots(3, 1, sharex=True, height_ratios=(3, 1, 1.5))
    _draw_losses(losses, entries)
    rate.plot(*_series(entries, "learning_rate"), color="tab:gray")
    rate.set_ylabel("learning rate")
    _draw_scores(scores, evaluations)
    scores.set_xlabel("step")


def _draw_losses(axes: "Axes", entries: list[dict[str, Any]]) -> None:
    steps, total = _series(entries, "loss")
    axes.plot(steps, total, color="tab:blue", alpha=0.15, linewidth=0.5)
    for name, color in zip(PARTS, ("tab:blue", "tab:orange", "tab:green", "tab:red"), strict=True):
        steps, values = _series(entries, name)
        if len(values):  # a backbone's loss has no parts
            axes.plot(steps, smooth(values), color=color, label=name)
    # A few early steps would otherwise flatten all that comes after them.
    axes.set_ylim(0, 1.1 * float(np.quantile(total, 0.98)) or None)
    axes.set_ylabel("loss, smoothed; parts before their weights")
    axes.legend(loc="upper right")
    axes.grid(alpha=0.3)


def _draw_scores(axes: "Axes", evaluations: list[dict[str, Any]]) -> None:
    name = "accuracy" if evaluations and "accuracy" in evaluations[0] else "hmean"
    axes.set_ylabel(name)
    axes.set_ylim(0, 1)
    axes.grid(alpha=0.3)
    if not evaluations:
        axes.text(0.5, 0.5, "no evaluation yet", ha="center", transform=axes.transAxes)
        return
    last = evaluations[-1]
    named = f"{last.get('protocol', '')} on {last.get('mix', 'the images for evaluation')}"
    axes.plot(*_series(evaluations, name), marker="o", color="tab:purple", label=named.strip())
    axes.legend(loc="lower right")


def _series(
    entries: list[dict[str, Any]], key: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    found = [(entry["step"], entry[key]) for entry in entries if entry.get(key) is not None]
    steps, values = np.array(found, dtype=np.float64).reshape(-1, 2).T
    return steps, values
