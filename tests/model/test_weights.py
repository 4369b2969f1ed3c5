"""VGG16 weights of the Caffe convention, checked by activations."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from manifests.errors import UserError

pytestmark = pytest.mark.usefixtures("mindspore")

Floats = npt.NDArray[np.float32]

MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


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


def caffe_stack(rgb: npt.NDArray[np.uint8], arrays: dict[str, Floats]) -> Floats:
    """conv5_3 of the plain convolution stack, in its own input convention."""
    from model.weights import CAFFE_MEAN

    x = (rgb[..., ::-1].astype(np.float32) - np.float32(CAFFE_MEAN)).transpose(2, 0, 1)
    for block, count in enumerate((2, 2, 3, 3, 3), 1):
        for n in range(1, count + 1):
            name = f"conv{block}_{n}"
            x = np.maximum(convolve(x, arrays[f"{name}.weight"], arrays[f"{name}.bias"]), 0)
        if block < 5:
            channels, height, width = x.shape
            x = x.reshape(channels, height // 2, 2, width // 2, 2).max(axis=(2, 4))
    return x


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


def network_output(
    path: Path, rgb: npt.NDArray[np.uint8], channels: tuple[int, ...], norm: str
) -> Floats:
    import mindspore as ms

    from model.backbone import Vgg16
    from model.config import NetworkSettings
    from model.weights import start_backbone

    settings = NetworkSettings(channels, norm, (16.0,), 32, 32, 8, 8, 8)  # type: ignore[arg-type]
    backbone = Vgg16(channels, batch_statistics=norm == "batch")
    start_backbone(backbone, settings, path)
    backbone.set_train(False)
    x = ((rgb - np.float32(settings.mean)) / np.float32(settings.deviation)).transpose(2, 0, 1)
    return np.asarray(backbone(ms.Tensor(x[None].astype(np.float32))).asnumpy()[0])


def relative_error(found: Floats, wanted: Floats) -> float:
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


@pytest.mark.parametrize("norm", ["frozen", "batch"])
def test_a_stack_without_norms_and_its_import_agree(tmp_path: Path, norm: str) -> None:
    rng = np.random.default_rng(3)
    channels = (4, 6, 8, 10, 12)
    arrays = random_weights(channels, rng)
    np.savez(tmp_path / "vgg16.npz", **arrays)
    rgb = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
    found = network_output(tmp_path / "vgg16.npz", rgb, channels, norm)
    assert relative_error(found, caffe_stack(rgb, arrays)) < 1e-2


def test_imagenet_weights_give_the_activations_of_the_plain_stack(shared: Path) -> None:
    from model.weights import read_vgg16

    path = shared / "weights" / "vgg16_imagenet.npz"
    rng = np.random.default_rng(4)
    smooth = rng.integers(0, 256, (6, 8, 3)).repeat(8, axis=0).repeat(8, axis=1)
    rgb = np.clip(smooth + rng.integers(-20, 21, (48, 64, 3)), 0, 255).astype(np.uint8)
    found = network_output(path, rgb, (64, 128, 256, 512, 512), "frozen")
    wanted = caffe_stack(rgb, read_vgg16(path))
    assert found.shape == (512, 3, 4)
    assert (wanted > 0).mean() > 0.05
    assert relative_error(found, wanted) < 1e-3


def test_folding_the_input_is_exact_away_from_the_border() -> None:
    from model.weights import CAFFE_MEAN, fold_input

    rng = np.random.default_rng(5)
    weight = rng.standard_normal((7, 3, 3, 3)).astype(np.float32)
    bias = rng.standard_normal(7).astype(np.float32)
    rgb = rng.integers(0, 256, (9, 11, 3)).astype(np.float32)
    caffe = (rgb[..., ::-1] - np.float32(CAFFE_MEAN)).transpose(2, 0, 1)
    ours = ((rgb - np.float32(MEAN)) / np.float32(DEVIATION)).transpose(2, 0, 1)
    wanted = convolve(caffe, weight, bias)
    found = convolve(ours, *fold_input(weight, bias, MEAN, DEVIATION))
    np.testing.assert_allclose(found[:, 1:-1, 1:-1], wanted[:, 1:-1, 1:-1], rtol=1e-4, atol=1e-2)


def test_a_file_that_lacks_a_layer_is_refused(tmp_path: Path) -> None:
    from model.weights import read_vgg16

    arrays = random_weights((1, 1, 1, 1, 1), np.random.default_rng(6))
    del arrays["conv4_2.bias"]
    np.savez(tmp_path / "part.npz", **arrays)
    with pytest.raises(UserError, match=r"lacks conv4_2\.bias"):
        read_vgg16(tmp_path / "part.npz")
    (tmp_path / "none.npz").write_bytes(b"no archive")
    with pytest.raises(UserError, match="cannot be read as VGG16 weights"):
        read_vgg16(tmp_path / "none.npz")


def test_weights_of_another_width_are_refused_by_name(tmp_path: Path) -> None:
    arrays = random_weights((2, 2, 2, 2, 2), np.random.default_rng(7))
    np.savez(tmp_path / "thin.npz", **arrays)
    rgb = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(UserError, match=r"block1\.conv1_1\.convolution\.weight is \(2, 3, 3, 3\)"):
        network_output(tmp_path / "thin.npz", rgb, (4, 2, 2, 2, 2), "frozen")
