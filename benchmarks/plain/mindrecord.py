"""Pictures that are in memory already to MindRecord, as MindSpore's own writer does it alone.

    python -m benchmarks.plain.mindrecord PICTURES OUT

Prints the wall clock and the processor time, in seconds, of writing alone: from the first row to
the index. Nothing is read back, compared or hashed.
"""

import sys
import time
from pathlib import Path

from mindspore.mindrecord import FileWriter

from manifests.packing import pack_regions
from manifests.shardset import FIELDS

BATCH = 64


def main(pictures: Path, out: Path) -> None:
    """Read all, then write all."""
    rows = [_row(path) for path in sorted(pictures.iterdir())]
    began, cpu = time.perf_counter(), time.process_time()
    writer = FileWriter(str(out), shard_num=1)
    writer.add_schema(FIELDS, "plain")
    for first in range(0, len(rows), BATCH):
        writer.write_raw_data(rows[first : first + BATCH])
    writer.commit()
    print(time.perf_counter() - began, time.process_time() - cpu)


def _row(path: Path) -> dict[str, object]:
    return {
        "image_id": f"plain/train/{path.stem}", "image": path.read_bytes(), "width": 1280,
        "height": 720, "exhaustive": 1, "fingerprint": "none",
        "regions": pack_regions([[0.0, 0.0, 9.0, 0.0, 9.0, 9.0]] * 20, [True] * 20),
    }  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
