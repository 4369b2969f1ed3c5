"""PyTorch's files are read without PyTorch, and run nothing."""

import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manifests.errors import UserError
from model.weights.opening import open_weights
from model.weights.torch_zip import open_torch
from tests.model.weights.torch_files import archive, state_dict, tensor, text, write_pth

ROOT = Path(__file__).resolve().parents[3]
RNG = np.random.default_rng(1)
ARRAYS = {
    "a.weight": RNG.standard_normal((2, 3, 3)).astype(np.float32),
    "a.bias": RNG.standard_normal(4).astype(np.float16),
    "a.steps": np.array(7),
}


def test_arrays_come_out_as_they_went_in(tmp_path: Path) -> None:
    write_pth(tmp_path / "a.pth", ARRAYS)
    file = open_weights(tmp_path / "a.pth")
    assert (file.format, file.names) == ("torch", tuple(ARRAYS))
    for name in ("a.weight", "a.bias"):
        np.testing.assert_array_equal(file.read(name), ARRAYS[name].astype(np.float32))
    assert file.fetch("a.steps") == 7
    with pytest.raises(UserError, match=r"a\.steps holds int64"):
        file.read("a.steps")


def test_a_tensor_may_be_a_view(tmp_path: Path) -> None:
    numbers = np.arange(12, dtype=np.float32)
    pickled = state_dict({"t": tensor("0", 12, (3, 2), (1, 4), offset=1)})
    archive(tmp_path / "a.pth", pickled, {"0": numbers.tobytes()})
    wanted = [[1, 5], [2, 6], [3, 7]]
    np.testing.assert_array_equal(open_torch(tmp_path / "a.pth").read("t"), wanted)


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [((13,), (1,), 0), ((12,), (1,), 1), ((2, 2), (1, 11), 0), ((1 << 40,), (0,), 0)],
)
def test_a_tensor_must_stay_within_its_numbers(
    tmp_path: Path, shape: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> None:
    pickled = state_dict({"t": tensor("0", 12, shape, strides, offset)})
    archive(tmp_path / "a.pth", pickled, {"0": np.zeros(12, np.float32).tobytes()})
    with pytest.raises(UserError, match="t reaches beyond its 12 stored numbers"):
        open_torch(tmp_path / "a.pth").read("t")


@pytest.mark.parametrize("protocol", [2, 4])
def test_real_files_of_pytorch_are_read(tmp_path: Path, protocol: int) -> None:
    torch = pytest.importorskip("torch")
    layer = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    tree = layer.state_dict()
    tree["half"] = torch.arange(6.0).reshape(2, 3).half().t()
    tree["brain"] = torch.tensor([1.5, -2.0]).bfloat16()
    tree["parameter"] = torch.nn.Parameter(torch.ones(2))
    tree["tied"] = tree["parameter"]
    adam = torch.optim.Adam(layer.parameters())
    layer(torch.ones(1, 3, 4, 4)).sum().backward()
    adam.step()
    others = {"optimizer": adam.state_dict(), "epoch": 3, "best": 0.5, "args": ["-v", None]}
    torch.save({**tree, **others}, tmp_path / "a.pth", pickle_protocol=protocol)
    file = open_weights(tmp_path / "a.pth")
    assert set(file.names) == set(tree)
    for name, value in tree.items():
        if value.dtype.is_floating_point:
            np.testing.assert_array_equal(file.read(name), value.detach().float().numpy())


class Malice:
    """Creates a file when it is unpickled the ordinary way."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_that_wants_to_run_something_is_refused_by_name(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    content = pickle.dumps({"features.0.weight": Malice(mark)}, protocol=2)
    pickle.loads(content)
    assert mark.exists()
    mark.unlink()
    archive(tmp_path / "bad.pth", content)
    with pytest.raises(UserError, match=r"asks for pathlib\.Path\.touch|asks for .*getattr"):
        open_weights(tmp_path / "bad.pth")
    assert not mark.exists()


@pytest.mark.parametrize(
    "name",
    ["os.system", "builtins.eval", "builtins.getattr", "torch.load",
     "torch.storage._load_from_bytes", "collections.namedtuple",
     "torch._utils._rebuild_device_tensor_from_numpy"],
)  # fmt: skip
def test_a_name_that_no_tensor_needs_ends_the_reading(tmp_path: Path, name: str) -> None:
    module, _, attribute = name.rpartition(".")
    pickled = b"\x80\x02c" + f"{module}\n{attribute}\n(".encode() + text("x") + b"tR."
    archive(tmp_path / "bad.pth", pickled)
    with pytest.raises(UserError, match=f"asks for {name} while it is read.*nothing was run"):
        open_torch(tmp_path / "bad.pth")


def test_what_stands_for_pytorch_cannot_be_changed_by_a_pickle(tmp_path: Path) -> None:
    """BUILD sets attributes of whatever is on the stack; a function's defaults, for one."""
    function = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n"
    change = b"N}" + text("__defaults__") + b")s\x86b."
    archive(tmp_path / "bad.pth", function + change)
    with pytest.raises(UserError, match="it holds no state dict"):
        open_torch(tmp_path / "bad.pth")


@pytest.mark.parametrize(
    ("pickled", "message"),
    [
        (b"\x80\x02]." , "holds no state dict"),
        (b"\x80\x02", "cannot be read as PyTorch weights"),
        (b"", "cannot be read as PyTorch weights"),
        (b"\x80\x02(" + text("storage") + b"tQ.", "an unknown kind of stored object"),
        (state_dict({"t": tensor("0", 1, (1,), (-1,))}), "something else than numbers"),
        (state_dict({"t": tensor("0", 1, (1,), (1, 1))}), "something else than numbers"),
        (b"\x80\x02" + b"(" * 3 + b"t" * 50, "cannot be read as PyTorch weights"),
        (b"\x80\x04\x8f.", "its pickle has the operation EMPTY_SET"),
        (state_dict({"t": b"K\x01K\x02a"}), "appends to something else than a list"),
        (state_dict({"t": b"]K\x02K\x03s"}), "sets items of something else than a dictionary"),
        (state_dict({"t": b"K\x02)R"}), "calls something else than a function"),
        (state_dict({"t": b"ccollections\nOrderedDict\n]\x85R"}), "fills a dictionary in a way"),
        (b"\x80\x02K\x01K\x02\x93.", "by what is no text"),
    ],
)  # fmt: skip
def test_a_damaged_pickle_is_refused(tmp_path: Path, pickled: bytes, message: str) -> None:
    archive(tmp_path / "bad.pth", pickled)
    with pytest.raises(UserError, match=message):
        open_torch(tmp_path / "bad.pth")


@pytest.mark.parametrize("put", [b"r\xff\xff\xff\xff", b"p999999999\n"])
def test_a_far_place_takes_no_room(tmp_path: Path, put: bytes) -> None:
    """Python's own machine makes room for all places up to the highest."""
    archive(tmp_path / "a.pth", b"\x80\x02}" + put + b".")
    assert open_torch(tmp_path / "a.pth").names == ()


def doubled(depth: int) -> bytes:
    """A tuple that holds another twice, and so on: a few bytes for 2^depth leaves."""
    again = b"".join(b"q" + bytes([n]) + b"h" + bytes([n]) + b"\x86" for n in range(depth))
    return b")" + again


REPEATING = (
    b"\x80\x02}" + doubled(60) + b"Ns.",
    b"\x80\x02}(" + doubled(60) + b"N" + doubled(60) + b"Nu.",
    state_dict({"t": b"(" + text("storage") + doubled(60) + text("0") * 2 + b"K\x01tQ"}),
    state_dict({"t": b"(" + doubled(60) + b"N" + text("0") * 2 + b"K\x01tQ"}),
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(" + doubled(60) * 4 + b"tR.",
    b"\x80\x02" + doubled(60) * 2 + b"\x93.",
    b"\x80\x02" + doubled(60) + b".",
)
OPEN_ALL = """
import pathlib, sys
from manifests.errors import UserError
from model.weights.torch_zip import open_torch
for name in sys.argv[1:]:
    try:
        open_torch(pathlib.Path(name))
    except UserError as error:
        assert len(str(error)) < 1000, error
"""


def test_what_a_pickle_repeats_costs_nothing(tmp_path: Path) -> None:
    """Python hashes a tuple by all of its leaves each time, and nothing in this process could end
    that; so another is given a few thousand times what the reading takes."""
    files = [tmp_path / f"{number}.pth" for number in range(len(REPEATING))]
    for path, pickled in zip(files, REPEATING, strict=True):
        archive(path, pickled)
    subprocess.run([sys.executable, "-c", OPEN_ALL, *files], check=True, timeout=30, cwd=ROOT)


@pytest.mark.parametrize(
    ("shape", "strides"), [((0, 1 << 70), (1, 1)), ((1,), (1 << 70,)), ((1,) * 60, (1,) * 60)]
)
def test_a_shape_that_numpy_cannot_have_is_refused(
    tmp_path: Path, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    pickled = state_dict({"t": tensor("0", 1, shape, strides)})
    archive(tmp_path / "a.pth", pickled, {"0": bytes(4)})
    with pytest.raises(UserError, match="t has a shape that no network has"):
        open_torch(tmp_path / "a.pth").read("t")


def test_a_state_dict_whose_attributes_are_changed_is_read_as_it_is(tmp_path: Path) -> None:
    pickled = state_dict({"t": tensor("0", 1, (1,), (1,))})[:-1] + b"}" + text("items") + b"Nsb."
    archive(tmp_path / "a.pth", pickled, {"0": bytes(4)})
    assert open_torch(tmp_path / "a.pth").names == ("t",)


def test_sizes_that_do_not_match_are_refused(tmp_path: Path) -> None:
    described = {"t": tensor("0", 12, (12,), (1,)), "none": tensor("9", 1, (1,), (1,))}
    archive(tmp_path / "a.pth", state_dict(described), {"0": bytes(40)})
    file = open_torch(tmp_path / "a.pth")
    with pytest.raises(UserError, match="t has 40 bytes, not 48"):
        file.read("t")
    with pytest.raises(UserError, match="none cannot be read"):
        file.read("none")
    huge = state_dict({"t": tensor("0", 1 << 40, (12,), (1,))})
    archive(tmp_path / "b.pth", huge, {"0": bytes(48)})
    with pytest.raises(UserError, match=r"t has \d+ bytes, more than"):
        open_torch(tmp_path / "b.pth").read("t")


def test_a_compressed_archive_is_refused_unread(tmp_path: Path) -> None:
    bomb = {"0": bytes(1 << 24)}
    pickled = state_dict({"t": tensor("0", 1 << 22, (1 << 22,), (1,))})
    archive(tmp_path / "bomb.pth", pickled, bomb, zipfile.ZIP_DEFLATED)
    assert (tmp_path / "bomb.pth").stat().st_size < 1 << 16
    with pytest.raises(UserError, match="compressed, which PyTorch never does"):
        open_torch(tmp_path / "bomb.pth")


def test_old_truncated_and_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "old.pth").write_bytes(pickle.dumps(119547037146038801333356, protocol=2))
    with pytest.raises(UserError, match=r"bare pickle, as PyTorch wrote before version 1\.6"):
        open_weights(tmp_path / "old.pth")
    write_pth(tmp_path / "a.pth", ARRAYS)
    content = (tmp_path / "a.pth").read_bytes()
    (tmp_path / "cut.pth").write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match="damaged archive, perhaps cut short"):
        open_weights(tmp_path / "cut.pth")
    (tmp_path / "page.pth").write_bytes(b"<!DOCTYPE html>")
    with pytest.raises(UserError, match="of no format that is read"):
        open_weights(tmp_path / "page.pth")
    with pytest.raises(UserError, match="no weights at"):
        open_weights(tmp_path / "absent.pth")


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    write_pth(tmp_path / "a.pth", ARRAYS)
    content = bytearray((tmp_path / "a.pth").read_bytes())
    at = content.index(ARRAYS["a.weight"].tobytes())
    content[at + 3] ^= 1
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.weight cannot be read: Bad CRC"):
        open_torch(tmp_path / "a.pth").read("a.weight")
