"""What of images, regions and pictures is plotted, and the histograms that hold it.

A histogram has fixed bins, so that any number of values takes the same memory, and those of two
datasets can stand above each other.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

Of = Literal["region", "image", "picture"]


@dataclass(frozen=True)
class Measure:
    """One quantity. Bins are half-open; what lies below the first or above the last edge is counted
    with the first or last bin. ``log``: the axis is logarithmic. ``ticks``: values on the axis."""

    key: str
    title: str
    unit: str
    of: Of
    edges: tuple[float, ...]
    ticks: tuple[float, ...]
    meaning: str
    log: bool = False
    centred: bool = False
    """The middles of the bins are the values meant: whole numbers, or whole steps."""


def _octaves(low: int, high: int, parts: int) -> tuple[float, ...]:
    """Edges of ``parts`` bins for each doubling from 2^low to 2^high; powers of two are edges."""
    return tuple(float(2 ** (k / parts)) for k in range(low * parts, high * parts + 1))


def _even(low: float, high: float, bins: int) -> tuple[float, ...]:
    return tuple(float(x) for x in np.linspace(low, high, bins + 1))


MEASURES = (
    Measure(
        "height",
        "Box height",
        "px",
        "region",
        _octaves(1, 10, 4),
        (2, 8, 32, 128, 512),
        "of the upright box around a region",
        log=True,
    ),
    Measure(
        "width",
        "Box width",
        "px",
        "region",
        _octaves(1, 11, 4),
        (2, 8, 32, 128, 512),
        "of the upright box around a region",
        log=True,
    ),
    Measure(
        "aspect",
        "Width to height",
        "",
        "region",
        _octaves(-4, 5, 4),
        (1 / 8, 1, 8),
        "of the upright box; above 1 it is wider than high",
        log=True,
    ),
    Measure(
        "tilt",
        "Tilt",
        "°",
        "region",
        _even(-46.5, 46.5, 31),
        (-45, 0, 45),
        "of the longest side against the nearest axis; above 0 it is turned clockwise",
        centred=True,
    ),
    Measure(
        "text_length",
        "Text length",
        "characters",
        "region",
        tuple(float(k) - 0.5 for k in range(0, 32)),
        (0, 10, 20, 30),
        "of transcribed regions",
        centred=True,
    ),
    Measure(
        "regions",
        "Regions an image",
        "",
        "image",
        tuple(float(k) - 0.5 for k in range(0, 42)),
        (0, 10, 20, 30, 40),
        "don't-care ones among them",
        centred=True,
    ),
    Measure(
        "side",
        "Longer side",
        "px",
        "image",
        _octaves(6, 13, 4),
        (64, 256, 1024, 4096),
        "of the picture",
        log=True,
    ),
    Measure(
        "brightness",
        "Brightness",
        "of 255",
        "picture",
        _even(0, 256, 32),
        (0, 128, 256),
        "mean luma of a picture",
    ),
    Measure(
        "contrast",
        "Contrast",
        "of 255",
        "picture",
        _even(0, 128, 32),
        (0, 64, 128),
        "standard deviation of the luma of a picture",
    ),
    Measure(
        "sharpness",
        "Sharpness",
        "",
        "picture",
        _octaves(0, 16, 2),
        (4, 64, 1024, 16384),
        "variance of the Laplacian of the luma at a fixed size; low is blurred",
        log=True,
    ),
)
"""``picture`` measures come from the statistics beside the manifest, where there are any."""


@dataclass
class Histogram:
    """Counts of the values of one measure."""

    measure: Measure
    counts: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros(len(self.measure.edges) - 1, np.int64)

    def add(self, values: np.ndarray) -> None:
        """Count values; those that are no finite numbers are left out."""
        finite = values[np.isfinite(values)]
        place = np.searchsorted(self._edges, finite, side="right") - 1
        self.counts += np.bincount(
            np.clip(place, 0, len(self.counts) - 1), minlength=len(self.counts)
        )

    @property
    def total(self) -> int:
        """How many values were counted."""
        return int(self.counts.sum())

    def quantile(self, share: float) -> float:
        """The value below which ``share`` of all lie, as exact as a bin is wide."""
        if self.measure.centred:
            place = int(np.searchsorted(np.cumsum(self.counts), share * self.total))
            return (self.measure.edges[place] + self.measure.edges[place + 1]) / 2
        below = np.concatenate([[0], np.cumsum(self.counts)])
        return float(np.interp(share * self.total, below, self._edges))

    @cached_property
    def _edges(self) -> np.ndarray:
        return np.asarray(self.measure.edges)


def histograms() -> dict[str, Histogram]:
    """An empty histogram for each measure."""
    return {measure.key: Histogram(measure) for measure in MEASURES}
