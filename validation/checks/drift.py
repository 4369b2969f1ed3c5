"""Distributions of each split against the others, and a manifest against what it was.

What is compared: width, height, aspect and tilt of regions, text length, regions an image, and
brightness where the pictures were measured; don't-care regions are among them. Distances are those
of ``manifests.distributions``: a finding is above the threshold of the Jensen-Shannon distance, and
its Kolmogorov-Smirnov distance is not chance either.
"""

from collections.abc import Iterator, Mapping

from manifests.differences import KINDS, compare, gather
from manifests.distributions import EDGES, Counts, add_histograms, distance, pool, quantile_edge
from manifests.findings import Code, Finding
from manifests.measures import COLUMNS, measure
from manifests.reading import Manifest
from validation.corpus import Corpus
from validation.history import last_other, remember

LISTED = 5

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
    "drift_since_last",
    "warning",
    "A quantity is distributed otherwise than in the last manifest that was checked.",
    "Look at source_changed: either the source or its parser changed much.",
    0.1,
    "Jensen-Shannon distance, 0 to 1",
)
CHANGED = Code(
    "source_changed",
    "note",
    "Images or regions differ from the last manifest that was checked, in one of several ways.",
    "Look whether the change was meant; with both manifests at hand, `python -m manifests diff` "
    "lists all of it.",
)
CODES = (FROM_DATASETS, BETWEEN_SPLITS, SINCE_LAST, CHANGED)

Histograms = Mapping[str, Counts]


def find(corpus: Corpus) -> Iterator[Finding]:
    """What is distributed otherwise, and what changed."""
    known = {manifest.name: histograms(corpus, manifest) for manifest in corpus.manifests}
    for manifest in corpus.manifests:
        splits = [m for m in corpus.manifests if m.dataset == manifest.dataset and m != manifest]
        yield from _against(
            BETWEEN_SPLITS,
            manifest,
            known[manifest.name],
            [known[m.name] for m in splits],
            "the other splits",
        )
        yield from _against(
            FROM_DATASETS,
            manifest,
            known[manifest.name],
            _by_dataset(corpus, known, manifest),
            "the other datasets",
        )
        yield from _since_last(corpus, manifest, known[manifest.name])


def keep_history(corpus: Corpus) -> None:
    """Remember all manifests as they are, for the next check; see ``validation.history``."""
    for manifest in corpus.manifests:
        remember(corpus.data, manifest, histograms(corpus, manifest))


def histograms(corpus: Corpus, manifest: Manifest) -> dict[str, Counts]:
    """Every quantity of a manifest, counted batch by batch."""
    found: dict[str, Counts] = {}
    for batch in manifest.batches("images", COLUMNS):
        add_histograms(found, measure(batch))
    statistics = corpus.statistics.get(manifest.name)
    for batch in statistics.batches(["brightness"]) if statistics else ():
        add_histograms(found, {"brightness": batch["brightness"].to_numpy()})
    return found


def _by_dataset(
    corpus: Corpus, known: Mapping[str, Histograms], manifest: Manifest
) -> list[Histograms]:
    """The other datasets, each with its splits together."""
    names = {m.dataset for m in corpus.manifests} - {manifest.dataset}
    grouped = [
        [known[m.name] for m in corpus.manifests if m.dataset == name] for name in sorted(names)
    ]
    return [_summed(group) for group in grouped]


def _summed(group: list[Histograms]) -> dict[str, Counts]:
    found: dict[str, Counts] = {}
    for each in group:
        for name, counts in each.items():
            found[name] = found[name] + counts if name in found else counts
    return found


def _against(
    code: Code, manifest: Manifest, here: Histograms, there: list[Histograms], who: str
) -> Iterator[Finding]:
    """A finding for each quantity that is distributed otherwise than in others, pooled."""
    for quantity in EDGES:
        others = [each[quantity] for each in there if quantity in each and each[quantity].any()]
        if quantity not in here or not others:
            continue
        pooled = pool(others)
        found = distance(here[quantity], pooled)
        if found is None or code.threshold is None or not found.exceeds(code.threshold):
            continue
        message = (
            f"{quantity} differs from {who}: Jensen-Shannon distance {found.jensen_shannon:.2f}, "
            f"Kolmogorov-Smirnov {found.kolmogorov_smirnov:.2f} (by chance {found.noise:.2f}); "
            f"half of {_half(quantity, here[quantity])}, there half of {_half(quantity, pooled)}"
        )
        yield code.finding(manifest.dataset, manifest.split, message, value=found.jensen_shannon)


def _since_last(corpus: Corpus, manifest: Manifest, here: Histograms) -> Iterator[Finding]:
    last = last_other(corpus.data, manifest)
    if last is None:
        return
    yield from _against(SINCE_LAST, manifest, here, [last.histograms], "the last manifest")
    found = gather(compare([last.images], manifest.files("images")), LISTED)
    for kind, meaning in KINDS.items():
        count = found.counts[kind]
        if not count:
            continue
        listed = [str(change) for change in found.listed if change.kind == kind]
        far = f", the farthest by {found.farthest:.1f} px" if kind == "regions_moved" else ""
        message = f"{count:,} {meaning}{far}"
        if listed:
            more = "; ..." if count > len(listed) else ""
            message += f": {'; '.join(listed)}{more}"
        yield CHANGED.finding(manifest.dataset, manifest.split, message, value=float(count))


def _half(quantity: str, counts: Counts) -> str:
    edge = quantile_edge(quantity, counts, 0.5)
    place = f"above {EDGES[quantity][-1]:.4g}" if edge is None else f"below {edge:.4g}"
    return f"{counts.sum():,.0f} values {place}"
