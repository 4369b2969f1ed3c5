"""The examples of docs/export.md run as they stand, one after the other."""

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pil

from model.__main__ import main
from model.export.backends import open_backend
from model.outputs import text_proposals
from tests.conftest import ROOT

EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx", reason="needs the packages onnx and onnxruntime")
    pytest.importorskip("onnxruntime", reason="needs the packages onnx and onnxruntime")
    image = np.full((500, 800, 3), (60, 90, 70), np.uint8)
    cv2.putText(image, "EXIT market", (60, 120), cv2.FONT_HERSHEY_SIMPLEX, 2, (250,) * 3, 5)
    Pil.fromarray(image).save(tmp_path / "photo.jpg", quality=95)
    monkeypatch.chdir(tmp_path)
    assert main(["export", "--format", "ONNX", "--dynamic"]) == 0
    names: dict[str, Any] = {}
    for example in EXAMPLE.findall((ROOT / "docs" / "export.md").read_text()):
        exec(example, names)
    assert len(names["found"]) > 0
    backend = open_backend(Path("lite.onnx"))
    proposals = text_proposals(backend.outputs(names["picture"]), backend.config)
    assert len(proposals) > 5
    # Suppression only takes away: every proposal stands among the slices of the example.
    top = names["boxes"][:, 1] / (500 / names["placed"][1])
    for column, y in zip(proposals.column, proposals.top, strict=True):
        assert np.isclose(top[names["column"] == column], y, atol=0.01).any()
