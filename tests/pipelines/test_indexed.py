"""Records: what an image is called."""

from pathlib import PurePosixPath

import pytest

from pipelines.indexed import Record


@pytest.mark.parametrize(
    "name", ["a.jpg", "a", ".a", "a.", "a.b.c", "..", ".", "", "x/a.jpg", "x\\a.jpg", "x/", "x/."]
)
def test_a_record_is_named_as_a_path_would_be(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    record = Record(name, "", ())
    assert (record.file_name, record.stem) == (path.name, PurePosixPath(path.name).stem)
