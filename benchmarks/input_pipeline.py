"""From shards to the network's input: ours against the plain version, in ms an image.

    python -m benchmarks.input_pipeline [--preset full] [--images 64] [--repeats 3]
    python -m benchmarks.input_pipeline --data DATA --mix pretrain

Without --data it makes 1280 x 720 JPEG pictures of its own. Ours assigns and samples the anchors;
the plain version leaves that to the graph and only cuts slices. Both read the same shards through
the same reader, with one thread and with all.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import in_turns, ratio, table
from manifests.shardset import ShardSet, open_shards
from model.environment import prepare

if TYPE_CHECKING:
    from model.config import Config

GOAL = 5.0
"""Times as fast as the plain version, one thread each."""


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.input_pipeline",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--preset", default="full", metavar="NAME|FILE.yaml", help="input's size")
    parser.add_argument("--data", type=Path, help="folder with shards (default: made-up pictures)")
    parser.add_argument("--mix", default="pretrain", help="which shards of --data")
    parser.add_argument("--images", type=int, default=64, help="images a round (default: 64)")
    parser.add_argument("--repeats", type=int, default=3, help="rounds (default: 3)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    args = build_parser().parse_args(argv)
    prepare("CPU")
    from benchmarks.pictures import make_shards
    from model.config import load_config

    config = load_config(args.preset)
    with tempfile.TemporaryDirectory() as scratch:
        shards = (
            open_shards(args.data, args.mix) if args.data
            else make_shards(Path(scratch), args.images)
        )  # fmt: skip
        count = min(args.images, shards.images)
        threads = sorted({1, os.cpu_count() or 1})
        seconds = in_turns(contestants(shards, config, count, threads), args.repeats)
    print(report({name: value / count for name, value in seconds.items()}))
    return 0


def contestants(
    shards: ShardSet, config: "Config", count: int, threads: Sequence[int]
) -> dict[str, Callable[[], Any]]:
    """A call for each that reads ``count`` images."""
    from model.shards import prepared

    def plain(workers: int) -> None:
        from benchmarks.plain.pipeline import prepare as prepare_image

        def prepare_row(_id: Any, image: Any, _exhaustive: Any, regions: Any) -> Any:
            return prepare_image(image, regions, config.network)

        names = ("image", "slices", "there")
        for _ in prepared(shards, list(range(count)), prepare_row, names, 1, workers):
            pass

    def ours(workers: int) -> None:
        for _ in batches(shards, config, count, workers):
            pass

    return {
        f"{name}, {number} threads": partial(read, number)
        for number in threads
        for name, read in (("plain", plain), ("ours", ours))
    }


def batches(shards: ShardSet, config: "Config", count: int, workers: int) -> Any:
    """The first ``count`` batches of one image that training would get."""
    from dataclasses import replace
    from itertools import islice

    from model.loader import Loader

    settings = replace(config, loader=replace(config.loader, workers=workers))
    return islice(Loader(shards, settings, 1, seed=1).epoch(1), count)


def report(seconds: dict[str, float]) -> str:
    """The figures as a table, and the goal."""
    base, mine = seconds["plain, 1 threads"], seconds["ours, 1 threads"]
    rows = [[name, f"{1000 * value:.1f}", ratio(base, value)] for name, value in seconds.items()]
    goal = f"goal: {GOAL:g} times as fast with one thread; measured {base / mine:.1f}"
    return f"{table(['input of one image', 'ms', 'times as fast'], rows)}\n{goal}"


if __name__ == "__main__":
    sys.exit(main())
