"""Distributions on fixed bins, and how far two of them are apart.

The bins never depend on the data, so a distribution that was kept can be compared with one of
today, and one of a million values takes as little room as one of ten.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manifests.quantities import Values

_SIZES = tuple(2 ** (k / 2) for k in range(27))
_RATIOS = tuple(2 ** (k / 2) for k in range(-10, 13))
_ANGLES = (0.5, 1.5, 3, 5, 8, 12, 20, 30, 45.001)

EDGES: dict[str, tuple[float, ...]] = {
    "width": _SIZES,
    "height": _SIZES,
    "aspect": _RATIOS,
    "tilt": (*(-edge for edge in reversed(_ANGLES)), *_ANGLES),
    "text_length": (*range(1, 17), 20, 24, 32, 48, 64),
    "regions": (*range(1, 7), 8, 11, 16, 23, 32, 45, 64, 91, 128),
    "brightness": tuple(range(16, 256, 16)),
}
"""Inner edges of the bins of each quantity, half-open (a value on an edge is in the bin above); the
first bin takes all below the first edge, the last all from the last on. Sizes and ratios: two bins
an octave. Angles: finest about level, which is half a degree around 0. Counts: one bin a number
while they are small."""

REGIONS = "regions"
PER_IMAGE = (REGIONS, "brightness")
"""Quantities with a value an image; the others have one a region."""

KOLMOGOROV = 2.225
"""Kolmogorov's distribution is exceeded so far once in ten thousand times."""

Counts = npt.NDArray[np.float64]
"""(bins,) how many values lie in each; fractions where histograms were pooled."""


@dataclass(frozen=True)
class Sample:
    """A histogram and ``size``, how many values drawn one by one would tell as much.

    Regions of one picture are of one place and one camera, so a hundred of them in one picture tell
    hardly more than one does: the size is that of the pictures.
    """

    counts: Counts
    size: float


@dataclass(frozen=True)
class Distance:
    """How far two distributions are apart.

    ``jensen_shannon``: distance, base 2, from 0 (equal) to 1 (nothing in common), less what two
    samples of one distribution would have for their sizes; ``kolmogorov_smirnov``: the largest
    difference of the shares below any edge of the bins, 0 to 1; ``noise``: what the latter reaches
    by chance once in ten thousand times.
    """

    jensen_shannon: float
    kolmogorov_smirnov: float
    noise: float

    def exceeds(self, threshold: float) -> bool:
        """True where the Jensen-Shannon distance is above a threshold and not by chance."""
        return self.jensen_shannon > threshold and self.kolmogorov_smirnov > self.noise


def histogram(quantity: str, values: Values) -> Counts:
    """How many values lie in each bin; what is not a number is left out."""
    edges = np.asarray(EDGES[quantity], dtype=np.float64)
    known = values[~np.isnan(values)]
    places = np.searchsorted(edges, known, side="right")
    return np.bincount(places, minlength=len(edges) + 1).astype(np.float64)


def add_histograms(into: dict[str, Counts], values: Mapping[str, Values]) -> None:
    """Count the values of a batch, of quantities that have bins, into ``into``."""
    for quantity in values.keys() & EDGES.keys():
        counts = histogram(quantity, values[quantity])
        into[quantity] = into[quantity] + counts if quantity in into else counts


def sample(quantity: str, histograms: Mapping[str, Counts]) -> Sample | None:
    """A quantity's histogram beside the others of the same images; None where it has no value."""
    counts = histograms.get(quantity)
    if counts is None or not counts.any():
        return None
    values = float(counts.sum())
    if quantity in PER_IMAGE or REGIONS not in histograms:
        return Sample(counts, values)
    return Sample(counts, min(values, float(histograms[REGIONS][1:].sum())))


def pool(samples: Sequence[Sample]) -> Sample:
    """Their sum, had each as many values as they have on average: the largest does not decide.

    The variance of a mean of shares is the mean of their variances over their number, hence the
    size: the smallest decides.
    """
    total, number = sum(each.counts.sum() for each in samples), len(samples)
    shares = [each.counts / each.counts.sum() for each in samples]
    size = number**2 / sum(1 / each.size for each in samples)
    return Sample(np.sum(shares, axis=0) * total / number, size)


def quantile_edge(quantity: str, counts: Counts, share: float) -> float | None:
    """The lowest edge of the bins that at least a share of the values lie below; None where even
    the last edge does not do."""
    below = np.cumsum(counts)[:-1] >= share * counts.sum()
    return EDGES[quantity][int(np.argmax(below))] if below.any() else None


def distance(a: Sample, b: Sample) -> Distance:
    """The distance of two samples on the same bins."""
    p, q = a.counts / a.counts.sum(), b.counts / b.counts.sum()
    bins = int(((p > 0) | (q > 0)).sum())
    return Distance(
        math.sqrt(max(0.0, _divergence(p, q) - expected_divergence(bins, a.size, b.size))),
        float(np.abs(np.cumsum(p) - np.cumsum(q)).max()),
        KOLMOGOROV * math.sqrt(1 / a.size + 1 / b.size),
    )


def expected_divergence(bins: int, n: float, m: float) -> float:
    """Jensen-Shannon divergence in bits that two samples of one distribution have on average.

    To second order it is 1 / (8 ln 2) times the chi-square distance, whose mean is
    (bins - 1) (1/n + 1/m).
    """
    return (bins - 1) * (1 / n + 1 / m) / (8 * math.log(2))


def _divergence(p: Values, q: Values) -> float:
    """Jensen-Shannon divergence in bits (Lin, 1991): the mean divergence from the mean."""
    middle = (p + q) / 2
    return (_kullback_leibler(p, middle) + _kullback_leibler(q, middle)) / 2


def _kullback_leibler(p: Values, q: Values) -> float:
    some = p > 0
    return float(np.sum(p[some] * np.log2(p[some] / q[some])))
