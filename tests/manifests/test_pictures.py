"""The bytes of a row's picture are those that were normalized, or an error says what to do."""

from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.identity import sha256_bytes
from manifests.pictures import read_picture


def test_the_bytes_are_those_of_the_digest(tmp_path: Path) -> None:
    row = {"image_uri": "a/b.jpg", "image_sha256": sha256_bytes(b"picture")}
    with pytest.raises(UserError, match="--raw"):
        read_picture(row, tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.jpg").write_bytes(b"picture")
    assert read_picture(row, tmp_path) == b"picture"
    (tmp_path / "a" / "b.jpg").write_bytes(b"Picture")
    with pytest.raises(UserError, match="is not the picture that was normalized"):
        read_picture(row, tmp_path)
