"""Fixtures of the network's tests: MindSpore made ready, and a few pictures in real shards."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pil
from PIL import ImageDraw, ImageFont

from manifests.identity import sha256_file
from manifests.packing import pack_regions
from manifests.shardset import FIELDS, INDEX, SHARDS_VERSION, ShardSet, open_shards, shard_folder
from model import Detector
from model.environment import prepare, set_variables

# Before anything imports MindSpore: the variables are read once.
set_variables()

WORDS = ("TEXT", "line", "Words", "sign", "EXIT")


@pytest.fixture(scope="session")
def mindspore() -> None:
    """MindSpore in graph mode on the CPU."""
    prepare("CPU")


@pytest.fixture(scope="session")
def tiny_data(mindspore: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with shards of the mix ``tiny``: five pictures of one word each, two files."""
    data = tmp_path_factory.mktemp("data")
    folder = shard_folder(data, "tiny")
    folder.mkdir(parents=True)
    rows = [_row(number, word) for number, word in enumerate(WORDS)]
    files = [_write(folder / f"tiny.mindrecord{n}", rows[n::2]) for n in (0, 1)]
    info = {
        "shards_version": SHARDS_VERSION, "mix": {"name": "tiny"}, "key": "k", "digest": "d",
        "images": len(rows), "inputs": [], "files": files,
    }  # fmt: skip
    (folder / INDEX).write_text(json.dumps(info))
    return data


@pytest.fixture(scope="session")
def tiny_shards(tiny_data: Path) -> ShardSet:
    """The shards of ``tiny_data``."""
    return open_shards(tiny_data, "tiny")


@pytest.fixture(scope="session")
def lite(mindspore: None) -> Detector:
    """The detector that comes with the project, but for an input small enough for tests."""
    return Detector.load(changes=["network.input_width=640", "network.input_height=368"])


@pytest.fixture(scope="session")
def sign() -> np.ndarray:
    """(360, 640, 3) uint8 RGB: the words EXIT and market, about (60, 105) to (280, 145)."""
    picture = Pil.new("RGB", (640, 360), (40, 90, 60))
    draw = ImageDraw.Draw(picture)
    draw.text((60, 100), "EXIT market", fill="white", font=ImageFont.load_default(40))
    return np.asarray(picture)


def _row(number: int, word: str) -> dict[str, Any]:
    rng = np.random.default_rng(number)
    width, height = (128, 96) if number % 2 else (160, 96)
    picture = rng.integers(150, 200, (height, width, 3), dtype=np.uint8)
    (across, up), down = cv2.getTextSize(word, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2)
    left, base = 8 + 4 * number, 40 + 6 * number
    cv2.putText(picture, word, (left, base), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (10, 20, 200), 2)
    top, right, bottom = base - up, left + across, base + down
    done, encoded = cv2.imencode(".png", picture)
    assert done
    return {
        "image_id": f"tiny/train/img_{number}", "image": encoded.tobytes(), "width": width,
        "height": height, "exhaustive": 1,
        "regions": pack_regions(
            [[left, top, right, top, right, bottom, left, bottom], [2, 2, 9, 2, 9, 9, 2, 9]],
            [True, False],
        ),
    }  # fmt: skip


def _write(path: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    from mindspore.mindrecord import FileWriter

    writer = FileWriter(str(path), shard_num=1)
    writer.set_header_size(1 << 16)
    writer.set_page_size(1 << 18)
    writer.add_schema(FIELDS, "test")
    writer.write_raw_data(rows)
    writer.commit()
    index = path.with_name(path.name + ".db")
    return {
        "name": path.name, "rows": len(rows), "sha256": sha256_file(path),
        "index": index.name, "index_sha256": sha256_file(index),
    }  # fmt: skip
