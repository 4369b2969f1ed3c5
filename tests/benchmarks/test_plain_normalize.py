"""The plain script that normalizing is timed against leaves the same rows."""

from pathlib import Path

import pytest

from benchmarks.plain.normalize import main
from benchmarks.speed.annotations import make_annotations
from benchmarks.speed.normalize import compare
from pipelines.normalize import normalize


def test_it_refuses_the_same_rows(tmp_path: Path) -> None:
    source = tmp_path / "raw" / "coco_text" / "cocotext.v2.json"
    make_annotations(source, 20, 70)
    normalize(tmp_path / "raw", tmp_path / "data")
    main(source, tmp_path / "plain")
    train = tmp_path / "data" / "manifests" / "coco_text" / "train"
    compare(train, tmp_path / "plain")
    make_annotations(source, 20, 71)
    main(source, tmp_path / "plain")
    with pytest.raises(ValueError, match="other rows"):
        compare(train, tmp_path / "plain")
