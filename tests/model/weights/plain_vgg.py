"""VGG16 written plainly in NumPy, in whatever input convention, to compare activations with."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

COUNTS = (2, 2, 3, 3, 3)
CAFFE_MEAN = (103.939, 116.779, 123.68)
NAMES = [f"conv{b}_{n}" for b, count in enumerate(COUNTS, 1) for n in range(1, count + 1)]


def caffe_input(rgb: Bytes) -> Floats:
    """(H, W, 3) -> (3, H, W): blue, green, red less the mean colour."""
    return (rgb[..., ::-1].astype(np.float32) - np.float32(CAFFE_MEAN)).transpose(2, 0, 1)


def torch_input(rgb: Bytes) -> Floats:
    """(H, W, 3) -> (3, H, W): red, green, blue, 0..1, normalised as torchvision does."""
    scaled = rgb.astype(np.float32) / 255
    normal = (scaled - np.float32((0.485, 0.456, 0.406))) / np.float32((0.229, 0.224, 0.225))
    return normal.transpose(2, 0, 1)


def convolve(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """3x3 convolution of (C, H, W) with padding 1, as nine shifted matrix products."""
    height, width = x.shape[1:]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    total = np.zeros((len(weight), height * width), np.float32)
    for dy in range(3):
        for dx in range(3):
            window = padded[:, dy : dy + height, dx : dx + width].reshape(len(x), -1)
            total += weight[:, :, dy, dx] @ window
    return (total + bias[:, None]).reshape(-1, height, width)


def stack(x: Floats, layer: Callable[[str, Floats], Floats]) -> Floats:
    """conv5_3 of an input; ``layer`` applies one named layer up to its ReLU."""
    for block, count in enumerate(COUNTS, 1):
        for n in range(1, count + 1):
            x = np.maximum(layer(f"conv{block}_{n}", x), 0)
        if block < 5:
            channels, height, width = x.shape
            x = x.reshape(channels, height // 2, 2, width // 2, 2).max(axis=(2, 4))
    return x


def caffe_stack(rgb: Bytes, arrays: Mapping[str, Floats]) -> Floats:
    """conv5_3 of weights in the Caffe layout."""

    def layer(name: str, x: Floats) -> Floats:
        return convolve(x, arrays[f"{name}.weight"], arrays[f"{name}.bias"])

    return stack(caffe_input(rgb), layer)


def torchvision_stack(rgb: Bytes, arrays: Mapping[str, Floats], places: list[int]) -> Floats:
    """conv5_3 of torchvision's names; ``places``: of the 13 convolutions in ``features``."""
    at = dict(zip(NAMES, places, strict=True))
    norms = "features.1.running_mean" in arrays

    def layer(name: str, x: Floats) -> Floats:
        place = f"features.{at[name]}"
        x = convolve(x, arrays[f"{place}.weight"], arrays[f"{place}.bias"])
        return normalise(x, arrays, f"features.{at[name] + 1}") if norms else x

    return stack(torch_input(rgb), layer)


def normalise(x: Floats, arrays: Mapping[str, Floats], place: str) -> Floats:
    """Batch norm at inference, by torch's names."""
    parts = ("weight", "bias", "running_mean", "running_var")
    gamma, beta, mean, variance = (arrays[f"{place}.{p}"][:, None, None] for p in parts)
    return np.asarray((x - mean) / np.sqrt(variance + 1e-5) * gamma + beta, np.float32)


def random_weights(channels: tuple[int, ...], rng: np.random.Generator) -> dict[str, Floats]:
    arrays, width = {}, 3
    for block, (count, out) in enumerate(zip((2, 2, 3, 3, 3), channels, strict=True), 1):
        for n in range(1, count + 1):
            scale = np.sqrt(2 / (9 * width))
            weight = rng.standard_normal((out, width, 3, 3)) * scale
            arrays[f"conv{block}_{n}.weight"] = weight.astype(np.float32)
            arrays[f"conv{block}_{n}.bias"] = rng.standard_normal(out).astype(np.float32)
            width = out
    return arrays


def torchvision_weights(
    channels: tuple[int, ...], rng: np.random.Generator, places: list[int], norms: bool
) -> dict[str, Floats]:
    """Random weights by torchvision's names, with statistics that are not those of no norm."""
    caffe, arrays = random_weights(channels, rng), {}
    for name, place in zip(NAMES, places, strict=True):
        for part in ("weight", "bias"):
            arrays[f"features.{place}.{part}"] = caffe[f"{name}.{part}"]
        size = len(caffe[f"{name}.bias"])
        if norms:
            at = f"features.{place + 1}"
            arrays[f"{at}.weight"] = rng.uniform(0.5, 1.5, size).astype(np.float32)
            arrays[f"{at}.bias"] = rng.normal(0, 0.3, size).astype(np.float32)
            arrays[f"{at}.running_mean"] = rng.normal(0, 1, size).astype(np.float32)
            arrays[f"{at}.running_var"] = rng.uniform(0.5, 2, size).astype(np.float32)
            arrays[f"{at}.num_batches_tracked"] = np.array(7)
    arrays["classifier.0.weight"] = np.zeros((3, 2), np.float32)
    arrays["classifier.0.bias"] = np.full(3, np.nan, np.float32)
    return arrays


VGG16_PLACES = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
VGG16_BN_PLACES = [0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40]


def picture(rng: np.random.Generator) -> Bytes:
    """(48, 64, 3): coloured squares with noise, a little like a photo."""
    smooth = rng.integers(0, 256, (6, 8, 3)).repeat(8, axis=0).repeat(8, axis=1)
    return np.clip(smooth + rng.integers(-20, 21, (48, 64, 3)), 0, 255).astype(np.uint8)


def network_output(
    path: Path, rgb: Bytes, channels: tuple[int, ...], norm: str = "frozen", **changes: Any
) -> Floats:
    """conv5_3 of this project's backbone started from ``path``, in its own input convention."""
    import mindspore as ms

    from model.backbone import Vgg16
    from model.config import NetworkSettings
    from model.weights.start import start_backbone

    settings = NetworkSettings(channels, norm, (16.0,), 32, 32, 8, 8, 8, **changes)  # type: ignore[arg-type]
    backbone = Vgg16(channels, batch_statistics=norm == "batch")
    start_backbone(backbone, settings, path)
    backbone.set_train(False)
    x = ((rgb - np.float32(settings.mean)) / np.float32(settings.deviation)).transpose(2, 0, 1)
    return np.asarray(backbone(ms.Tensor(x[None].astype(np.float32))).asnumpy()[0])


def relative_error(found: Floats, wanted: Floats) -> float:
    """Largest difference over the largest value."""
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())
