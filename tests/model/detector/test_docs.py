"""The examples of docs/detecting.md run as they stand, one after the other."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from tests.conftest import ROOT

EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_examples_run(
    mindspore: None,
    sign: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    examples = EXAMPLE.findall((ROOT / "docs" / "detecting.md").read_text())
    assert len(examples) >= 5
    Pil.fromarray(sign).save(tmp_path / "photo.jpg", quality=95)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for example in examples:
        exec(example, names)
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "640 360 2"
    assert lines[-2] == "photo.jpg 2"
    assert lines[-1].startswith("skipped: ")
    assert "no_such_file.jpg" in lines[-1]
    assert str(names["text"]).startswith('{"width": 640')
