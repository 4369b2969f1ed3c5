"""Distributions of each split against the other splits and datasets, and against what they were.

What is compared: width, height, aspect and tilt of regions, text length, regions an image, and
brightness where the pictures were measured; don't-care regions are among them. Distances are those
of ``manifests.distributions``: a finding is above the threshold of the Jensen-Shannon distance, and
its Kolmogorov-Smirnov distance is not chance either. What has values in fewer than ``LEAST`` images
is left out, on both sides.
"""

from collections.abc import Iterator, Mapping, Sequence

from manifests.distributions import EDGES, Counts, Sample, distance, pool, quantile_edge, sample
from manifests.findings import Code, Finding
from manifests.reading import Manifest
from validation.corpus import Corpus
from validation.history import remembered_other

FROM_DATASETS = Code(
    "drift_from_datasets",
    "note",
    "A quantity is distributed otherwise than in the other datasets taken together.",
    "Know it when you mix them: what one dataset alone has, such as tilted words, only it teaches.",
    0.5,
    "Jensen-Shannon distance, 0 to 1",
)
BETWEEN_SPLITS = Code(
    "drift_between_splits",
    "warning",
    "A quantity is distributed otherwise than in the other splits of the same dataset.",
    "Look whether the split is what it says, and was read the same way; if it is, scores on one "
    "split say less of the other.",
    0.2,
    "Jensen-Shannon distance, 0 to 1",
)
SINCE_LAST = Code(
    "changed_distribution",
    "warning",
    "A quantity is distributed otherwise than in the manifest as it was before it changed.",
    "Look at changed_images and changed_regions: the source or its parser changed much.",
    0.1,
    "Jensen-Shannon distance, 0 to 1",
)
LEAST = 30
"""Images. Fewer prove nothing, and among several datasets would make their mean as uncertain."""
CODES = (FROM_DATASETS, BETWEEN_SPLITS, SINCE_LAST)

Histograms = Mapping[str, Counts]


def find(corpus: Corpus) -> Iterator[Finding]:
    """What is distributed otherwise."""
    known = corpus.histograms
    for manifest in corpus.manifests:
        here = known[manifest.name]
        splits = [m for m in corpus.manifests if m.dataset == manifest.dataset and m != manifest]
        beside = [known[m.name] for m in splits]
        yield from _against(BETWEEN_SPLITS, manifest, here, beside, "the other splits")
        datasets = _other_datasets(corpus, manifest)
        yield from _against(FROM_DATASETS, manifest, here, datasets, "the other datasets")
        last = remembered_other(corpus.data, manifest)
        before = [last.histograms] if last else []
        yield from _against(SINCE_LAST, manifest, here, before, "what it was before")


def _other_datasets(corpus: Corpus, manifest: Manifest) -> Sequence[Histograms]:
    """The other datasets, each with its splits together."""
    grouped: dict[str, dict[str, Counts]] = {}
    for other in corpus.manifests:
        if other.dataset != manifest.dataset:
            summed = grouped.setdefault(other.dataset, {})
            for name, counts in corpus.histograms[other.name].items():
                summed[name] = summed[name] + counts if name in summed else counts
    return list(grouped.values())


def _against(
    code: Code, manifest: Manifest, here: Histograms, there: Sequence[Histograms], who: str
) -> Iterator[Finding]:
    """A finding for each quantity that is distributed otherwise than in others, pooled."""
    for quantity in EDGES:
        mine = sample(quantity, here)
        others = [one for each in there if (one := sample(quantity, each)) and one.size >= LEAST]
        if mine is None or mine.size < LEAST or not others:
            continue
        pooled = pool(others)
        found = distance(mine, pooled)
        assert code.threshold is not None
        if found.exceeds(code.threshold):
            message = (
                f"{quantity} differs from {who}: Jensen-Shannon distance "
                f"{found.jensen_shannon:.2f}, Kolmogorov-Smirnov {found.kolmogorov_smirnov:.2f} "
                f"(by chance {found.noise:.2f}); {_half(quantity, mine)}, "
                f"there {_half(quantity, pooled)}"
            )
            value = found.jensen_shannon
            yield code.finding(manifest.dataset, manifest.split, message, value=value)


def _half(quantity: str, found: Sample) -> str:
    """Where the median is, as exact as a bin is wide."""
    edge = quantile_edge(quantity, found.counts, 0.5)
    place = f"above {EDGES[quantity][-1]:.4g}" if edge is None else f"below {edge:.4g}"
    return f"half of {found.counts.sum():,.0f} values are {place}"
