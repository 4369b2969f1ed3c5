"""The networks that ``benchmarks.train_step`` measures, each with one image and its labels.

A contestant is made once in a process of its own; ``step`` trains, ``forward`` only looks.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from model.config import Config, load_config
from model.environment import prepare

WIDTH, HEIGHT = 480, 288
RATE = 1e-4

Call = Callable[[], object]


class Contestant(NamedTuple):
    """One training step, and one look at the image."""

    step: Call
    forward: Call


def config_of(preset: str) -> Config:
    """The preset at 480 x 288, one image a step."""
    size = [f"network.input_width={WIDTH}", f"network.input_height={HEIGHT}"]
    return load_config(preset, [*size, "pretrain.batch=1"])


def labelled() -> tuple[npt.NDArray[np.uint8], list[npt.NDArray[np.float32]]]:
    """An image of noise and twenty words on it, (4, 2) each."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    words = []
    for _ in range(20):
        width, height = rng.uniform((20, 8), (120, 40))
        left, top = rng.uniform((0, 0), (WIDTH - width, HEIGHT - height))
        right, bottom = left + width, top + height
        corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
        words.append(np.array(corners, dtype=np.float32))
    return image, words


def arrays_of(config: Config) -> tuple[npt.NDArray[Any], ...]:
    """What the loader would give: a batch of one, see ``model.loader.Batch.arrays``."""
    from model.loader import training_arrays
    from model.shards import Sample

    image, words = labelled()
    item = Sample("noise", image, words, np.ones(len(words), dtype=np.bool_), True)
    arrays = training_arrays(item, config, np.random.default_rng(1))
    return tuple(np.stack([array]) for array in arrays)


def ours(preset: str) -> Contestant:
    """The network and the step of ``model``."""
    prepare("CPU")
    from model.network import Ctpn
    from model.predictor import forward
    from model.step import TrainingStep

    config = config_of(preset)
    network, arrays = Ctpn(config.network, config.pretrain.frozen_blocks), arrays_of(config)
    step = TrainingStep(network, config, config.pretrain)
    return Contestant(lambda: step(arrays, RATE), lambda: forward(network, arrays[0]))


def plain() -> Contestant:
    """The plain version of the preset ``full``."""
    prepare("CPU")
    import mindspore as ms

    from benchmarks.plain.pipeline import cut, normalised, padded, upright
    from benchmarks.plain.step import Network, training_step

    config = config_of("full")
    image, words = labelled()
    boxes = [upright(word.tolist(), WIDTH, HEIGHT) for word in words]
    slices, there = padded([piece for box in boxes for piece in cut(box)])
    pixels = normalised(image.astype(np.float32), config.network)[None]
    network = Network(config.network)
    step = training_step(network, config, config.pretrain)

    def train() -> object:
        return step(ms.Tensor(pixels), ms.Tensor(slices), ms.Tensor(there)).asnumpy()

    def look() -> object:
        network.set_train(False)
        return [output.asnumpy() for output in network(ms.Tensor(pixels))]

    return Contestant(train, look)


def twin(preset: str) -> Contestant:
    """The network of ``model`` in PyTorch, frozen alike. Raises ImportError without PyTorch."""
    # This cap is for MindSpore's oneDNN, and PyTorch's reads it too.
    os.environ.pop("ONEDNN_MAX_CPU_ISA", None)
    import torch

    from benchmarks.twin.loss import ctpn_loss
    from benchmarks.twin.network import Ctpn

    config = config_of(preset)
    task = config.pretrain
    image, labels, vertical, side, mask = map(torch.from_numpy, arrays_of(config))
    targets = (labels, vertical, side, mask)
    network = Ctpn(config.network, task.frozen_blocks)
    weights = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(weights, RATE, task.momentum, weight_decay=task.weight_decay)

    def train() -> object:
        network.train()
        optimizer.zero_grad()
        loss = ctpn_loss(network(image), targets, config.loss)[0]
        loss.backward()
        optimizer.step()
        return float(loss)

    def look() -> object:
        network.eval()
        with torch.no_grad():
            return [output.numpy() for output in network(image)]

    return Contestant(train, look)


CONTESTANTS: dict[str, Callable[[], Contestant]] = {
    "plain": plain,
    "ours": lambda: ours("full"),
    "pytorch": lambda: twin("full"),
    "ours lite": lambda: ours("lite"),
    "pytorch lite": lambda: twin("lite"),
}
