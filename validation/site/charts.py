"""The geometry of small charts: where each bar and tick stands, for a template to draw."""

from dataclasses import dataclass

import numpy as np

from manifests.pages.words import number
from validation.site.measures import Histogram, Measure

WIDTH, HEIGHT = 240.0, 84.0
"""Of the plot in its own units; the axis has its labels below."""


@dataclass(frozen=True)
class Bar:
    """``label``: what the bar says, in words."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True)
class Tick:
    """A mark of the axis; ``anchor``: which end of the text stands at x."""

    x: float
    text: str
    anchor: str


@dataclass(frozen=True)
class Chart:
    """``median``: where its line stands. ``summary``: the whole in a sentence, for those who do not
    see it. ``figures``: (name, value) of the numbers below it."""

    measure: Measure
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    median: float
    summary: str
    figures: tuple[tuple[str, str], ...]


def chart(histogram: Histogram) -> Chart | None:
    """The chart of a histogram; None where it holds nothing."""
    if not histogram.total:
        return None
    measure = histogram.measure
    middle = histogram.quantile(0.5)
    figures = tuple(
        (name, number(histogram.quantile(share)))
        for name, share in (("5 %", 0.05), ("median", 0.5), ("95 %", 0.95))
    )
    low, mid, high = (value for _, value in figures)
    summary = (
        f"{measure.title}: median {mid} {measure.unit}; nine tenths between {low} and {high}; "
        f"{histogram.total:,} values"
    )
    return Chart(
        measure, _bars(histogram), _ticks(measure), place(measure, middle), summary, figures
    )


def place(measure: Measure, value: float) -> float:
    """Where a value stands on the axis, 0 to ``WIDTH``."""
    low, high, here = measure.edges[0], measure.edges[-1], value
    if measure.log:
        low, high, here = (float(np.log2(max(v, 1e-9))) for v in (low, high, here))
    return round(float(np.clip((here - low) / (high - low), 0, 1)) * WIDTH, 2)


def _bars(histogram: Histogram) -> tuple[Bar, ...]:
    measure, top = histogram.measure, int(histogram.counts.max())
    edges = [place(measure, edge) for edge in measure.edges]
    return tuple(
        Bar(
            x=edges[k],
            y=round(HEIGHT - HEIGHT * count / top, 2),
            width=round(max(edges[k + 1] - edges[k] - 0.8, 0.8), 2),
            height=round(HEIGHT * count / top, 2),
            label=f"{_span(measure, k, len(histogram.counts))}: {count:,}",
        )
        for k, count in enumerate(histogram.counts.tolist())
        if count
    )


def _span(measure: Measure, bin_: int, bins: int) -> str:
    """``16 to 19 px``; the outermost bins have no end."""
    low, high = measure.edges[bin_], measure.edges[bin_ + 1]
    if measure.centred:
        text = number((low + high) / 2) + (" or more" if bin_ == bins - 1 else "")
    elif bin_ == 0:
        text = f"below {number(high)}"
    elif bin_ == bins - 1:
        text = f"{number(low)} and more"
    else:
        text = f"{number(low)} to {number(high)}"
    return f"{text} {measure.unit}".strip()


def _ticks(measure: Measure) -> tuple[Tick, ...]:
    return tuple(_tick(place(measure, value), number(value)) for value in measure.ticks)


def _tick(x: float, text: str) -> Tick:
    anchor = "start" if x < 0.04 * WIDTH else "end" if x > 0.96 * WIDTH else "middle"
    return Tick(x, text, anchor)
