"""The commands that are killed, from raw files to scores, on a raw root of a few pictures."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from PIL import Image as Pil
from PIL import ImageDraw, ImageFont

from tests.model.plain_preset import PLAIN

TRAIN, TEST = 5, 3
_WORKER = "--direct_num_workers=1"
_WORDS = ("TEXT", "line", "Words", "sign", "EXIT", "Bank", "Cafe", "Taxi")


@dataclass(frozen=True)
class Place:
    """Where one round of killing works: everything below one folder. ``workers``: processes of
    Beam do what so few pictures do not need them for."""

    root: Path
    workers: bool = True

    @property
    def beam(self) -> list[str]:
        """Options of Beam."""
        return [_WORKER] if self.workers else []

    @property
    def raw(self) -> Path:
        """The raw root."""
        return self.root / "raw"

    @property
    def data(self) -> Path:
        """DATA: always the same path, since some files name it."""
        return self.root / "data"

    @property
    def mix(self) -> Path:
        """A mix of all training pictures."""
        return self.root / "mine.yaml"

    @property
    def preset(self) -> Path:
        """A network of a few channels."""
        return self.root / "tiny.yaml"

    @property
    def run(self) -> Path:
        """The training."""
        return self.data / "runs" / "one"


@dataclass(frozen=True)
class Stage:
    """One command: its package and arguments; what it imports late; how it is run again after it
    was killed, where that is another; whether it may stand over an older result."""

    package: str
    arguments: Callable[[Place], Sequence[str]]
    loads: Sequence[str]
    again: Callable[[Place], Sequence[str]] | None = None
    replaces: bool = True


def _train(place: Place) -> list[str]:
    return [
        *("train", "--task", "pretrain", "--data", str(place.data), "--mix", "mine"),
        *("--preset", str(place.preset), "--run", str(place.run)),
    ]


def _train_on(place: Place) -> list[str]:
    """As the messages say: go on where a state was saved, else remove the folder and begin."""
    if (place.run / "checkpoints" / "last.ckpt").is_file():
        return ["train", "--resume", str(place.run)]
    shutil.rmtree(place.run, ignore_errors=True)
    return _train(place)


def _evaluate(place: Place) -> list[str]:
    checkpoint = place.run / "checkpoints" / "last.ckpt"
    return [
        *("evaluate", "--checkpoint", str(checkpoint), "--data", str(place.data), "--mix", "mine"),
        *("--out", str(place.data / "evaluations" / "tiny" / "mine")),
    ]


def _export(place: Place) -> list[str]:
    return ["export", "--format", "ONNX", "--dynamic", "--out", str(place.data / "lite.onnx")]


def _data(*words: str) -> Callable[[Place], list[str]]:
    return lambda place: [words[0], "--data", str(place.data), *words[1:]]


STAGES = {
    "normalize": Stage(
        "pipelines",
        lambda place: [
            *("normalize", "--raw", str(place.raw), "--data", str(place.data)),
            *place.beam,
        ],
        ("pipelines.normalize_pipeline",),
    ),
    "statistics": Stage(
        "pipelines",
        lambda place: ["statistics", "--data", str(place.data), *place.beam],
        ("pipelines.statistics_pipeline",),
    ),
    "check": Stage("validation", _data("check"), ("validation.gate", "validation.findings")),
    "shard": Stage(
        "pipelines",
        lambda place: ["shard", "--data", str(place.data), "--mix", str(place.mix), *place.beam],
        ("mindspore", "pipelines.mindrecord", "pipelines.shard_set"),
    ),
    "report": Stage("validation", _data("report"), ("validation.report",)),
    "train": Stage("model", _train, ("mindspore", "model.train"), _train_on, replaces=False),
    "evaluate": Stage("model", _evaluate, ("mindspore", "model.predictor", "model.report.build")),
    "export": Stage("model", _export, ("model.export.onnx_file",)),
}
"""In the order in which each finds what it needs."""


def make(place: Place) -> None:
    """The raw root (ICDAR 2013's layout), the mix and the preset."""
    for kind, split, count in (("Training", "train", TRAIN), ("Test", "test", TEST)):
        images = place.raw / "icdar13" / f"Challenge2_{kind}_Task12_Images"
        truth = place.raw / "icdar13" / f"Challenge2_{kind}_Task1_GT"
        for folder in (images, truth):
            folder.mkdir(parents=True)
        for number in range(count):
            _picture(images / f"img_{number}.jpg", truth / f"gt_img_{number}.txt", split, number)
    member = {"dataset": "icdar13", "split": "train"}
    place.mix.write_text(yaml.safe_dump({"shards": 2, "members": [member]}))
    place.preset.write_text(yaml.safe_dump(_preset()))


def change(place: Place) -> None:
    """Another state of the source: one more word of the first training picture."""
    path = place.raw / "icdar13" / "Challenge2_Training_Task1_GT" / "gt_img_0.txt"
    path.write_text(path.read_text() + '5 60 40 80 "later"\n')


def _picture(image: Path, truth: Path, split: str, number: int) -> None:
    word = _WORDS[(number + 3 * (split == "test")) % len(_WORDS)]
    left, top = 10 + 9 * number, 20 + 7 * number
    picture = Pil.new("RGB", (160, 96), (200 - 20 * number, 180, 150 + 20 * number))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(24)
    draw.text((left, top), word, fill=(10, 20, 60), font=font)
    box = [round(value) for value in draw.textbbox((left, top), word, font=font)]
    picture.save(image, quality=95)
    truth.write_text(f'{" ".join(map(str, box))} "{word}"\n')


def _preset() -> dict[str, object]:
    tree = yaml.safe_load(PLAIN.read_text())
    tree["network"] = tree.get("network", {}) | {
        "channels": [2, 2, 3, 3, 4], "input_width": 64, "input_height": 48,
        "anchor_heights": [12, 24], "window_channels": 4, "rnn_units": 3, "dense_units": 4,
    }  # fmt: skip
    task = {"mix": "mine", "batch": 1, "steps": 15, "warmup_steps": 1, "learning_rate": 0.01}
    for name in ("pretrain", "finetune"):
        tree[name] = tree.get(name, {}) | task | {"save_every": 2}
        tree[name]["evaluation"] = tree[name].get("evaluation", {}) | {"every": 0}
    return tree
