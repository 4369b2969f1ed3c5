"""The description names the files as they are and every column of them."""

from pathlib import Path

import pytest

from manifests.croissant.jsonld import document, identifier
from manifests.croissant.tables import IMAGES, REGIONS, write_tables
from manifests.identity import sha256_file


def test_it_describes_every_column_of_files_that_are_there(tmp_path: Path) -> None:
    write_tables([], tmp_path)
    found = document({"name": "x", "url": None}, tmp_path)
    assert found["name"] == "x" and "url" not in found
    for entry in found["distribution"]:
        path = tmp_path / entry["contentUrl"]
        assert entry["sha256"] == sha256_file(path)
        assert entry["contentSize"] == f"{path.stat().st_size} B"
    for records, known in zip(found["recordSet"], (IMAGES, REGIONS), strict=True):
        assert [field["name"] for field in records["field"]] == known.names
        assert all(field["description"] for field in records["field"])
        assert records["key"]["@id"] in [field["@id"] for field in records["field"]]


def test_regions_refer_to_their_images(tmp_path: Path) -> None:
    write_tables([], tmp_path)
    fields = document({}, tmp_path)["recordSet"][1]["field"]
    (reference,) = [f for f in fields if "references" in f]
    assert reference["@id"] == "regions/image_id"
    assert reference["references"] == {"field": {"@id": "images/image_id"}}


@pytest.mark.parametrize(("name", "expected"), [("a-b_C1", "a-b_C1"), ("a b/ü", "a-b--")])
def test_names_have_only_what_is_allowed(name: str, expected: str) -> None:
    assert identifier(name) == expected
