"""Corpora of real pictures for the checks: files, manifests and statistics below one folder."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image as Pil

from manifests.identity import sha256_bytes
from manifests.reading import RAW_ROOT, find_manifests
from manifests.records import Image
from pipelines.statistics_job import StatisticsJob, measure_chunk, publish, write_chunks
from tests.builders import make_image, publish_manifest
from validation.corpus import Corpus, open_corpus


def picture(name: str, data: bytes, regions: Sequence[object] | None = None) -> Image:
    """The manifest's row of a picture ``<dataset>/<split>/<stem>`` with these bytes."""
    dataset, split, stem = name.split("/")
    width, height = Pil.open(io.BytesIO(data)).size
    image = make_image(dataset, split, 0, regions=0 if regions is not None else 2)
    return replace(
        image,
        image_id=name,
        image_uri=f"{dataset}/{split}/{stem}",
        image_sha256=sha256_bytes(data),
        width=width,
        height=height,
        regions=tuple(regions) if regions is not None else image.regions,
    )


def plant(
    folder: Path, pictures: Mapping[str, bytes], regions: Mapping[str, Sequence[object]] = {}
) -> Corpus:
    """A corpus of pictures by image id, measured; ``regions`` of some, no regions otherwise."""
    raw, data = folder / "raw", folder / "data"
    splits: dict[tuple[str, str], list[Image]] = {}
    for name, content in pictures.items():
        image = picture(name, content, regions.get(name, ()))
        path = raw / image.image_uri
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        splits.setdefault((image.dataset, image.split), []).append(image)
    for (dataset, split), images in splits.items():
        place = publish_manifest(data, images, dataset=dataset, split=split)
        (place / RAW_ROOT).write_text(str(raw))
    measure_all(data, folder / "scratch")
    return open_corpus(data, find_manifests(data))


def measure_all(data: Path, scratch: Path) -> None:
    """Publish the statistics of every manifest below DATA, without Beam."""
    for manifest in find_manifests(data):
        root = str(manifest.raw_root)
        job = StatisticsJob(root, manifest.dataset, manifest.split, str(scratch), str(data))
        chunks = write_chunks(job)
        for chunk in chunks:
            measure_chunk(chunk)
        publish(job, [chunk.index for chunk in chunks])
