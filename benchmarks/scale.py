"""What an image costs at each step from raw files to shards, and whether memory stays flat.

    python -m benchmarks.scale [--images 1000 10000 64000] [--size 64x48] [--folder DIR]
                               [--out FILE]

Makes corpora in the form of COCO-Text, all pictures of one size, each with other bytes, and takes
them through the steps that the command and Beam's workers take, each step in a process of its own:
``look`` finds out what is to be done, ``index`` lists a split into chunks, ``convert`` makes parts
of them, ``publish`` joins the parts; ``list``, ``measure`` and ``join`` do the same for the
statistics; ``plan`` orders a mix and ``shard`` writes its first shard of 1,000 images (``scan``:
reading the manifest for it). Seconds are those of the processor, so that other work on the machine
counts little. ``peak`` is the largest resident memory of the process; ``shuffled``: the bytes that
Beam carries between its steps, as pickles. Ends with 1
where the peak of a step grows from the first corpus to the last by more than ``--allow`` (a share).
"""

import argparse
import json
import multiprocessing
import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.measuring import own_peak, table

REGIONS = 4
_STEPS = ("look", "index", "convert", "publish", "list", "measure", "join", "plan", "scan", "shard")


def make_raw(raw: Path, images: int, size: tuple[int, int]) -> None:
    """``images`` pictures of ``REGIONS`` words each, one JSON file for all."""
    folder = raw / "coco_text" / "train2014"
    folder.mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 255, (size[1] // 8, size[0] // 8, 3))
    picture = cv2.resize(noise.astype(np.uint8), size, interpolation=cv2.INTER_CUBIC)
    encoded = cv2.imencode(".jpg", picture)[1].tobytes()
    with (raw / "coco_text" / "cocotext.v2.json").open("w", encoding="ascii") as file:
        file.write('{"cats": {}, "info": {}, "imgs": {')
        _write_members(file.write, images, lambda number: [(number, _image(number, size))])
        file.write('}, "anns": {')
        _write_members(file.write, images, _annotations)
        file.write('}, "imgToAnns": {')
        _write_members(file.write, images, lambda number: [(number, _keys(number))])
        file.write("}}")
    for number in range(images):
        note = f"{number:08d}".encode()  # a comment of JPEG, so that no two digests are the same
        head = b"\xff\xd8\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note
        (folder / f"p_{number:08d}.jpg").write_bytes(head + encoded[2:])


def _write_members(
    write: Callable[[str], Any], images: int, of: Callable[[int], list[tuple[int, Any]]]
) -> None:
    comma = ""
    for number in range(images):
        for key, value in of(number):
            write(f'{comma}"{key}": {json.dumps(value)}')
            comma = ",\n"


def _image(number: int, size: tuple[int, int]) -> dict[str, Any]:
    name = f"p_{number:08d}.jpg"
    return {"id": number, "set": "train", "width": size[0], "height": size[1], "file_name": name}


def _keys(number: int) -> list[int]:
    return [REGIONS * number + place for place in range(REGIONS)]


def _annotations(number: int) -> list[tuple[int, Any]]:
    found = []
    for place, key in enumerate(_keys(number)):
        left, top = 4.0 + 10 * place, 8.0 + number % 20
        mask = [left, top, left + 9, top, left + 9, top + 6, left, top + 6]
        found.append((key, {
            "mask": mask, "bbox": [left, top, 9, 6], "class": "machine printed", "id": key,
            "image_id": number, "language": "english", "legibility": "legible",
            "utf8_string": f"word {number}",
        }))  # fmt: skip
    return found


def measure_steps(home: Path, images: int, size: tuple[int, int]) -> dict[str, dict[str, float]]:
    """Of each step: seconds, peak in MiB, bytes shuffled and written."""
    make_raw(home / "raw", images, size)
    (home / "data" / "manifests").mkdir(parents=True)
    context = multiprocessing.get_context("spawn")
    found = {}
    for name in _STEPS:
        with context.Pool(1) as pool:  # a process of its own
            found[name] = pool.apply(_measure, (name, home))
        print(f"{images:>8,} {name:<8}", _words(found[name], images), flush=True)
    return found


def _measure(name: str, home: Path) -> dict[str, float]:
    from benchmarks import scale_steps

    step = scale_steps.STEPS[name]
    before = _bytes_below(home / "data")
    began = time.process_time()
    carried, images = step(home)
    return {
        "seconds": time.process_time() - began,
        "peak": own_peak(),
        "shuffled": float(sum(len(pickle.dumps(it)) for it in carried)),
        "written": float(_bytes_below(home / "data") - before),
        "images": float(images),
    }


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _words(of: dict[str, float], images: int) -> str:
    each = 1000 * of["seconds"] / of["images"]
    return (
        f"{of['seconds']:8.1f} s {each:8.3f} ms/image {of['peak']:7.0f} MiB "
        f"{of['shuffled'] / of['images']:7.1f} B/image shuffled "
        f"{of['written'] / of['images']:8.0f} B/image written"
    )


def compare(found: dict[int, dict[str, dict[str, float]]]) -> tuple[str, dict[str, float]]:
    """A table of ms an image and peaks, and by how much each step's peak grew, as a share."""
    counts = sorted(found)
    grown = {
        name: found[counts[-1]][name]["peak"] / found[counts[0]][name]["peak"] - 1
        for name in found[counts[0]]
    }
    rows = []
    for name, share in grown.items():
        each = [found[n][name]["seconds"] / found[n][name]["images"] * 1000 for n in counts]
        peaks = [found[n][name]["peak"] for n in counts]
        cells = [*(f"{ms:.3f}" for ms in each), *(f"{peak:.0f}" for peak in peaks)]
        rows.append([name, *cells, f"{share:+.0%}"])
    units = [f"{n:,} {unit}" for unit in ("ms", "MiB") for n in counts]
    return table(["step", *units, "growth"], rows), grown


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 1 where memory grows."""
    args = _parser().parse_args(argv)
    width, height = map(int, args.size.split("x"))
    found = {}
    for images in args.images:
        with tempfile.TemporaryDirectory(dir=args.folder) as home:
            found[images] = measure_steps(Path(home), images, (width, height))
    text, grown = compare(found)
    print(text)
    if args.out:
        args.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return int(max(grown.values()) > args.allow)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--images", type=int, nargs="+", default=[1_000, 10_000, 64_000])
    parser.add_argument("--size", default="64x48", help="of the pictures (default: 64x48)")
    parser.add_argument("--folder", type=Path, help="where the corpora are made (default: /tmp)")
    parser.add_argument("--allow", type=float, default=0.05, help="(default: 0.05)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the figures as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
