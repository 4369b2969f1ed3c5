"""vgg16 and vgg16_bn of torchvision, by their parameters' names: ``features.<n>.weight``.

``features`` is one list of layers: convolution and ReLU, with a batch norm between them in
vgg16_bn, and a pooling after each block. ``classifier`` is of no use to a detector.
"""

import re

from manifests.errors import UserError
from model.parameters import CONVOLUTIONS, layer_names
from model.weights.stack import Convention, Layer, Norm, Stack
from model.weights.weight_file import WeightFile

CONVENTION = Convention(
    tuple(255 * x for x in (0.485, 0.456, 0.406)), tuple(255 * x for x in (0.229, 0.224, 0.225))
)
FIRST = "features.0.weight"
_NORM_PARTS = ("weight", "bias", "running_mean", "running_var")


def has_norms(file: WeightFile) -> bool:
    """Whether it is vgg16_bn."""
    return "features.1.running_mean" in file.names


def positions(norms: bool) -> dict[str, int]:
    """conv1_1 ... conv5_3 -> its place in ``features``."""
    places, place = [], 0
    for count in CONVOLUTIONS:
        places += [place + n * (3 if norms else 2) for n in range(count)]
        place += count * (3 if norms else 2) + 1
    return dict(zip(layer_names(), places, strict=True))


def torchvision_stack(file: WeightFile) -> Stack:
    """The stack of vgg16 or vgg16_bn. Raises UserError where it is neither."""
    norms = has_norms(file)
    what = "vgg16_bn" if norms else "vgg16"
    places = positions(norms)
    names = [f"features.{n}.{part}" for n in places.values() for part in ("weight", "bias")]
    if norms:
        names += [f"features.{n + 1}.{part}" for n in places.values() for part in _NORM_PARTS]
    file.require(names, f"torchvision {what}")
    known = {name.rpartition(".")[0] for name in names}
    _refuse_more(file, known, what)
    return Stack({name: _layer(file, n, norms) for name, n in places.items()}, CONVENTION)


def _layer(file: WeightFile, place: int, norms: bool) -> Layer:
    weight, bias = (file.read(f"features.{place}.{part}") for part in ("weight", "bias"))
    if not norms:
        return Layer(weight, bias)
    values = [file.read(f"features.{place + 1}.{part}") for part in _NORM_PARTS]
    return Layer(weight, bias, Norm(*values))


def _refuse_more(file: WeightFile, known: set[str], what: str) -> None:
    """vgg19 has all the names of vgg16, and more."""
    layers = {found[0] for name in file.names if (found := re.match(r"features\.\d+", name))}
    if layers - known:
        raise UserError(
            f"{file.path} is no torchvision {what}: it also has {min(layers - known)}; a network "
            "of another depth cannot be used"
        )
