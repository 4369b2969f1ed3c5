"""An image folder holds the manifest to the last digit, a line an image."""

import json
from pathlib import Path

from manifests.exporting import export
from manifests.reading import find_manifests
from tests.manifests.corpus import rows


def test_every_image_and_region_comes_back(corpus: Path, tmp_path: Path) -> None:
    export(find_manifests(corpus), "hf", tmp_path / "out")
    found = {}
    for split in ("train", "test"):
        for line in (tmp_path / "out" / split / "metadata.jsonl").read_text().splitlines():
            entry = json.loads(line)
            assert (tmp_path / "out" / split / entry["file_name"]).is_file()
            found[entry["image_id"]] = entry
    expected = rows(corpus)
    assert list(found) == list(expected)
    for name, row in expected.items():
        for key in ("width", "height", "exhaustive"):
            assert found[name][key] == row[key]
        objects = found[name]["objects"]
        for key in ("region_id", "polygon", "text", "care", "ignore_reason", "granularity"):
            assert objects[key] == [region[key] for region in row["regions"]]
        boxes = [region["box"] for region in row["regions"]]
        assert objects["bbox"] == [
            [b["left"], b["top"], b["right"] - b["left"], b["bottom"] - b["top"]] for b in boxes
        ]
