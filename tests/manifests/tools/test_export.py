"""``export`` on the command line: what it says, and what it wrote is what it says."""

from pathlib import Path

import pytest

from manifests.__main__ import main
from manifests.exports import FORMATS


@pytest.mark.parametrize("kind", FORMATS)
def test_it_says_what_was_written(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    out = tmp_path / "out"
    options = ["--format", kind, "--data", str(corpus), "--out", str(out)]
    assert main(["export", "alpha", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{out}: 3 images, 5 regions, 2 of them don't-care"
    changed = [line.split()[0] for line in lines[1:]]
    assert changed == {"icdar": ["1"] * 3, "yolo-obb": ["1"] * 2}.get(kind, [])
    assert (out / "export.json").is_file() and not list(out.rglob("*beta*"))


def test_a_name_that_is_none_writes_nothing(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--format", "coco", "--data", str(corpus), "--out", str(tmp_path / "out")]
    assert main(["export", "gamma", *options]) == 2
    assert "there are alpha/train, beta/test" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
