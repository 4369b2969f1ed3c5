"""The benchmark of backends measures what it says."""

import time
from pathlib import Path

import pytest

from benchmarks.backends import KEYS, measure
from model.__main__ import main
from tests.model.export.small import write_small


def test_one_backend_is_measured(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="needs the packages onnx and onnxruntime")
    pytest.importorskip("onnxruntime", reason="needs the packages onnx and onnxruntime")
    checkpoint, out = write_small(tmp_path / "a.safetensors"), tmp_path / "a.onnx"
    assert (
        main(["export", "--checkpoint", str(checkpoint), "--format", "ONNX", "--out", str(out)])
        == 0
    )
    found = measure(str(out), [], 2, time.time() - 3)
    assert set(found) == set(KEYS)
    assert found["start"] > 3
    assert min(found.values()) > 0
    assert found["memory"] > 20
