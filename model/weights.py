"""Starting a training from VGG16 weights without batch norm, in the Caffe convention.

Those weights take BGR 0..255 minus ``CAFFE_MEAN``; the network here takes RGB, subtracts its own
mean and divides by its own deviation, and has a batch norm after every convolution. Neither needs
a second network: a convolution with a bias is a convolution followed by a frozen norm with gamma 1,
beta the bias, mean 0 and variance 1 - epsilon, and the other input convention is a change of
conv1_1, exact but for the outermost pixels, where the padding stands for another colour (the two
means differ by half a grey level).
"""

from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import mindspore as ms
import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from model.backbone import EPSILON, Vgg16, layer_names
from model.checkpoints import assign
from model.config import NetworkSettings

Floats = npt.NDArray[np.float32]

CAFFE_MEAN = (103.939, 116.779, 123.68)
"""Blue, green, red."""


def read_vgg16(path: Path) -> dict[str, Floats]:
    """The arrays of an .npz file: ``conv1_1.weight`` (out, in, 3, 3), ``conv1_1.bias`` and so on.

    Raises UserError where a layer is absent or the file is none.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name], dtype=np.float32) for name in file.files}
    except (OSError, ValueError, BadZipFile) as error:
        raise UserError(f"{path} cannot be read as VGG16 weights (.npz): {error}") from error
    wanted = [f"{layer}.{part}" for layer in layer_names() for part in ("weight", "bias")]
    missing = [name for name in wanted if name not in arrays]
    if missing:
        raise UserError(f"{path} lacks {', '.join(missing)}")
    return arrays


def fold_input(
    weight: Floats, bias: Floats, mean: tuple[float, ...], deviation: tuple[float, ...]
) -> tuple[Floats, Floats]:
    """conv1_1 for input (RGB - mean) / deviation in place of BGR - CAFFE_MEAN.

    weight: (out, 3, 3, 3) with the input's channels second; bias: (out,).
    """
    caffe_mean = np.array(CAFFE_MEAN[::-1])
    rgb = weight[:, ::-1].astype(np.float64)
    shifted = bias + np.einsum("oikl,i->o", rgb, np.array(mean) - caffe_mean)
    scaled = rgb * np.array(deviation)[None, :, None, None]
    return scaled.astype(np.float32), shifted.astype(np.float32)


def backbone_parameters(
    arrays: Mapping[str, Floats], network: NetworkSettings
) -> dict[str, Floats]:
    """The parameters of ``Vgg16`` by their names, without a prefix."""
    values: dict[str, Floats] = {}
    for layer in layer_names():
        weight, bias = arrays[f"{layer}.weight"], arrays[f"{layer}.bias"]
        if layer == "conv1_1":
            weight, bias = fold_input(weight, bias, network.mean, network.deviation)
        at = f"block{layer[4]}.{layer}"
        values[f"{at}.convolution.weight"] = weight
        values[f"{at}.norm.gamma"] = np.ones_like(bias)
        values[f"{at}.norm.beta"] = bias
        values[f"{at}.norm.moving_mean"] = np.zeros_like(bias)
        values[f"{at}.norm.moving_variance"] = np.full_like(bias, 1 - EPSILON)
    return values


def start_backbone(backbone: Vgg16, network: NetworkSettings, path: Path) -> None:
    """Set the backbone to the weights of an .npz file.

    ``backbone`` may be a part of a network. Raises UserError for a file that does not fit.
    """
    parameters = list(backbone.get_parameters())
    prefix = parameters[0].name.removesuffix("block1.conv1_1.convolution.weight")
    values = backbone_parameters(read_vgg16(path), network)
    assign(parameters, {prefix + name: ms.Tensor(v) for name, v in values.items()}, str(path))
