"""NumPy archives and safetensors: precise, and refused where they are not what they seem."""

import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from manifests.errors import UserError
from model.weights.opening import open_weights
from model.weights.safetensors_file import is_safetensors, read_safetensors, write_safetensors


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_numpy_archives_are_read(tmp_path: Path, save: object) -> None:
    array = np.arange(6.0).reshape(2, 3)
    save(tmp_path / "a.npz", a=array, b=array.astype(np.float16))  # type: ignore[operator]
    file = open_weights(tmp_path / "a.npz")
    assert file.names == ("a", "b")
    for name in file.names:
        read = file.read(name)
        assert read.dtype == np.float32
        np.testing.assert_array_equal(read, array)
    with pytest.raises(UserError, match="lacks c"):
        file.read("c")


def test_a_numpy_archive_never_unpickles(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.array([{}], dtype=object))
    with pytest.raises(UserError, match=r"a cannot be read.*allow_pickle"):
        open_weights(tmp_path / "a.npz").read("a")


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.weights.weight_file.MAX_BYTES", 1 << 16)
    path = write_zip(tmp_path / "a.npz", {"a.npy": npy(np.zeros(1 << 20, np.float32))})
    with pytest.raises(UserError, match=r"a has \d+ bytes, more than"):
        open_weights(path).read("a")


def test_sizes_of_a_numpy_archive_must_match(tmp_path: Path) -> None:
    whole = npy(np.zeros(100, np.float32))
    members = {"short.npy": whole[:-8], "long.npy": whole + b"more", "none.npy": b"no array"}
    file = open_weights(write_zip(tmp_path / "a.npz", members))
    for name, message in (("short", "cannot be read"), ("long", "longer than its header says")):
        with pytest.raises(UserError, match=f"{name}.*{message}"):
            file.read(name)
    with pytest.raises(UserError, match="none cannot be read"):
        file.read("none")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
def test_what_is_no_finite_number_is_refused(tmp_path: Path, bad: float) -> None:
    np.savez(tmp_path / "a.npz", a=np.array([1.0, bad]))
    with pytest.raises(UserError, match="a holds NaN or infinite numbers"):
        open_weights(tmp_path / "a.npz").read("a")


def test_safetensors_go_round(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    arrays = {"a": rng.standard_normal((2, 3)), "b": rng.standard_normal(4).astype(np.float16)}
    turned = {"a": arrays["a"].astype(np.float32).T, "b": arrays["b"]}
    path = tmp_path / "a.safetensors"
    write_safetensors(path, turned, {"config": "x: 1", "step": "3"})
    assert [item.name for item in tmp_path.iterdir()] == ["a.safetensors"]
    read, metadata = read_safetensors(path)
    assert metadata == {"config": "x: 1", "step": "3"}
    for name, array in turned.items():
        assert read[name].dtype == np.float32
        np.testing.assert_array_equal(read[name], array.astype(np.float32))


def test_a_header_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def count(path: Path, framework: str) -> object:
        opened.append(path)
        return safe_open(path, framework=framework)

    monkeypatch.setattr("model.weights.safetensors_file.safe_open", count)
    write_safetensors(tmp_path / "a.safetensors", {n: np.full(3, ord(n), "f4") for n in "abc"}, {})
    read, _ = read_safetensors(tmp_path / "a.safetensors")
    assert {name: array.tolist() for name, array in read.items()} == {
        name: [ord(name)] * 3 for name in "abc"
    }
    assert len(opened) == 1


def test_nothing_half_written_takes_the_place_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_safetensors(path, {"a": np.zeros(2)}, {})
    before = path.read_bytes()
    with pytest.raises(Exception, match="object"):
        write_safetensors(path, {"a": np.array([{}], dtype=object)}, {})
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["a.safetensors"]


def header(tree: object, data: bytes) -> bytes:
    text = json.dumps(tree).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"short",
        struct.pack("<Q", 1 << 60) + b"{",
        struct.pack("<Q", 2) + b"[]",
        header({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 8]}}, bytes(8)),
        header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, bytes(4)),
        header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}, bytes(16)),
        header({"a": {"dtype": "F99", "shape": [2], "data_offsets": [0, 8]}}, bytes(8)),
    ],
)
def test_damaged_safetensors_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(UserError, match="cannot be read as safetensors"):
        open_weights(path)


def test_safetensors_are_known_by_what_they_are(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "weights.bin", {"a": np.ones(2)}, {})
    assert open_weights(tmp_path / "weights.bin").format == "safetensors"


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (header({}, b""), True),
        (struct.pack("<Q", 2) + b"{}" + bytes(8), True),
        (struct.pack("<Q", 3) + b"{}", False),  # longer than the file
        (struct.pack("<Q", 2) + b"[]", False),
        (b"\n\x1b\n\x05a.b\x12{\x08\x02", False),  # a protocol buffer with a brace there
        (b"", False),
    ],
)
def test_their_first_bytes_tell(tmp_path: Path, content: bytes, wanted: bool) -> None:
    (tmp_path / "a").write_bytes(content)
    assert is_safetensors(tmp_path / "a") is wanted


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.ones(2))
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"a cannot be read: .*encrypted"):
        open_weights(tmp_path / "a.npz").read("a")


def test_a_shape_that_numpy_cannot_have_is_refused(tmp_path: Path) -> None:
    entry = {"dtype": "F32", "shape": [0, 1 << 62, 8], "data_offsets": [0, 0]}
    (tmp_path / "a.safetensors").write_bytes(header({"a": entry}, b""))
    with pytest.raises(UserError, match="cannot be read"):
        open_weights(tmp_path / "a.safetensors").read("a")
