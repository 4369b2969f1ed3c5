"""VGG16 of the original Oxford (Caffe) release: ``conv1_1.weight`` (out, in, 3, 3),
``conv1_1.bias`` to ``conv5_3.bias``; input blue, green, red, 0..255 minus the mean colour.
"""

from pathlib import Path

from model.parameters import layer_names
from model.weights.opening import open_weights
from model.weights.stack import Convention, Layer, Stack
from model.weights.weight_file import WeightFile

CAFFE_MEAN = (103.939, 116.779, 123.68)
"""Blue, green, red."""
CONVENTION = Convention(CAFFE_MEAN[::-1], (1.0, 1.0, 1.0), bgr=True)


def read_vgg16(path: Path) -> Stack:
    """The stack of a file. Raises UserError where a layer is absent or the file is none."""
    return caffe_stack(open_weights(path))


def caffe_stack(file: WeightFile) -> Stack:
    """The stack of an opened file. Raises UserError where a layer is absent."""
    names = [f"{layer}.{part}" for layer in layer_names() for part in ("weight", "bias")]
    file.require(names, "VGG16 of the Caffe layout")
    layers = {
        layer: Layer(file.read(f"{layer}.weight"), file.read(f"{layer}.bias"))
        for layer in layer_names()
    }
    return Stack(layers, CONVENTION)
