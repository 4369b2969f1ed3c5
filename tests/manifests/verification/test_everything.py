"""``python -m manifests verify`` names what is not as it was written, and only that."""

import json
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from manifests.__main__ import main
from manifests.digests import write_digests
from manifests.findings import PARTS, Code, findings_table, write_findings
from manifests.identity import combine, sha256_file
from manifests.lock import writing_lock
from manifests.reading import find_manifests, open_manifest
from manifests.sealing import load_sealed, write_sealed
from manifests.shardset import FIELDS, INDEX, SHARDS_VERSION
from manifests.tools.verify import verify
from manifests.undecided import keep_undecided
from tests.manifests.corpus import build

LEAST = 12


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DATA with something of every kind."""
    data = build(tmp_path_factory.mktemp("whole"))
    shutil.rmtree(data / "parts")
    for manifest in find_manifests(data):
        folder = data / "statistics" / manifest.name
        folder.mkdir(parents=True)
        (folder / "statistics.parquet").write_bytes(b"rows")
        digest = sha256_file(folder / "statistics.parquet")
        write_sealed(folder / "statistics.json", {"sha256": digest})
    keep_undecided(data, open_manifest(data, "alpha", "train"))
    _shards(data / "shards" / "mine")
    _states(data / "state")
    _findings(data)
    _history(data / "history" / "alpha" / "train")
    _report(data / "report")
    _run(data / "runs" / "one")
    write_sealed(data / "runs" / "latest.json", {"finetune": "one"})
    _evaluation(data / "evaluations" / "lite" / "mine")
    _thresholds(data / "thresholds")
    return data


def _states(folder: Path) -> None:
    split = folder / "normalize" / "alpha" / "train"
    split.mkdir(parents=True)
    (split / "files.parquet").write_bytes(b"stamps")
    digest = sha256_file(split / "files.parquet")
    write_sealed(split / "state.json", {"sha256": {"files.parquet": digest}})
    write_sealed(folder / "check.json", {"inputs": {}})


def _shards(folder: Path) -> None:
    folder.mkdir(parents=True)
    names = ("mine.mindrecord0", "mine.mindrecord0.db")
    for name in names:
        (folder / name).write_bytes(name.encode())
    digests = [sha256_file(folder / name) for name in names]
    entry = dict(zip(("name", "index"), names, strict=True))
    entry |= dict(zip(("sha256", "index_sha256"), digests, strict=True))
    info = {
        "shards_version": SHARDS_VERSION, "mix": {"name": "mine"}, "key": "k",
        "images": len(FIELDS), "inputs": [], "files": [entry], "digest": combine(digests),
    }  # fmt: skip
    write_sealed(folder / INDEX, info)


def _findings(data: Path) -> None:
    code = Code("odd", "note", "Odd.", "Look.")
    found = findings_table([code.finding("alpha", "train", "an odd one")])
    for place in (data / PARTS / "ctpn_fit.parquet", data / "report" / "findings.parquet"):
        write_findings(place, found, [code], {"alpha/train": "f"})


def _history(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "f.parquet").write_bytes(b"rows")
    entry = {"images": "f.parquet", "sha256": sha256_file(folder / "f.parquet")}
    write_sealed(folder / "history.json", {"version": "1", "snapshots": [entry]})


def _report(folder: Path) -> None:
    write_sealed(folder / "checks.json", {"state": "passed"})
    (folder / "index.html").write_text("front")
    for name in ("site", "data_docs"):
        (folder / name / "pages").mkdir(parents=True)
        (folder / name / "pages" / "a.html").write_text("page")
    write_digests(folder / "site", {"../index.html": folder / "index.html"})
    write_digests(folder / "data_docs")


def _run(folder: Path) -> None:
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.yaml").write_text("a: 1\n")
    (folder / "log.jsonl").write_text('{"step": 1}\n')
    for name in ("last.ckpt", "best.ckpt"):
        content = name.encode() * 99
        mark = b"crc_num" + zlib.crc32(content).to_bytes(10, "big")
        (folder / "checkpoints" / name).write_bytes(content + mark)
    known = {"best.ckpt": sha256_file(folder / "checkpoints" / "best.ckpt")}
    files = {"config.yaml": sha256_file(folder / "config.yaml")}
    write_sealed(folder / "lineage.json", {"checkpoints": known, "files": files})
    write_sealed(folder / "summary.json", {"state": "finished"})


def _evaluation(folder: Path) -> None:
    (folder / "report" / "assets").mkdir(parents=True)
    (folder / "report" / "index.html").write_text("page")
    write_digests(folder / "report")
    (folder / "images.parquet").write_bytes(b"rows")
    files = {"images.parquet": sha256_file(folder / "images.parquet")}
    about = {"mix": "mine", "checkpoint": {"path": "lite.safetensors"}, "files": files}
    write_sealed(folder / "evaluation.json", about)


def _thresholds(folder: Path) -> None:
    folder.mkdir()
    write_sealed(folder / "a-mine.yaml", {"chosen": {}})
    (folder / "a-mine.png").write_bytes(b"curve")
    write_sealed(folder / "a-mine.json", {"picture_sha256": sha256_file(folder / "a-mine.png")})


@pytest.fixture
def data(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "data")
    return tmp_path / "data"


def digested(data: Path) -> list[Path]:
    """Every file but the hint where pictures are, and a log that grows until its run ends."""
    free = {"raw_root.txt", "log.jsonl"}
    return sorted(p for p in data.rglob("*") if p.is_file() and p.name not in free)


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1 << (at % 8)
    path.write_bytes(bytes(content))


def test_what_is_whole_is_whole(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(whole)]) == 0
    said = capsys.readouterr().out
    assert said.endswith("0 damaged, 0 missing, 0 unknown\n"), said
    assert "3 manifests, 2 statistics, 1 shards" in said
    assert verify(whole).files == len(digested(whole)) + len(list(whole.rglob("*.ckpt"))) - 2


def test_a_flipped_bit_of_any_file_is_named(data: Path) -> None:
    paths = digested(data)
    assert len(paths) > LEAST
    for number, path in enumerate(paths):
        before = path.read_bytes()
        flip(path, 7919 * number + len(before) // 2)
        found = verify(data)
        named = {fault.path for fault in found.faults}
        assert path in named or any(part in path.parents for part in named), (path, named)
        path.write_bytes(before)
    assert verify(data).is_whole


def test_a_file_that_is_gone_or_cut_is_named(data: Path) -> None:
    for path in digested(data):
        before = path.read_bytes()
        path.write_bytes(before[:-1])
        assert not verify(data).is_whole, path
        path.write_bytes(before)
    (data / "shards" / "mine" / "mine.mindrecord0.db").unlink()
    (fault,) = verify(data).faults
    assert (fault.state, fault.path.name) == ("missing", "mine.mindrecord0.db")
    assert f"python -m pipelines shard --data {data} --mix" in fault.repair


def test_an_index_that_lies_in_form_is_told(data: Path) -> None:
    path = data / "manifests" / "alpha" / "train" / "manifest.json"
    info = load_sealed(path)
    info["ledger"]["regions"]["care"] += 1
    info["ledger"]["regions"]["dont_care"] -= 1
    write_sealed(path, info)
    (fault,) = verify(data).faults
    assert "ledger is not the one of its tables" in fault.why
    shards = data / "shards" / "mine" / INDEX
    write_sealed(shards, {**load_sealed(shards), "digest": "0" * 64})
    assert any("digest is not that of its files" in f.why for f in verify(data).faults)


def test_what_killed_runs_left_is_harmless(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = data / "manifests" / "alpha" / ".staging-train-0123456789ab"
    left.mkdir()
    (left / "images.parquet").write_bytes(b"half")
    (data / ".normalize-0123456789ab").mkdir()
    (data / "runs" / "one" / "checkpoints" / ".last.77").write_bytes(b"half")
    assert main(["verify", str(data)]) == 0
    said = capsys.readouterr().out
    assert "harmless: 3 things that killed runs left" in said and str(left) in said


def test_a_kill_between_two_renames_is_told_with_what_it_took(data: Path) -> None:
    final = data / "manifests" / "alpha" / "train"
    retired = final.with_name(".retired-train-0123456789ab")
    final.rename(retired)
    faults = verify(data).faults
    assert [(fault.state, fault.path) for fault in faults] == [("missing", final)]
    assert f"mv {retired} {final}" in faults[0].repair


def test_what_nobody_here_wrote_is_unknown(data: Path) -> None:
    (data / "notes").mkdir()
    (data / "shards" / "mine" / "mine.txt").write_text("mine")
    found = verify(data)
    assert found.is_whole and found.count("unknown") == 2


def test_evaluations_of_runs_and_of_files_beside_them_are_looked_at(data: Path) -> None:
    below = data / "runs" / "one" / "evaluations"
    folders = [below / "mine", below / "mine-last.safetensors", below / "lite.onnx" / "mine"]
    for folder in folders:
        _evaluation(folder)
    assert verify(data).is_whole
    for folder in folders:
        flip(folder / "images.parquet", 7)
    assert {fault.path.parent for fault in verify(data).faults} == set(folders)
    (folders[0] / "evaluation.json").unlink()
    assert ("missing", folders[0] / "evaluation.json") in {
        (fault.state, fault.path) for fault in verify(data).faults
    }


def test_earlier_versions_carried_no_digests(data: Path) -> None:
    path = data / "report" / "checks.json"
    path.write_text(json.dumps(load_sealed(path)))
    (data / "report" / "site" / "digests.json").unlink()
    found = verify(data)
    assert found.is_whole
    assert {fault.path for fault in found.faults} == {path, data / "report" / "site"}


def test_shards_of_another_version_are_not_called_damaged(data: Path) -> None:
    path = data / "shards" / "mine" / INDEX
    write_sealed(path, {"shards_version": 1, "files": [{"name": "mine.mindrecord0"}]})
    found = verify(data)
    assert found.is_whole
    [fault] = found.faults
    assert (fault.path, fault.state) == (path, "unknown")
    assert fault.why == f"it is of version 1, this program reads {SHARDS_VERSION}"
    assert "python -m pipelines shard --data" in fault.repair


def test_a_program_reads_it(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flip(data / "findings" / "ctpn_fit.parquet", 90)
    assert main(["verify", str(data), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["damaged"], told["missing"], told["whole"]) == (1, 0, False)
    assert "model inspect" in told["faults"][0]["repair"]


def test_a_run_that_writes_is_told(data: Path) -> None:
    assert not verify(data).writing
    with writing_lock(data):
        assert verify(data).writing


@pytest.mark.parametrize("make", [Path.touch, lambda path: None])
def test_no_folder_is_an_error(
    tmp_path: Path, make: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "x")
    assert main(["verify", str(tmp_path / "x")]) == 2
    assert "is not a folder" in capsys.readouterr().err


def test_a_state_of_a_split_that_is_absent_is_to_be_removed(data: Path) -> None:
    state = data / "state" / "normalize" / "alpha" / "train"
    shutil.rmtree(data / "manifests" / "alpha" / "train")
    (state / "files.parquet").write_bytes(b"others")
    (fault,) = [fault for fault in verify(data).faults if fault.path.parent == state]
    assert fault.repair.startswith(f"remove {state}")


def test_decisions_are_applied_anew_to_what_is_made_again(data: Path) -> None:
    path = data / "manifests" / "alpha" / "train" / "images.parquet"
    path.write_bytes(b"others")
    (fault,) = verify(data).faults
    assert f"then `python -m pipelines decide --data {data}`" in fault.repair
