"""Files of weights: NumPy's, PyTorch's, safetensors, MindSpore's."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from manifests.errors import UserError
from model.config import load_config
from model.weights.detector_file import read_detector
from model.weights.opening import open_weights
from model.weights.torch_pickle import RefusedError, read_tensors
from tests.fuzz.running import Run, Target
from tests.fuzz.targets.archives import packed
from tests.model.weights.torch_files import state_dict, tensor

_ARRAY = np.arange(6, dtype=np.float32).reshape(2, 3)
_PICKLE = state_dict({"a.weight": tensor("0", 6, (2, 3), (3, 1)), "b": tensor("0", 6, (6,), (1,))})
_OPCODES = tuple(bytes([code]) for code in b"()tRQcu}]seab\x85\x86\x87\x88\x89\x93\x94\x8aXqhrj.0N")
_NAMES = (b"cos\nsystem\n", b"cbuiltins\neval\n", b"ctorch\nFloatStorage\n", b"X\x02\0\0\0os")


def _read_all(suffix: str) -> Callable[[Path], Run]:
    def opened(folder: Path) -> Run:
        path = folder / f"x{suffix}"

        def run(content: bytes) -> None:
            path.unlink(missing_ok=True)  # a file that is mapped is not to be written over
            path.write_bytes(content)
            try:
                file = open_weights(path)
            except UserError:
                return
            for name in file.names[:8]:
                try:
                    file.read(name)
                except UserError:
                    continue

        return run

    return opened


def _pickle(folder: Path) -> Run:
    def run(content: bytes) -> None:
        try:
            read_tensors(content)
        except (RefusedError, ValueError, IndexError, KeyError):
            return
        except Exception as error:
            if type(error) not in (TypeError, AttributeError, UnicodeDecodeError):
                raise

    return run


def _detector(folder: Path) -> Run:
    path = folder / "x.safetensors"

    def run(content: bytes) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        try:
            read_detector(path)
        except UserError:
            return

    return run


def _npz() -> tuple[bytes, ...]:
    plain, small = io.BytesIO(), io.BytesIO()
    np.savez(plain, a=_ARRAY, b=_ARRAY.astype(np.float16))
    np.savez_compressed(small, a=_ARRAY)
    return plain.getvalue(), small.getvalue()


def _torch() -> tuple[bytes, ...]:
    return (
        packed({"x/data.pkl": _PICKLE, "x/data/0": _ARRAY.tobytes(), "x/byteorder": b"little"}),
    )


def _safetensors() -> tuple[bytes, ...]:
    about = {"config": load_config("lite").to_yaml(), "step": "7"}
    return save({"a": _ARRAY, "b": _ARRAY.astype(np.float16)}, metadata=about), save({"a": _ARRAY})


_HEADER = (
    b'"dtype":"BF16"',
    b'"shape":[',
    b'"data_offsets":[',
    b"F8_E4M3",
    b"I64",
    b"__metadata__",
)
TARGETS = (
    Target("torch_pickle", _pickle, lambda: (_PICKLE,), (*_OPCODES, *_NAMES)),
    Target("torch_zip", _read_all(".pth"), _torch, (*_OPCODES, *_NAMES)),
    Target("npz", _read_all(".npz"), _npz, (b"(1000000000,)", b"'|O'", b"'<f8'", b"fortran_order")),
    Target("safetensors", _read_all(".safetensors"), _safetensors, _HEADER),
    Target("detector", _detector, _safetensors, _HEADER),
)
