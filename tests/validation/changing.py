"""A corpus of two versions: what it was, checked, and what it is now."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from manifests.reading import find_manifests
from manifests.records import Image, Region
from tests.builders import make_image, publish_manifest
from validation.corpus import Corpus, open_corpus
from validation.history import keep_history

Edit = Callable[[Region], Region]


def publish(data: Path, images: Sequence[Image]) -> Corpus:
    """Publish a version of every split that the images are of."""
    names = dict.fromkeys((image.dataset, image.split) for image in images)
    for dataset, split in names:
        mine = [image for image in images if (image.dataset, image.split) == (dataset, split)]
        publish_manifest(data, mine, dataset=dataset, split=split)
    return open_corpus(data, find_manifests(data))


def remember(corpus: Corpus) -> list[str]:
    """What a check does at its end."""
    return keep_history(corpus.data, corpus.manifests, corpus.histograms)


def alike(dataset: str, split: str, count: int = 60) -> list[Image]:
    """Pictures of five regions, of several sizes; of two splits or datasets the same ones."""
    return [
        with_regions(make_image(dataset, split, k, 5), lambda r, k=k: scaled(r, 1 + k % 3 / 2))
        for k in range(count)
    ]


def with_regions(image: Image, edit: Edit) -> Image:
    """Every region changed alike."""
    return replace(image, regions=tuple(map(edit, image.regions)))


def with_region(image: Image, place: int, edit: Edit) -> Image:
    """One region changed."""
    regions = list(image.regions)
    regions[place] = edit(regions[place])
    return replace(image, regions=tuple(regions))


def moved(region: Region, right: float, down: float = 0.0) -> Region:
    """The same outline elsewhere."""
    steps = (right, down) * (len(region.polygon) // 2)
    return replace(region, polygon=tuple(map(sum, zip(region.polygon, steps, strict=True))))


def scaled(region: Region, high: float) -> Region:
    """Higher, from its highest point down."""
    top = min(region.polygon[1::2])
    points = [
        top + (value - top) * high if i % 2 else value for i, value in enumerate(region.polygon)
    ]
    return replace(region, polygon=tuple(points))
