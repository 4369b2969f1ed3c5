"""Starting a training from the backbone of a file."""

from collections.abc import Mapping
from pathlib import Path

import mindspore as ms

from model.backbone import Vgg16
from model.checkpoints import Checkpoint, assign, load
from model.config import NetworkSettings
from model.weights.caffe import read_vgg16
from model.weights.importing import BACKBONE
from model.weights.opening import is_archive
from model.weights.stack import Stack, backbone_parameters, stack_of
from model.weights.weight_file import Floats


def start_backbone(backbone: Vgg16, network: NetworkSettings, path: Path) -> None:
    """Set the backbone to the weights of an .npz file of the Caffe layout, or to the backbone of a
    checkpoint: imported, of the backbone task, or of a whole detector.

    ``backbone`` may be a part of a network. Raises UserError for a file that does not fit.
    """
    stack = read_vgg16(path) if is_archive(path) else _of_checkpoint(load(path))
    parameters = list(backbone.get_parameters())
    prefix = parameters[0].name.removesuffix("block1.conv1_1.convolution.weight")
    values = backbone_parameters(stack, network)
    assign(parameters, {prefix + name: ms.Tensor(v) for name, v in values.items()}, str(path))


def _of_checkpoint(checkpoint: Checkpoint) -> Stack:
    parameters: Mapping[str, Floats] = {
        name.removeprefix(BACKBONE): value.asnumpy()
        for name, value in checkpoint.parameters.items()
        if name.startswith(BACKBONE)
    }
    return stack_of(parameters, checkpoint.config.network)
