"""The flat tables hold what the manifest does."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from manifests.croissant.tables import IMAGE_NAMES, IMAGES, REGIONS, Counted, write_tables
from manifests.reading import find_manifests
from tests.manifests.corpus import rows


def test_every_row_comes_back(corpus: Path, tmp_path: Path) -> None:
    batches = [(batch, lambda row: True) for m in find_manifests(corpus) for batch in m.batches()]
    assert write_tables(batches, tmp_path) == Counted(images=4, regions=6, care=4)
    images = pq.read_table(tmp_path / "images.parquet")
    regions = pq.read_table(tmp_path / "regions.parquet")
    assert (images.schema.names, regions.schema.names) == (IMAGES.names, REGIONS.names)
    expected = rows(corpus)
    assert images.to_pylist() == [{n: row[n] for n in IMAGE_NAMES} for row in expected.values()]
    flat = [(row["image_id"], region) for row in expected.values() for region in row["regions"]]
    for found, (image, region) in zip(regions.to_pylist(), flat, strict=True):
        assert found["image_id"] == image
        assert json.loads(found["polygon"]) == region["polygon"]
        assert {side: found[side] for side in region["box"]} == region["box"]
        for name in ("region_id", "text", "care", "ignore_reason", "granularity", "source_line"):
            assert found[name] == region[name]


def test_only_what_is_taken_is_written(corpus: Path, tmp_path: Path) -> None:
    (first, _) = find_manifests(corpus)
    batches = [(batch, lambda row: row["image_id"].endswith("_3")) for batch in first.batches()]
    assert write_tables(batches, tmp_path) == Counted(images=1, regions=1, care=1)
    (region,) = pq.read_table(tmp_path / "regions.parquet").to_pylist()
    assert region["image_id"] == "alpha/train/img_3"
