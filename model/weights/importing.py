"""Weights of any known source as the parameters of this project's network."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from manifests.errors import UserError
from model.checkpoints import load
from model.config import Config, load_config, with_changes
from model.weights import public_ctpn, torchvision
from model.weights.caffe import caffe_stack
from model.weights.opening import open_weights
from model.weights.stack import Stack, backbone_parameters
from model.weights.weight_file import Floats, WeightFile

Kind = Literal["npz", "torchvision", "ctpn", "twin"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BACKBONE = "backbone."
_DEFAULT_PRESET = "full"


@dataclass(frozen=True)
class Imported:
    """Parameters by their names in ``Ctpn``: all of them, or the backbone's alone."""

    parameters: Mapping[str, Floats]
    config: Config
    kind: Kind
    notes: tuple[str, ...]
    """What the person should know."""
    step: int = 0
    """Steps of training that the weights have behind them, where it is known."""

    @property
    def whole(self) -> bool:
        """Whether it is a detector, not a backbone alone."""
        return not all(name.startswith(BACKBONE) for name in self.parameters)


def import_weights(
    path: Path, kind: Kind | None = None, preset: str | None = None, lstm: str | None = None
) -> Imported:
    """Read a file. kind: None finds it out; preset: full unless given; lstm: of a public CTPN.

    Raises UserError where the file is damaged or of another kind. Whether shapes fit the preset is
    for the network to say.
    """
    file = open_weights(path)
    kind = kind or identify(file)
    if kind == "ctpn":
        return _import_ctpn(file, preset or _DEFAULT_PRESET, lstm)
    if kind == "twin":
        return _import_twin(path, preset)
    config = load_config(preset or _DEFAULT_PRESET)
    stack = caffe_stack(file) if kind == "npz" else torchvision.torchvision_stack(file)
    used = {"npz": "conv", "torchvision": "features."}[kind]
    notes = _left_out(file, used)
    if kind == "torchvision":
        notes = (f"torchvision {'vgg16_bn' if torchvision.has_norms(file) else 'vgg16'}", *notes)
    return Imported(_backbone(stack, config), config, kind, notes)


def identify(file: WeightFile) -> Kind:
    """What a file holds, by its names. Raises UserError where it is nothing that is known."""
    if "config" in file.metadata:
        return "twin"
    if "conv1_1.weight" in file.names:
        return "npz"
    if torchvision.FIRST in file.names:
        return "torchvision"
    if public_ctpn.prefix_of(file) is not None:
        return "ctpn"
    some = ", ".join(file.names[:3]) or "nothing"
    raise UserError(
        f"{file.path} holds no weights that are known (VGG16 of the Caffe layout, torchvision's "
        f"vgg16 or vgg16_bn, the public MindSpore CTPN): it has {some}"
    )


def _import_ctpn(file: WeightFile, preset: str, lstm: str | None) -> Imported:
    prefix = public_ctpn.prefix_of(file)
    if prefix is None:
        raise UserError(f"{file.path} is no public MindSpore CTPN, nor its VGG16")
    config = load_config(preset)
    stack = public_ctpn.backbone_stack(file, prefix)
    if not public_ctpn.is_whole(file, prefix):
        notes = ("the VGG16 of the public MindSpore CTPN", *_left_out(file, prefix + "vgg16_"))
        return Imported(_backbone(stack, config), config, "ctpn", notes)
    anchors = public_ctpn.actual_anchors(config.network.anchor_heights)
    others = public_ctpn.other_parameters(file, prefix, anchors, lstm)
    heights = ", ".join(f"{height:g}" for height in anchors.heights)
    config = with_changes(config, ["loss.side=0", f"network.anchor_heights=[{heights}]"])
    notes = (
        "a whole public MindSpore CTPN; offsets in x and width are left out, as its decoding does",
        "it has no side refinement: that head is zero and loss.side is 0, so it is not used",
        f"its anchors are {heights} px high once it has cut them to whole pixels",
    )
    return Imported(_backbone(stack, config) | others, config, "ctpn", notes)


def _import_twin(path: Path, preset: str | None) -> Imported:
    if preset is not None:
        raise UserError(f"{path} holds its own config; leave out --preset")
    checkpoint = load(path)
    arrays = {name: value.asnumpy() for name, value in checkpoint.parameters.items()}
    note = f"a checkpoint of step {checkpoint.step}; it could be used as it is"
    return Imported(arrays, checkpoint.config, "twin", (note,), checkpoint.step)


def _backbone(stack: Stack, config: Config) -> dict[str, Floats]:
    values = backbone_parameters(stack, config.network)
    return {BACKBONE + name: value for name, value in values.items()}


def _left_out(file: WeightFile, used: str) -> tuple[str, ...]:
    """A note of what is not read, by the first parts of the names."""
    groups: dict[str, int] = {}
    for name in file.names:
        if not name.startswith(used):
            group = name.partition(".")[0]
            groups[group] = groups.get(group, 0) + 1
    if not groups:
        return ()
    listed = ", ".join(f"{group} ({count})" for group, count in groups.items())
    return (f"left out, of no use to a detector: {listed}",)
