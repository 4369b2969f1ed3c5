"""Shards: every row once, in the mix's order, readable anywhere, rebuilt only when they must be."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from mindspore.dataset import MindDataset, vision

from manifests.errors import UserError
from manifests.images import encode_png
from manifests.mixes import known_mixes, load_mix
from manifests.packing import unpack_regions
from manifests.reading import open_manifest
from manifests.shardset import open_shards
from pipelines import mindrecord, runner
from pipelines.mindrecord import Pages, read_shards
from pipelines.normalize import normalize
from pipelines.shard import find
from pipelines.shard import shard as shard_mixes
from tests.pipelines.conftest import ONE_WORKER, PICTURES, make_raw, picture


def shard(
    data: Path, mix: str, raw: Path | None = None, beam_options: list[str] = ONE_WORKER
) -> str:
    (line,) = shard_mixes(data, [mix], raw, beam_options=beam_options)
    return line


MIX = """
seed: {seed}
shards: 3
members:
- {{dataset: icdar13, split: train, min_care: {min_care}}}
- {{dataset: icdar11, split: train}}
- {{dataset: svt, split: train}}
"""


@pytest.fixture(scope="module")
def mix(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("mix") / "mine.yaml"
    path.write_text(MIX.format(seed=1, min_care=0))
    return str(path)


@pytest.fixture(scope="module")
def sharded(data: Path, mix: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sharded") / "data"
    shutil.copytree(data, folder)
    message = shard(folder, mix, beam_options=ONE_WORKER)
    assert message == (
        f"mine: {PICTURES + 6} images in 3 shards, because there were none "
        "(without svt/train: no manifest)"
    )
    return folder


def test_so_few_are_written_without_workers_to_the_same_bytes(
    data: Path, mix: str, sharded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(runner, "run")
    mine = tmp_path / "data"
    shutil.copytree(data, mine)
    shard(mine, mix, beam_options=[])
    here, there = open_shards(mine, "mine"), open_shards(sharded, "mine")
    assert here.info == there.info
    here.verify()


def test_every_image_stands_in_the_shards_once(sharded: Path) -> None:
    shards = open_shards(sharded, "mine")
    rows = list(read_shards(shards.files))
    expected = {
        row["image_id"]: row
        for name in ("icdar11", "icdar13")
        for manifest in [open_manifest(sharded, name, "train")]
        for row in manifest.rows()
    }
    assert sorted(row["image_id"] for row in rows) == sorted(expected)
    assert shards.images == len(rows) == PICTURES + 6
    for row in rows:
        wanted = expected[row["image_id"]]
        polygons, care = unpack_regions(row["regions"])
        assert [points.ravel().tolist() for points in polygons] == [
            region["polygon"] for region in wanted["regions"]
        ]
        assert care.tolist() == [region["care"] for region in wanted["regions"]]
        assert (row["width"], row["height"]) == (wanted["width"], wanted["height"])


def test_the_seed_fixes_the_order(sharded: Path, data: Path, tmp_path: Path) -> None:
    orders = []
    for seed in (1, 2):
        path = tmp_path / f"seed{seed}.yaml"
        path.write_text(MIX.format(seed=seed, min_care=0))
        mine = tmp_path / str(seed)
        shutil.copytree(data, mine)
        shard(mine, str(path), beam_options=[f"--direct_num_workers={3 - seed}"])
        shards = open_shards(mine, f"seed{seed}")
        orders.append([row["image_id"] for row in read_shards(shards.files)])
    first = [row["image_id"] for row in read_shards(open_shards(sharded, "mine").files)]
    assert orders[0] == first, "workers, and the mix's name, do not matter"
    assert orders[1] != first
    assert sorted(orders[1]) == sorted(first)
    assert first != sorted(first)


def test_mindspore_decodes_every_picture_to_its_manifest_size(sharded: Path) -> None:
    paths = [str(path) for path in open_shards(sharded, "mine").files]
    rows = MindDataset(paths, shuffle=False, num_parallel_workers=1)
    rows = rows.map(vision.Decode(), ["image"], num_parallel_workers=1)
    count = 0
    for row in rows.create_dict_iterator(num_epochs=1, output_numpy=True):
        assert row["image"].shape == (int(row["height"]), int(row["width"]), 3)
        count += 1
    assert count == PICTURES + 6


def test_nothing_is_rebuilt_without_need(sharded: Path, mix: str) -> None:
    before = {p.name: p.stat().st_mtime_ns for p in open_shards(sharded, "mine").folder.iterdir()}
    assert "up to date" in shard(sharded, mix, beam_options=ONE_WORKER)
    after = {p.name: p.stat().st_mtime_ns for p in open_shards(sharded, "mine").folder.iterdir()}
    assert after == before


def test_a_changed_manifest_or_mix_rebuilds(tmp_path: Path) -> None:
    raw, data, path = tmp_path / "raw", tmp_path / "data", tmp_path / "mine.yaml"
    make_raw(raw)
    path.write_text(MIX.format(seed=1, min_care=0))
    normalize(raw, data, beam_options=ONE_WORKER)
    shard(data, str(path), beam_options=ONE_WORKER)
    truth = raw / "icdar13" / "Challenge2_Training_Task1_GT" / "gt_100.txt"
    truth.write_text('1 2 30 21 "word"\n')
    normalize(raw, data, beam_options=ONE_WORKER)
    assert "one of its manifests changed" in shard(data, str(path), beam_options=ONE_WORKER)
    regions = {
        row["image_id"]: row["regions"] for row in read_shards(open_shards(data, "mine").files)
    }
    assert unpack_regions(regions["icdar13/train/100"])[0][0].max() == 31
    truth.write_text("")
    normalize(raw, data, beam_options=ONE_WORKER)
    path.write_text(MIX.format(seed=1, min_care=1))
    assert "because the mix" in shard(data, str(path), beam_options=ONE_WORKER)
    info = open_shards(data, "mine").info
    assert info["inputs"][0] | {"fingerprint": ""} == {
        "name": "icdar13/train",
        "fingerprint": "",
        "images": PICTURES,
        "taken": PICTURES - 1,
        "too_little_text": 1,
        "other_portion": 0,
    }


def test_shards_can_move(sharded: Path, tmp_path: Path) -> None:
    wanted = [row["image_id"] for row in read_shards(open_shards(sharded, "mine").files)]
    shutil.copytree(sharded, tmp_path / "elsewhere")
    moved = open_shards(tmp_path / "elsewhere", "mine")
    moved.verify()
    assert [row["image_id"] for row in read_shards(moved.files)] == wanted


def test_a_flipped_bit_is_found_and_mended(sharded: Path, mix: str, tmp_path: Path) -> None:
    mine = tmp_path / "data"
    shutil.copytree(sharded, mine)
    path = open_shards(mine, "mine").files[1]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"mindrecord1 is missing or not what was written"):
        open_shards(mine, "mine").verify()
    assert "damaged" in shard(mine, mix, beam_options=ONE_WORKER)
    open_shards(mine, "mine").verify()


@pytest.mark.parametrize("key", ["key", "files", "inputs", "images"])
def test_a_damaged_index_is_mended(sharded: Path, mix: str, tmp_path: Path, key: str) -> None:
    mine = tmp_path / "data"
    shutil.copytree(sharded, mine)
    path = mine / "shards" / "mine" / "shards.json"
    info = json.loads(path.read_text())
    del info[key]
    path.write_text(json.dumps(info))
    with pytest.raises(UserError, match="cannot be read"):
        open_shards(mine, "mine")
    if key == "key":
        assert "damaged" in shard(mine, mix, beam_options=ONE_WORKER)
        open_shards(mine, "mine").verify()


def test_two_mixes_of_one_name_are_refused(sharded: Path, mix: str, tmp_path: Path) -> None:
    other = tmp_path / Path(mix).name
    other.write_text(MIX.format(seed=2, min_care=0))
    for twice in ([mix, mix], [mix, str(other)]):
        with pytest.raises(UserError, match="two mixes have the name mine"):
            shard_mixes(sharded, twice, force=True, beam_options=ONE_WORKER)
    open_shards(sharded, "mine").verify()


def test_a_picture_that_changed_since_is_an_error(
    raw: Path, data: Path, mix: str, tmp_path: Path
) -> None:
    other, mine = tmp_path / "raw", tmp_path / "data"
    shutil.copytree(raw, other)
    shutil.copytree(data, mine)
    path = other / "icdar13" / "Challenge2_Training_Task12_Images" / "120.jpg"
    path.write_bytes(picture(7))
    for workers in ("1", "2"):
        with pytest.raises(UserError, match=r"120\.jpg is not the picture that was normalized"):
            shard(mine, mix, other, beam_options=[f"--direct_num_workers={workers}"])
    path.unlink()
    with pytest.raises(UserError, match=r"120\.jpg cannot be read"):
        shard(mine, mix, other, beam_options=ONE_WORKER)
    assert not (mine / "shards" / "mine").exists()


def test_a_mix_without_any_manifest_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="none of icdar13/test"):
        shard(tmp_path, "test", beam_options=ONE_WORKER)


def test_without_a_name_every_mix_that_has_a_manifest_is_built(data: Path, tmp_path: Path) -> None:
    mine = tmp_path / "data"
    shutil.copytree(data, mine)
    said = shard_mixes(mine, beam_options=ONE_WORKER)
    assert [line.partition(":")[0] for line in said] == known_mixes()
    assert "test: skipped, no manifest of icdar13/test" in said
    built = sorted(path.name for path in (mine / "shards").iterdir())
    assert built == ["finetune", "icdar_train", "pretrain"]
    assert open_shards(mine, "finetune").images == PICTURES + 6
    with pytest.raises(UserError, match="no manifest below"):
        shard_mixes(tmp_path / "empty", beam_options=ONE_WORKER)


def test_a_mix_of_none_of_the_manifests_is_told_which_there_are(data: Path, tmp_path: Path) -> None:
    mix = tmp_path / "mine.yaml"
    mix.write_text("members:\n  - {dataset: icdar13, split: val}\n")
    words = "none of icdar13/val is there, but icdar11/train, icdar13/train; run"
    with pytest.raises(UserError, match=words):
        shard_mixes(data, [mix], beam_options=ONE_WORKER)


def test_pages_hold_the_largest_row() -> None:
    for total, largest in ((0, 0), (10_000, 9_000), (1 << 34, 90_000), (1 << 27, 1 << 26)):
        pages = Pages.holding(total, largest)
        assert pages.page >= 2 * largest
        assert pages.page.bit_count() == 1
        assert 1 << 16 <= pages.page <= 1 << 28
    with pytest.raises(ValueError, match="more than a MindRecord page"):
        Pages.holding(1 << 30, 1 << 28)


@pytest.mark.parametrize("largest", [300, 20_000, 400_000])
def test_files_do_not_depend_on_how_many_rows_are_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    chance = np.random.default_rng(largest)
    rows = [
        {
            "image_id": f"made/up/{'x' * int(chance.integers(150))}{number}",
            "image": chance.bytes(int(chance.integers(1, largest))),
            "width": 3,
            "height": 2,
            "exhaustive": 1,
            "regions": chance.bytes(int(chance.integers(1, 900))),
        }
        for number in range(200)
    ]
    pages = Pages.holding(sum(len(row["image"]) + 9_000 for row in rows), largest + 9_000)
    written = []
    for most in (1, 7, 64):
        monkeypatch.setattr(mindrecord, "_MOST_ROWS", most)
        folder = tmp_path / str(most)
        folder.mkdir()
        assert mindrecord.write_shard(folder / "a.mindrecord0", rows, pages) == len(rows)
        written.append([path.read_bytes() for path in sorted(folder.iterdir())])
    assert written[0] == written[1] == written[2]


def test_shards_with_rows_of_different_sizes_are_read_as_one_set(tmp_path: Path) -> None:
    """MindRecord refuses a set of files whose pages differ in size."""
    raw, data = tmp_path / "raw", tmp_path / "data"
    make_raw(raw)
    noise = np.random.default_rng(0).integers(0, 255, (700, 900, 3), dtype=np.uint8)
    large = raw / "icdar13" / "Challenge2_Training_Task12_Images" / "120.jpg"
    large.write_bytes(encode_png(noise))
    normalize(raw, data, beam_options=ONE_WORKER)
    shard_mixes(data, ["finetune"], beam_options=ONE_WORKER)
    shards = open_shards(data, "finetune")
    assert len(shards.files) == 8
    assert sum(1 for _ in read_shards(shards.files)) == PICTURES + 6


def test_the_index_describes_the_files(sharded: Path) -> None:
    shards = open_shards(sharded, "mine")
    info = json.loads((shards.folder / "shards.json").read_text())
    rows = [entry["rows"] for entry in info["files"]]
    assert sum(rows) == PICTURES + 6
    assert min(rows) > 10, "shards are balanced as far as chance is"
    assert info["absent"] == ["svt/train"]
    assert np.all([path.stat().st_mode & 0o777 == 0o644 for path in shards.files])


def test_pairs_that_a_mix_allows_later_stand_in_the_index_of_the_same_shards(
    sharded: Path, mix: str, tmp_path: Path
) -> None:
    before = open_shards(sharded, "mine")
    path = tmp_path / "mine.yaml"
    pair = "allow_pairs:\n- {images: [icdar13/train/100, icdar13/test/img_1], because: two}\n"
    path.write_text(Path(mix).read_text() + pair)
    assert shard(sharded, str(path)).startswith("mine: shards are up to date")
    after = open_shards(sharded, "mine")
    assert after.mix == load_mix(str(path))
    assert after.mix is not None
    assert after.mix.allow_pairs
    assert (after.digest, after.key) == (before.digest, before.key)
    assert shard(sharded, mix).startswith("mine: shards are up to date")
    assert open_shards(sharded, "mine").info == before.info


def test_a_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import mindrecord

    def full(*_: object) -> None:
        raise RuntimeError("No enough disk, available free disk size: 0")

    monkeypatch.setattr(mindrecord.FileWriter, "commit", full)
    with pytest.raises(OSError, match="No space left on device"):
        mindrecord.write_shard(tmp_path / "a.mindrecord0", [], mindrecord.Pages.holding(9, 9))


def test_one_changed_annotation_changes_one_file(
    raw: Path, sharded: Path, mix: str, tmp_path: Path
) -> None:
    mine, other = tmp_path / "data", tmp_path / "raw"
    shutil.copytree(sharded, mine)
    shutil.copytree(raw, other)
    before = {path.name: path.read_bytes() for path in open_shards(mine, "mine").files}
    truth = other / "icdar13" / "Challenge2_Training_Task1_GT"
    (truth / "gt_110.txt").write_text('1 2 30 21 "word"\n')
    normalize(other, mine, beam_options=ONE_WORKER)
    why = "because the mix or one of its manifests changed"
    (planned,) = find(mine, [mix]).planned()
    assert planned.startswith(f"mine: would write 1 of 3 shards, {why}")
    assert f"76 images in 3 shards, 2 of them as they were, {why}" in shard(mine, mix, other)
    shards = open_shards(mine, "mine")
    shards.verify()
    changed = [path.name for path in shards.files if before[path.name] != path.read_bytes()]
    assert len(changed) == 1
    rows = {row["image_id"]: row["regions"] for row in read_shards(shards.files)}
    assert len(rows) == PICTURES + 6
    assert unpack_regions(rows["icdar13/train/110"])[0][0].max() == 31
    fresh = tmp_path / "fresh"
    shutil.copytree(mine / "manifests", fresh / "manifests")
    shard(fresh, mix)
    same = open_shards(fresh, "mine")
    assert same.info == shards.info
    assert [path.read_bytes() for path in same.files] == [p.read_bytes() for p in shards.files]


def test_a_damaged_file_is_not_taken_over(
    raw: Path, sharded: Path, mix: str, tmp_path: Path
) -> None:
    mine, other = tmp_path / "data", tmp_path / "raw"
    shutil.copytree(sharded, mine)
    shutil.copytree(raw, other)
    for path in open_shards(mine, "mine").files:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    (other / "icdar13" / "Challenge2_Training_Task1_GT" / "gt_110.txt").write_text("")
    normalize(other, mine, beam_options=ONE_WORKER)
    shard(mine, mix, other)
    open_shards(mine, "mine").verify()
