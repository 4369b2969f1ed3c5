"""Manifests: parts in any order give the same bytes; lost rows never pass."""

import itertools
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import schema, writing
from manifests.errors import UserError
from manifests.geometry import polygon_from_box
from manifests.ledger import Ledger, LedgerError
from manifests.reading import find_manifests, open_manifest
from manifests.records import Image, Refusal, Region
from manifests.vocabulary import IgnoreReason, Kind, Reason
from manifests.writing import Part, assemble, content_digest, images_table, write_part


def region(image_id: str, number: int, ignore: IgnoreReason | None = None) -> Region:
    polygon = polygon_from_box(number, 2, number + 10, 9)
    return Region(f"{image_id}#{number}", polygon, 'a,"b" ', "raw", number, ignore)


def image(number: int) -> Image:
    image_id = f"toy/train/img_{number:03d}"
    regions = (region(image_id, 1), region(image_id, 2, IgnoreReason.MARKED))
    return Image(
        image_id,
        "toy",
        "train",
        f"toy/{number}.png",
        "0" * 64,
        64,
        48,
        "PNG",
        "RGB",
        f"toy/{number}.txt",
        True,
        regions,
    )


REFUSAL = Refusal(Kind.REGION, "toy", "train", "toy/1.txt", Reason.BAD_LINE, "why", "x", 3, "??")
SEEN = Ledger(images_seen=3, regions_seen=7)


def parts(folder: Path, count: int = 3) -> list[Part]:
    folder.mkdir()
    return [
        write_part(folder, i, [image(3 * i + j) for j in range(3)], [REFUSAL], SEEN)
        for i in range(count)
    ]


def publish(data: Path, made: list[Part], scratch: Path) -> Path:
    folder = data / "manifests" / "toy" / "train"
    folder.mkdir(parents=True)
    assemble(scratch, made, folder, {"dataset": "toy", "split": "train"})
    return folder


def test_the_order_of_parts_does_not_matter(tmp_path: Path) -> None:
    made = parts(tmp_path / "scratch")
    one = publish(tmp_path / "one", made, tmp_path / "scratch")
    two = publish(tmp_path / "two", made[::-1], tmp_path / "scratch")
    for name in ("images.parquet", "quarantine.parquet", "manifest.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    ids = pq.read_table(one / "images.parquet")["image_id"].to_pylist()
    assert ids == sorted(ids)
    assert len(ids) == 9


def test_the_ledger_is_counted_from_the_rows(tmp_path: Path) -> None:
    folder = publish(tmp_path / "data", parts(tmp_path / "scratch"), tmp_path / "scratch")
    ledger = json.loads((folder / "manifest.json").read_text())["ledger"]
    assert ledger["images"] == {"seen": 9, "kept": 9, "quarantined": 0, "quarantined_by_reason": {}}
    assert ledger["regions"] == {
        "seen": 21,
        "care": 9,
        "dont_care": 9,
        "dont_care_by_reason": {"marked": 9},
        "quarantined": 3,
        "quarantined_by_reason": {"bad_line": 3},
    }


@pytest.mark.parametrize("change", [{"images_seen": 4}, {"regions_seen": 6}])
def test_a_part_that_lost_a_row_is_not_written(tmp_path: Path, change: dict[str, int]) -> None:
    with pytest.raises(LedgerError):
        write_part(tmp_path, 0, [image(i) for i in range(3)], [REFUSAL], replace(SEEN, **change))
    assert list(tmp_path.iterdir()) == []


def test_rows_lost_between_part_and_manifest_are_noticed(tmp_path: Path) -> None:
    made = parts(tmp_path / "scratch")
    other = write_part(tmp_path / "scratch", 9, [], [], Ledger())
    swapped = [replace(made[0], images=other.images), *made[1:]]
    with pytest.raises(LedgerError, match="images: 9 seen, 6 accounted for"):
        publish(tmp_path / "data", swapped, tmp_path / "scratch")


def test_large_sets_are_many_files_in_one_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(writing.ROWS_PER_FILE, "images", 4)
    folder = publish(tmp_path / "data", parts(tmp_path / "scratch"), tmp_path / "scratch")
    manifest = open_manifest(tmp_path / "data", "toy", "train")
    assert [path.name for path in manifest.files("images")] == [
        f"images-0000{i}.parquet" for i in range(3)
    ]
    assert [row["image_id"] for row in manifest.rows(["image_id"])] == [
        image(i).image_id for i in range(9)
    ]
    manifest.verify()
    assert sorted(path.name for path in folder.iterdir())[:3] == [
        "images-00000.parquet",
        "images-00001.parquet",
        "images-00002.parquet",
    ]


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    table = images_table([image(1)])
    assert content_digest(table) == content_digest(images_table([image(1)]))
    assert content_digest(table) == content_digest(table.replace_schema_metadata({"a": "b"}))
    changed = replace(image(1), regions=(replace(image(1).regions[0], text="other"),))
    assert content_digest(table) != content_digest(images_table([changed]))


@given(
    st.lists(st.sampled_from([0, 1, 2, 9]), max_size=24),
    st.lists(st.integers(0, 24), max_size=6),
    st.integers(1, 9),
)
def test_however_rows_are_parted_fingerprint_and_bytes_are_the_same(
    regions: list[int], cuts: list[int], group: int
) -> None:
    """Regions an image, of which some have no text and some no reason; where parts begin."""
    ignored = (None, IgnoreReason.MARKED)
    images = []
    for n, count in enumerate(regions):
        name = image(n).image_id
        mine = [region(name, i, ignored[(n + i) % 2]) for i in range(count)]
        texts = [replace(each, text=None) if n % 3 else each for each in mine]
        images.append(replace(image(n), regions=tuple(texts), exhaustive=n % 5 > 1))
    places = [0, *sorted(min(cut, len(images)) for cut in cuts), len(images)]
    made = []
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "ROWS_PER_GROUP", group)
        patch.setitem(writing.ROWS_PER_FILE, "images", 10 * group)
        for run, edges in enumerate([[0, len(images)], places]):
            scratch, folder = Path(name, f"{run}"), Path(name, f"of-{run}")
            scratch.mkdir()
            folder.mkdir()
            written = []
            for index, (low, high) in enumerate(itertools.pairwise(edges)):
                some = images[low:high]
                count = sum(len(each.regions) for each in some) + 1
                seen = Ledger(images_seen=len(some), regions_seen=count)
                written.append(write_part(scratch, index, some, [REFUSAL], seen))
            assemble(scratch, written, folder, {"dataset": "toy", "split": "train"})
            info = json.loads((folder / "manifest.json").read_text())
            images_files = [f["sha256"] for f in info["files"] if f["name"].startswith("images")]
            made.append((info["fingerprint"], images_files))
    assert made[0] == made[1]


def test_the_schema_describes_itself(tmp_path: Path) -> None:
    folder = publish(tmp_path / "data", parts(tmp_path / "scratch"), tmp_path / "scratch")
    for name in ("images", "quarantine"):
        read = pq.read_schema(folder / f"{name}.parquet")
        assert read.metadata[b"schema_version"].decode() == schema.SCHEMA_VERSION
        assert all(read.field(i).metadata[b"description"] for i in range(len(read)))


def test_an_empty_split_is_published_with_its_columns(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    part = write_part(tmp_path / "scratch", 0, [], [], Ledger())
    publish(tmp_path / "data", [part], tmp_path / "scratch")
    manifest = open_manifest(tmp_path / "data", "toy", "train")
    assert list(manifest.rows()) == []
    assert pq.read_schema(manifest.files("images")[0]).equals(schema.IMAGES)


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    folder = publish(tmp_path / "data", parts(tmp_path / "scratch"), tmp_path / "scratch")
    manifest = find_manifests(tmp_path / "data")[0]
    manifest.verify()
    data = bytearray((folder / "images.parquet").read_bytes())
    data[100] ^= 1
    (folder / "images.parquet").write_bytes(data)
    with pytest.raises(UserError, match=r"images.parquet .*--only toy"):
        manifest.verify()


def test_a_missing_or_foreign_manifest_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="normalize"):
        open_manifest(tmp_path, "toy", "train")
    folder = publish(tmp_path, parts(tmp_path / "scratch"), tmp_path / "scratch")
    (folder / "manifest.json").write_text('{"schema_version": "2.0.0"}')
    with pytest.raises(UserError, match=r"schema 2\.0\.0"):
        find_manifests(tmp_path)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        find_manifests(tmp_path)


def test_names_that_are_no_text_are_stored_escaped() -> None:
    refusal = replace(REFUSAL, source_uri="toy/\udcff.txt", detail="é")
    row = writing.quarantine_table([refusal]).to_pylist()[0]
    assert row["source_uri"] == "toy/\\udcff.txt"
    assert row["detail"] == "é"
