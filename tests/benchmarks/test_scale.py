"""What ``benchmarks.scale`` measures is the work itself: it makes a manifest and statistics."""

from pathlib import Path

import pytest

from benchmarks import scale, scale_steps
from manifests.reading import open_manifest
from manifests.statistics import open_statistics

IMAGES = 70
"""More than one chunk."""


def test_the_steps_make_what_the_pipelines_make(tmp_path: Path) -> None:
    scale.make_raw(tmp_path / "raw", IMAGES, (64, 48))
    (tmp_path / "data" / "manifests").mkdir(parents=True)
    counts = {
        name: scale_steps.STEPS[name](tmp_path)
        for name in ("index", "convert", "publish", "list", "measure", "join", "plan", "scan")
    }
    assert all(images == IMAGES for _, images in counts.values())
    assert [len(carried) for carried, _ in counts.values()] == [2, 2, 0, 2, 2, 0, 1, 0]
    manifest = open_manifest(tmp_path / "data", "coco_text", "train")
    manifest.verify()
    ledger = manifest.info["ledger"]
    assert ledger["images"]["kept"] == IMAGES
    assert ledger["regions"]["care"] == scale.REGIONS * IMAGES
    assert len({row["image_sha256"] for row in manifest.rows(["image_sha256"])}) == IMAGES
    assert open_statistics(tmp_path / "data", manifest)


def test_growth_is_that_of_the_peak_from_the_first_corpus_to_the_last() -> None:
    def step(seconds: float, peak: float, images: int) -> dict[str, float]:
        return {"seconds": seconds, "peak": peak, "images": images}

    found = {
        1000: {"index": step(1, 200, 1000), "shard": step(2, 500, 1000)},
        10: {"index": step(1, 100, 10), "shard": step(1, 500, 10)},
    }
    text, grown = scale.compare(found)
    assert grown == {"index": pytest.approx(1.0), "shard": pytest.approx(0.0)}
    head, index, shard = text.splitlines()
    assert "1,000 MiB" in head
    assert index.split() == ["index", "100.000", "1.000", "100", "200", "+100%"]
    assert shard.split()[-1] == "+0%"
