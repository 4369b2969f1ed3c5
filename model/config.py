"""What a run is made of: one tree of frozen dataclasses, read from a preset, every key checked.

A preset is a YAML file in ``model/presets``, which may say how it differs from another one
(``model.preset_files``); ``--set key=value`` changes single keys by their dotted names, ``--set
network.rnn_units=64``. The resolved tree is written into every run's folder
and is itself a valid preset.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from manifests.errors import UserError
from manifests.images import MAX_PIXELS
from model.anchors import STRIDE
from model.augment import AugmentSettings
from model.classifier.settings import BackboneSettings, check_backbone
from model.decoding_ranges import check_decoding
from model.lines import LineSettings
from model.precision import Precision
from model.preset_files import find_preset, read_preset
from model.proposals import ProposalSettings
from model.settings import build, override, plain
from model.targets import TargetSettings
from model.training_ranges import check_training

_SCALES = (1e-6, 1e6)
"""Far beyond what any picture needs; farther still, a window has no size that a number can hold."""
_SEEDS = 1 << 32
_PREFETCH = 1_000_000
"""Far beyond any memory; MindSpore sets up its queues for as many."""

Task = Literal["pretrain", "finetune"]
Protocol = Literal["deteval", "icdar2013", "iou"]


@dataclass(frozen=True)
class NetworkSettings:
    """The network's shape; changing any of it makes other checkpoints."""

    channels: tuple[int, ...]
    """Width of each of the five VGG blocks."""
    batch_norm: Literal["frozen", "batch"]
    """frozen: running statistics, constants (from ImageNet weights); batch: the batch's own while
    training (from random weights)."""
    anchor_heights: tuple[float, ...]
    """Px of the resized image."""
    input_width: int
    """Px, a multiple of 16."""
    input_height: int
    window_channels: int
    """Output of the 3x3 convolution that slides over conv5_3."""
    rnn_units: int
    """LSTM units a direction."""
    dense_units: int
    mean: tuple[float, float, float] = (123.675, 116.28, 103.53)
    """Subtracted from RGB 0..255."""
    deviation: tuple[float, float, float] = (58.395, 57.12, 57.375)
    """The difference is divided by it."""


@dataclass(frozen=True)
class LossSettings:
    """Weights of the loss's parts."""

    classification: float = 1.0
    vertical: float = 3.0
    side: float = 1.0
    beta: float = 1 / 9
    """Where smooth L1 turns from square to straight."""


@dataclass(frozen=True)
class SampleSettings:
    """How many anchors of an image are learnt from."""

    anchors: int = 512
    max_positive: int = 256


@dataclass(frozen=True)
class EvaluationSettings:
    """Evaluation while training."""

    every: int = 0
    """Epochs from one to the next; 0 is never."""
    start: int = 1
    """The first epoch, counted from 1, after which there may be one."""
    protocol: Protocol = "deteval"
    """Its hmean chooses the best checkpoint."""
    mix: str = "val"
    """The mix whose images are used; never one that is to be reported on."""


@dataclass(frozen=True)
class TaskSettings:
    """One task's training."""

    mix: str
    """The mix of shards to train on."""
    epochs: int
    """Passes over the shards, where ``steps`` is 0."""
    batch: int
    """Images to a step."""
    learning_rate: float
    """After the warm-up; a half cosine takes it to 0 at the last step."""
    warmup_steps: int
    """Steps of linear warm-up."""
    backbone_rate: float = 1.0
    """Factor on the learning rate of the backbone: below 1 where it starts from trained weights and
    the layers above it from random ones."""
    steps: int = 0
    """Steps in all, whatever ``epochs`` is; 0 leaves it to ``epochs``."""
    warmup_start: float = 1 / 3
    """Share of the learning rate at the first step of the warm-up."""
    optimizer: Literal["momentum", "adam"] = "momentum"
    momentum: float = 0.9
    weight_decay: float = 1e-4
    """On the weights of convolutions, dense layers and the LSTM; not on biases and norms."""
    frozen_blocks: int = 0
    """The first so many blocks of the backbone are not trained."""
    seed: int = 1
    """Of initial weights, order of images and samples of anchors."""
    checkpoint_every: int = 10
    """Epochs from one kept checkpoint to the next."""
    keep: int = 5
    """So many of those stay; the last and the best stay beside them."""
    save_every: int = 500
    """Steps from one saving of the last checkpoint to the next, besides every epoch's end."""
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)


@dataclass(frozen=True)
class LoaderSettings:
    """Reading and preparing images beside the training."""

    workers: int = 2
    """Threads that decode, resize and assign targets; at most one to a CPU core."""
    prefetch: int = 8
    """So many batches may wait, ready, and as many images of each thread for their batch."""


@dataclass(frozen=True)
class Config:
    """A resolved preset."""

    network: NetworkSettings
    pretrain: TaskSettings
    finetune: TaskSettings
    start: str = ""
    """Weights to start from where no other are given: a name of ``model.pretrained`` or a file.
    Empty: random ones, or an error where norms are frozen."""
    backbone: BackboneSettings = field(default_factory=BackboneSettings)
    loss: LossSettings = field(default_factory=LossSettings)
    targets: TargetSettings = field(default_factory=TargetSettings)
    sample: SampleSettings = field(default_factory=SampleSettings)
    augment: AugmentSettings = field(default_factory=AugmentSettings)
    proposals: ProposalSettings = field(default_factory=ProposalSettings)
    lines: LineSettings = field(default_factory=LineSettings)
    loader: LoaderSettings = field(default_factory=LoaderSettings)
    precision: Precision = "auto"
    """Of training: auto is mixed on GPU and Ascend and float32 on the CPU."""

    def task(self, name: Task) -> TaskSettings:
        """The settings of one task."""
        return self.pretrain if name == "pretrain" else self.finetune

    def to_yaml(self) -> str:
        """The whole tree, as ``load_config`` reads it."""
        return str(yaml.safe_dump(plain(self), sort_keys=False, default_flow_style=None))


def load_config(preset: str | Path, overrides: list[str] | None = None) -> Config:
    """A preset by its name (``lite``) or a YAML file, with ``key=value`` changes applied.

    Raises UserError for an unknown preset or key (naming the nearest known), a preset that cannot
    be joined with the one it extends, a value of the wrong type, or values that cannot work
    together.
    """
    path = find_preset(preset)
    tree: Any = read_preset(path)
    try:
        for change in overrides or []:
            tree = override(tree, change)
        config = build(Config, tree)
        check(config)
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"{path.name}: {error}") from error
    return config


def with_changes(config: Config, changes: list[str]) -> Config:
    """The config with ``key=value`` changes applied and checked. Raises UserError."""
    tree: Any = plain(config)
    try:
        for change in changes:
            tree = override(tree, change)
        result = build(Config, tree)
        check(result)
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(str(error)) from error
    return result


def check(config: Config) -> None:
    """Raise ValueError for values that have the right type and still cannot work."""
    network = config.network
    _require(len(network.channels) == 5, "network.channels must name the width of 5 blocks")
    _require(min(network.channels) > 0, "network.channels must be greater than 0")
    _require(len(network.anchor_heights) > 0, "network.anchor_heights is empty")
    _require(min(network.anchor_heights) > 0, "network.anchor_heights must be greater than 0")
    _require(min(network.deviation) > 0, "network.deviation must be greater than 0")
    for name in ("input_width", "input_height"):
        size = getattr(network, name)
        fits = size > 0 and size % STRIDE == 0
        _require(fits, f"network.{name} must be a multiple of {STRIDE}, not {size}")
    pixels = network.input_width * network.input_height
    _require(
        pixels <= MAX_PIXELS,
        f"network.input_width times network.input_height is {pixels} px, more than {MAX_PIXELS}",
    )
    for name in ("window_channels", "rnn_units", "dense_units"):
        _require(getattr(network, name) > 0, f"network.{name} must be greater than 0")
    _check_augment(config.augment)
    check_decoding(config)
    check_training(config)
    _require(config.loss.beta > 0, "loss.beta must be greater than 0")
    _require(config.sample.anchors > 0, "sample.anchors must be greater than 0")
    _require(config.sample.max_positive >= 0, "sample.max_positive must not be negative")
    _require(config.loader.workers > 0, "loader.workers must be greater than 0")
    _require(
        0 < config.loader.prefetch <= _PREFETCH,
        f"loader.prefetch must be from 1 to {_PREFETCH}, not {config.loader.prefetch}",
    )
    _check_task("pretrain", config.pretrain)
    _check_task("finetune", config.finetune)
    check_backbone(config.backbone)


def _check_augment(augment: AugmentSettings) -> None:
    for name in ("jitter", "around_text"):
        _require(0 <= getattr(augment, name) <= 1, f"augment.{name} must be 0 to 1")
    for name in ("width", "height"):
        size = getattr(augment, name)
        fits = size >= 0 and size % STRIDE == 0
        _require(fits, f"augment.{name} must be 0 or a multiple of {STRIDE}, not {size}")
    low, high = augment.scale
    _require(
        _SCALES[0] <= low <= high <= _SCALES[1],
        f"augment.scale must be two factors, {_SCALES[0]:g} to {_SCALES[1]:g}, the lower one first",
    )
    _require(augment.stretch >= 0, "augment.stretch must not be negative")
    _require(augment.least_height >= 0, "augment.least_height must not be negative")


def _check_task(name: str, task: TaskSettings) -> None:
    _require(task.batch > 0, f"{name}.batch must be greater than 0")
    _require(task.epochs > 0 or task.steps > 0, f"{name} needs epochs or steps")
    _require(task.learning_rate > 0, f"{name}.learning_rate must be greater than 0")
    _require(task.backbone_rate > 0, f"{name}.backbone_rate must be greater than 0")
    _require(0 <= task.frozen_blocks <= 5, f"{name}.frozen_blocks must be 0 to 5")
    _require(0 < task.warmup_start <= 1, f"{name}.warmup_start must be above 0 and at most 1")
    for key in ("warmup_steps", "steps", "seed", "keep"):
        _require(getattr(task, key) >= 0, f"{name}.{key} must not be negative")
    _require(task.seed < _SEEDS, f"{name}.seed must be below {_SEEDS}")
    for key in ("checkpoint_every", "save_every"):
        _require(getattr(task, key) > 0, f"{name}.{key} must be greater than 0")
    _require(task.evaluation.every >= 0, f"{name}.evaluation.every must not be negative")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)
