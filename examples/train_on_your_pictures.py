"""From labelled pictures of your own to a detector: manifest, gate, shards, training.

    python examples/train_on_your_pictures.py                 # samples of ICDAR 2015, 20 steps
    python examples/train_on_your_pictures.py --format labelme --images shop/photos \\
        --annotations shop/labels --steps 2000

Each step is a command that could be typed, and is printed. Formats: docs/datasets.md.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = Path("build/samples/icdar15")  # `make samples` makes them
ARCHIVES = ("images", "localization_transcription_gt")
MIX = """\
description: My own pictures.
seed: 1
shards: 1
members:
  - {dataset: mine, split: train}
"""


def run(*words: object) -> None:
    """Run a command of the project; end where it fails, it has said why."""
    command = ["-m", *map(str, words)]
    print("$ python", *command, flush=True)
    done = subprocess.run([sys.executable, *command], env={**os.environ, "PYTHONPATH": str(ROOT)})
    if done.returncode:
        sys.exit(done.returncode)


def train(args: argparse.Namespace) -> None:
    if args.images.is_relative_to(SAMPLES) and not args.images.exists():
        sys.exit(f"error: no samples in {SAMPLES}; `make samples` makes them, or give --images")

    # 1. Labels and pictures to a manifest. What cannot be read is named, not dropped.
    source = ["--source", args.format, "--name", "mine", "--split", "train"]
    files = ["--images", args.images, "--annotations", args.annotations]
    run("pipelines", "normalize", *source, *files, "--data", args.data)

    # 2. The gate looks at every row, and for copies of pictures.
    run("pipelines", "statistics", "--data", args.data)
    run("validation", "check", "--data", args.data)

    # 3. A mix says which manifests are trained on together; shards are made from it.
    mix = args.data / "mine.yaml"
    mix.write_text(MIX)
    run("pipelines", "shard", "--data", args.data, "--mix", mix)

    # 4. On from the weights that come with the project. Without a mix to choose by, no epoch is
    # scored: for a real training keep some pictures apart, see docs/datasets.md.
    settings = [f"finetune.steps={args.steps}", "finetune.evaluation.every=0", *args.set]
    changes = [word for setting in settings for word in ("--set", setting)]
    start = ["--preset", args.preset, "--checkpoint", "lite", "--mix", "mine"]
    run("model", "train", "--task", "finetune", "--data", args.data, *start, *changes)

    # 5. Which runs there are; each has checkpoints/last.ckpt, for `predict --checkpoint`.
    run("model", "runs", "--data", args.data)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    pictures, texts = (SAMPLES / f"ch4_training_{name}.zip" for name in ARCHIVES)
    add = parser.add_argument
    add("--images", type=Path, default=pictures, help="folder or .zip")
    add("--annotations", type=Path, default=texts, help="folder or .zip; of coco its JSON file")
    add("--format", choices=("labelme", "coco", "rrc"), default="rrc", help="of the annotations")
    add("--data", type=Path, default=Path("data/mine"), help="folder to write")
    add("--preset", default="lite", help="what to train with")
    add("--steps", type=int, default=20, help="of one crop each")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="change a key of it")
    return parser


if __name__ == "__main__":
    train(build_parser().parse_args())
