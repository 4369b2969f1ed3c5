"""Shards of made-up photographs, 1280 x 720 JPEG, to measure the reading of."""

import json
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from manifests.identity import sha256_file
from manifests.packing import pack_regions
from manifests.shardset import FIELDS, INDEX, SHARDS_VERSION, ShardSet, open_shards, shard_folder

WIDTH, HEIGHT, WORDS = 1280, 720, 20


def make_shards(data: Path, count: int) -> ShardSet:
    """``count`` pictures as the mix ``made_up`` below ``data``."""
    from mindspore.mindrecord import FileWriter

    folder = shard_folder(data, "made_up")
    folder.mkdir(parents=True)
    path = folder / "made_up.mindrecord0"
    writer = FileWriter(str(path), shard_num=1)
    writer.add_schema(FIELDS, "made up")
    for number in range(count):
        picture, words = photograph(np.random.default_rng(number))
        done, encoded = cv2.imencode(".jpg", picture)
        if not done:
            raise ValueError("OpenCV cannot write JPEG here")
        writer.write_raw_data(
            [
                {
                    "image_id": f"made_up/{number}", "image": encoded.tobytes(), "width": WIDTH,
                    "height": HEIGHT, "exhaustive": 1,
                    "regions": pack_regions(words, [True] * len(words)),
                }
            ]
        )  # fmt: skip
    writer.commit()
    index = path.with_name(path.name + ".db")
    entry = {
        "name": path.name, "rows": count, "sha256": sha256_file(path),
        "index": index.name, "index_sha256": sha256_file(index),
    }  # fmt: skip
    info = {
        "shards_version": SHARDS_VERSION, "mix": {"name": "made_up"}, "key": "none",
        "digest": "none", "images": count, "inputs": [], "files": [entry],
    }  # fmt: skip
    (folder / INDEX).write_text(json.dumps(info))
    return open_shards(data, "made_up")


def photograph(rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], list[list[float]]]:
    """(720, 1280, 3) with grain, shades and words; the words' corners, x and y in turn."""
    coarse = rng.integers(60, 200, (HEIGHT // 40, WIDTH // 40, 3)).astype(np.uint8)
    shades = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 6, (HEIGHT, WIDTH, 1))
    picture = np.clip(shades + grain, 0, 255).astype(np.uint8)
    words = []
    for _ in range(WORDS):
        size = rng.uniform(0.6, 2.5)
        (across, up), down = cv2.getTextSize("Words", cv2.FONT_HERSHEY_SIMPLEX, size, 2)
        left = int(rng.integers(0, WIDTH - across))
        base = int(rng.integers(up, HEIGHT - down))
        cv2.putText(picture, "Words", (left, base), cv2.FONT_HERSHEY_SIMPLEX, size, (20, 20, 20), 2)
        right, top, bottom = left + across, base - up, base + down
        words.append([float(v) for v in (left, top, right, top, right, bottom, left, bottom)])
    return picture, words
