"""The normalize pipeline: same bytes on any number of workers, and no silent loss."""

import json
import shlex
import shutil
from pathlib import Path

import pytest

from manifests.__main__ import main
from manifests.errors import UserError
from manifests.ledger import Ledger
from manifests.reading import Manifest, find_manifests, open_manifest
from manifests.writing import write_part
from pipelines import normalize as pipeline
from pipelines.__main__ import main as pipelines_main
from pipelines.chunks import write_chunks
from pipelines.jobs import NormalizeJob
from pipelines.normalize import describe, normalize, publish_split
from pipelines.plan import plan
from pipelines.source import Entry
from tests.pipelines.conftest import ODD, ONE_WORKER, PICTURES, make_raw


def test_all_that_is_there_comes_out(manifest: Manifest) -> None:
    ledger = manifest.info["ledger"]
    assert ledger["images"]["seen"] == PICTURES + 1
    assert ledger["images"]["kept"] == PICTURES
    assert ledger["images"]["quarantined_by_reason"] == {"image_missing": 1}
    assert ledger["regions"]["seen"] == 2 * (PICTURES - 1) + 1
    assert ledger["regions"]["quarantined_by_reason"] == {"image_refused": 1}
    rows = list(manifest.rows())
    assert [row["image_id"] for row in rows] == [
        f"icdar13/train/{number}" for number in range(100, 100 + PICTURES)
    ]
    assert rows[0]["regions"] == []
    thin = rows[1]["regions"][1]
    assert (thin["text"], thin["box"]) == ("|", {"left": 5, "top": 25, "right": 6, "bottom": 41})
    assert (thin["source_line"], thin["raw"]) == (2, '5 25 5 40 "|"')


def test_what_was_refused_is_listed_by_the_command_that_is_printed(
    data: Path, manifest: Manifest, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = open_manifest(data, "icdar11", "train")
    table = describe([whole])
    assert "refused" not in table.partition("\n")[2].partition("\n")[2]
    *_, said, place = describe([whole, manifest]).splitlines()
    assert place == f"  (quarantine*.parquet in {manifest.folder})"
    python, option, package, *arguments = shlex.split(said.removeprefix("all that was refused: "))
    assert (python, option, package) == ("python", "-m", "manifests")
    assert main([*arguments, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["reason"] for row in rows] == ["image_missing", "image_refused"]
    assert {(row["dataset"], row["kind"]) for row in rows} == {
        ("icdar13", "image"),
        ("icdar13", "region"),
    }


def test_every_kind_that_was_refused_is_told_with_its_reason(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    make_raw(raw)
    truth = raw / "icdar13" / "Challenge2_Training_Task1_GT"
    (truth / "gt_101.txt").write_text('1 2 30 20 "word"\nno numbers\n')
    (truth / "notes.doc").write_text("?")
    normalize(raw, tmp_path / "data", ["icdar13"], ONE_WORKER)
    lines = describe([open_manifest(tmp_path / "data", "icdar13", "train")]).splitlines()
    assert [line.partition(":")[2].partition(":")[0].strip() for line in lines[3:-2]] == [
        "1 image refused, image_missing",
        "1 region refused, bad_coordinates",
        "1 file refused, stray_file",
    ]


def test_a_split_of_which_nothing_was_kept_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw, data = tmp_path / "raw", tmp_path / "data"
    make_raw(raw)
    for picture in (raw / "icdar13" / "Challenge2_Training_Task12_Images").iterdir():
        picture.write_bytes(b"no picture")
    arguments = ["normalize", "--raw", str(raw), "--data", str(data), "--only"]
    assert pipelines_main([*arguments, "icdar13"]) == 0
    warnings = [it for it in capsys.readouterr().err.splitlines() if it.startswith("warning: ")]
    assert [it.partition(" images")[0] for it in warnings] == [
        f"warning: icdar13/train: none of {PICTURES + 1}"
    ]
    assert pipelines_main([*arguments, "icdar11"]) == 0
    assert "warning" not in capsys.readouterr().err
    (raw / "svt").mkdir()
    (raw / "svt" / "train.xml").write_text("<tagset><image>")
    assert pipelines_main([*arguments, "svt"]) == 0
    assert "warning: svt/train: no image was kept" in capsys.readouterr().err


def test_the_sources_are_named_with_their_digests(manifest: Manifest) -> None:
    uris = [source["uri"] for source in manifest.info["sources"]]
    assert uris == [
        "icdar13/Challenge2_Training_Task12_Images",
        "icdar13/Challenge2_Training_Task1_GT",
    ]
    assert all(len(source["sha256"]) == 64 for source in manifest.info["sources"])


def test_two_workers_write_the_same_bytes(raw: Path, data: Path, tmp_path: Path) -> None:
    normalize(raw, tmp_path, beam_options=["--direct_num_workers=2"])
    ours, theirs = data / "manifests", tmp_path / "manifests"
    names = sorted(path.relative_to(ours) for path in ours.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(theirs) for path in theirs.rglob("*") if path.is_file())
    assert len(names) == 8
    for name in names:
        assert (ours / name).read_bytes() == (theirs / name).read_bytes(), name
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".lock",
        "logs",
        "manifests",
        "state",
    ]


def test_gifs_and_other_formats_are_kept(data: Path) -> None:
    rows = {row["image_id"]: row for row in open_manifest(data, "icdar11", "train").rows()}
    assert set(rows) == {f"icdar11/train/img_{name.partition('.')[0]}" for name in ODD}
    turned = rows["icdar11/train/img_turned"]
    assert (turned["width"], turned["height"]) == (48, 64)


def test_what_is_absent_is_named_with_where_to_get_it(raw: Path) -> None:
    found = plan(raw)
    assert found.present == [("icdar11", "train"), ("icdar13", "train")]
    advice = {item.name: item.advice for item in found.absent}
    assert "Challenge2_Test_Task12_Images" in advice["icdar13/test"]
    assert "http" in advice["svt/train"]


def test_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing to normalize") as caught:
        plan(tmp_path)
    assert "icdar15/train" in str(caught.value)
    with pytest.raises(UserError, match="not a folder"):
        plan(tmp_path / "gone")
    with pytest.raises(UserError, match="no dataset icdar14; known are"):
        plan(tmp_path, ["icdar14"])


def test_a_damaged_archive_is_named(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "icdar15").mkdir()
    (tmp_path / "icdar15" / "ch4_training_images.zip").write_bytes(b"PK not really")
    with pytest.raises(UserError, match=r"ch4_training_images\.zip is not a readable"):
        normalize(tmp_path, tmp_path / "data", beam_options=ONE_WORKER)


def test_manifests_of_two_raw_roots_do_not_mix(raw: Path, data: Path, tmp_path: Path) -> None:
    mine = tmp_path / "data"
    shutil.copytree(data, mine)
    other = tmp_path / "raw"
    shutil.copytree(raw / "icdar11", other / "icdar11")
    with pytest.raises(UserError, match="use another --data"):
        normalize(other, mine, beam_options=ONE_WORKER)


def test_data_inside_the_raw_root_is_refused(raw: Path) -> None:
    for data in (raw, raw / "icdar13", raw / "new"):
        with pytest.raises(UserError, match="never written to"):
            normalize(raw, data, beam_options=ONE_WORKER)
    assert sorted(path.name for path in raw.iterdir()) == ["icdar11", "icdar13"]


def test_a_damaged_manifest_does_not_stop_its_remedy(raw: Path, data: Path, tmp_path: Path) -> None:
    mine = tmp_path / "data"
    shutil.copytree(data, mine)
    path = mine / "manifests" / "icdar13" / "train" / "manifest.json"
    for text in ('{"schema_version": "1.0.0"}', '{"schema_version": 1}', "[]", "{"):
        path.write_text(text)
        with pytest.raises(UserError, match="cannot be read"):
            find_manifests(mine)
    normalize(raw, mine, ["icdar13", "icdar13"], beam_options=ONE_WORKER)
    assert len(find_manifests(mine)) == 2


def test_the_fingerprint_is_of_the_kept_rows_alone(raw: Path, data: Path, tmp_path: Path) -> None:
    mine, more = tmp_path / "data", tmp_path / "raw"
    shutil.copytree(raw, more)
    (more / "icdar13" / "Challenge2_Training_Task12_Images" / "Thumbs.db").write_bytes(b"?")
    (more / "icdar13" / "Challenge2_Training_Task1_GT" / "gt_000.txt").write_text("no picture")
    normalize(more, mine, ["icdar13"], beam_options=ONE_WORKER)
    (before, after) = (open_manifest(it, "icdar13", "train") for it in (data, mine))
    assert after.fingerprint == before.fingerprint
    assert after.info["quarantine_digest"] != before.info["quarantine_digest"]


def test_a_failing_run_leaves_the_old_manifest(
    raw: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "data"
    shutil.copytree(data, mine)
    before = [manifest.fingerprint for manifest in find_manifests(mine)]
    monkeypatch.setattr(pipeline, "assemble", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        normalize(raw, mine, beam_options=ONE_WORKER, full=True)
    assert [manifest.fingerprint for manifest in find_manifests(mine)] == before
    assert not list(mine.glob(".normalize-*"))
    assert not list((mine / "manifests").rglob(".*"))


def test_a_runner_that_loses_a_chunk_is_noticed(raw: Path, tmp_path: Path) -> None:
    job = NormalizeJob(str(raw), "icdar13", "train", str(tmp_path))
    entries = [Entry(f"{n:03d}", None, None) for n in range(130)]
    chunks = list(write_chunks(job, entries))
    assert [chunk.index for chunk in chunks] == [0, 1, 2]
    parts = [write_part(job.folder, i, [], [], Ledger()) for i in range(3)]
    for lost in (parts[:2], parts[1:], [*parts, parts[0]]):
        with pytest.raises(RuntimeError, match="3 chunks went in"):
            publish_split(job, lost, [0, 1, 2], tmp_path / "data")
    assert not (tmp_path / "data").exists()
