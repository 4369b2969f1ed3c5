"""VGG16 weights of every source, checked by activations against a plain stack in NumPy."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manifests.errors import UserError
from model.__main__ import main
from tests.model.weights import plain_vgg as plain
from tests.model.weights.torch_files import write_pth

pytestmark = pytest.mark.usefixtures("mindspore")

CHANNELS = (4, 6, 8, 10, 12)
FULL = (64, 128, 256, 512, 512)
MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The full preset with ``CHANNELS``."""
    from model.preset_files import PRESETS

    text = (PRESETS / "full.yaml").read_text().replace("[64, 128, 256, 512, 512]", str([*CHANNELS]))
    path = tmp_path_factory.mktemp("presets") / "thin.yaml"
    path.write_text(text)
    return path


def imported(source: Path, preset: Path) -> Path:
    """The checkpoint that the command makes of a file."""
    out = source.with_suffix(".ckpt")
    assert main(["import-weights", str(source), "--out", str(out), "--preset", str(preset)]) == 0
    return out


@pytest.mark.parametrize(("norm", "whether"), [("frozen", "as it is"), ("batch", "imported")])
def test_a_stack_without_norms_gives_the_activations_of_the_plain_stack(
    tmp_path: Path, norm: str, whether: str, thin: Path
) -> None:
    rng = np.random.default_rng(3)
    arrays = plain.random_weights(CHANNELS, rng)
    path = tmp_path / "vgg16.npz"
    np.savez(path, **arrays)
    path = path.rename(tmp_path / "vgg16")  # the name tells nothing
    rgb = plain.picture(rng)
    start = imported(path, thin) if whether == "imported" else path
    found = plain.network_output(start, rgb, CHANNELS, norm)
    # Two conventions of the input pad with colours half a grey level apart.
    assert plain.relative_error(found, plain.caffe_stack(rgb, arrays)) < 1e-2


def test_imagenet_weights_give_the_activations_of_the_plain_stack(
    shared: Path, tmp_path: Path
) -> None:
    path = shared / "weights" / "vgg16_imagenet.npz"
    rgb = plain.picture(np.random.default_rng(4))
    with np.load(path) as file:
        arrays = {name: file[name].astype(np.float32) for name in file.files}
    wanted = plain.caffe_stack(rgb, arrays)
    found = plain.network_output(path, rgb, FULL)
    assert found.shape == (512, 3, 4)
    assert (wanted > 0).mean() > 0.05
    assert plain.relative_error(found, wanted) < 1e-3
    out = tmp_path / "vgg16.ckpt"
    assert main(["import-weights", str(path), "--out", str(out)]) == 0
    np.testing.assert_array_equal(plain.network_output(out, rgb, FULL), found)


@pytest.mark.parametrize(
    ("norms", "suffix"), [(False, ".pth"), (True, ".safetensors")], ids=["vgg16", "vgg16_bn"]
)
def test_torchvision_weights_give_the_activations_of_the_plain_stack(
    tmp_path: Path, norms: bool, suffix: str, thin: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from model.weights.safetensors_file import write_safetensors

    rng = np.random.default_rng(5)
    places = plain.VGG16_BN_PLACES if norms else plain.VGG16_PLACES
    arrays = plain.torchvision_weights(CHANNELS, rng, places, norms)
    source = tmp_path / f"vgg16{suffix}"
    if suffix == ".pth":
        write_pth(source, arrays)
    else:
        write_safetensors(source, arrays, {})
    caplog.set_level("INFO")
    out = imported(source, thin)
    said = f"torchvision vgg16{'_bn' if norms else ''}"
    assert any(message.endswith(said) for message in caplog.messages)
    assert "left out, of no use to a detector: classifier (2)" in caplog.text
    rgb = plain.picture(rng)
    found = plain.network_output(out, rgb, CHANNELS)
    wanted = plain.torchvision_stack(rgb, arrays, places)
    assert (wanted > 0).mean() > 0.05
    assert plain.relative_error(found, wanted) < 1e-4


def test_torchvision_weights_give_the_activations_of_pytorch(tmp_path: Path, thin: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    features = torch_features(torch)
    source = tmp_path / "vgg16_bn.pth"
    torch.save({f"features.{name}": v for name, v in features.state_dict().items()}, source)
    rgb = plain.picture(np.random.default_rng(6))
    with torch.no_grad():
        wanted = features.eval()(torch.from_numpy(plain.torch_input(rgb)[None])).numpy()[0]
    found = plain.network_output(imported(source, thin), rgb, CHANNELS)
    assert plain.relative_error(found, wanted) < 1e-4


def torch_features(torch: Any) -> Any:
    """``features`` of a vgg16_bn of ``CHANNELS``, less the last pooling, with lived-in norms."""
    layers: list[Any] = []
    width = 3
    for count, out in zip(plain.COUNTS, CHANNELS, strict=True):
        layers += [torch.nn.MaxPool2d(2)] if layers else []
        for _ in range(count):
            layers.append(torch.nn.Conv2d(width, out, 3, padding=1))
            layers += [torch.nn.BatchNorm2d(out), torch.nn.ReLU()]
            width = out
    features = torch.nn.Sequential(*layers)
    features.train()(torch.randn(4, 3, 32, 32))
    for parameter in features.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    return features


def test_another_input_of_the_network_is_folded_in(tmp_path: Path, thin: Path) -> None:
    """A backbone goes over to a network that sees its pictures differently."""
    rng = np.random.default_rng(7)
    arrays = plain.random_weights(CHANNELS, rng)
    np.savez(tmp_path / "vgg16.npz", **arrays)
    out = imported(tmp_path / "vgg16.npz", thin)
    rgb = plain.picture(rng)
    other = {"mean": (127.0, 118.0, 101.0), "deviation": (64.0, 32.0, 100.0)}
    found = plain.network_output(out, rgb, CHANNELS, **other)
    assert plain.relative_error(found, plain.caffe_stack(rgb, arrays)) < 2e-2


def test_folding_the_input_is_exact_away_from_the_border() -> None:
    from model.weights.caffe import CONVENTION
    from model.weights.stack import Convention, Layer, for_input

    rng = np.random.default_rng(8)
    weight = rng.standard_normal((7, 3, 3, 3)).astype(np.float32)
    bias = rng.standard_normal(7).astype(np.float32)
    rgb = rng.integers(0, 256, (9, 11, 3), dtype=np.uint8)
    ours = ((rgb - np.float32(MEAN)) / np.float32(DEVIATION)).transpose(2, 0, 1)
    wanted = plain.convolve(plain.caffe_input(rgb), weight, bias)
    folded = for_input(Layer(weight, bias), CONVENTION, Convention(MEAN, DEVIATION))
    found = plain.convolve(ours, folded.weight, folded.bias)
    np.testing.assert_allclose(found[:, 1:-1, 1:-1], wanted[:, 1:-1, 1:-1], rtol=1e-4, atol=1e-2)


def test_a_file_that_lacks_a_layer_is_refused(tmp_path: Path) -> None:
    from model.weights.caffe import read_vgg16

    arrays = plain.random_weights((1, 1, 1, 1, 1), np.random.default_rng(9))
    del arrays["conv4_2.bias"]
    np.savez(tmp_path / "part.npz", **arrays)
    with pytest.raises(UserError, match=r"lacks conv4_2\.bias"):
        read_vgg16(tmp_path / "part.npz")
    (tmp_path / "none.npz").write_bytes(b"no archive")
    with pytest.raises(UserError, match="of no format that is read"):
        read_vgg16(tmp_path / "none.npz")


def test_weights_of_another_width_are_refused_by_name(tmp_path: Path) -> None:
    arrays = plain.random_weights((2, 2, 2, 2, 2), np.random.default_rng(10))
    np.savez(tmp_path / "thin.npz", **arrays)
    rgb = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(UserError, match=r"block1\.conv1_1\.convolution\.weight is \(2, 3, 3, 3\)"):
        plain.network_output(tmp_path / "thin.npz", rgb, (4, 2, 2, 2, 2))


def test_a_vgg_of_another_depth_is_refused(tmp_path: Path, thin: Path) -> None:
    from model.weights.importing import import_weights

    places = plain.VGG16_PLACES
    arrays = plain.torchvision_weights(CHANNELS, np.random.default_rng(11), places, False)
    deeper = arrays | {"features.34.weight": np.zeros((2, 2, 3, 3), np.float32)}
    write_pth(tmp_path / "vgg19.pth", deeper)
    with pytest.raises(UserError, match=r"no torchvision vgg16: it also has features\.34"):
        import_weights(tmp_path / "vgg19.pth", preset=str(thin))
    del arrays["features.28.weight"]
    write_pth(tmp_path / "vgg11.pth", arrays)
    with pytest.raises(UserError, match=r"no torchvision vgg16: it lacks features\.28\.weight"):
        import_weights(tmp_path / "vgg11.pth", preset=str(thin))
