"""Decisions applied: what they change and nothing else, undone without a trace, safe from kills."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from manifests.decisions import Decision, Subject, Verdict, serialize
from manifests.errors import UserError
from manifests.evidence import look_up
from manifests.findings import find_parts
from manifests.reading import Manifest, find_manifests, open_manifest
from pipelines import changes
from pipelines.__main__ import main
from pipelines.decide import decide
from tests.builders import make_image, make_refusal, publish_manifest
from tests.manifests.test_decisions import decision

IMAGES = 5


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two manifests of five images of four regions, the fourth of each don't-care."""
    data = tmp_path / "data"
    for dataset in ("alpha", "beta"):
        images = [make_image(dataset, "train", number) for number in range(IMAGES)]
        refusals = [make_refusal(dataset, "train")]
        folder = publish_manifest(data, images, refusals, dataset=dataset)
        (folder / "raw_root.txt").write_text("/raw\n")
    shutil.rmtree(data / "parts")
    return data


def write(data: Path, *ids: str, digest: str = "") -> Path:
    """A folder of decisions that drops these images and ignores these regions."""
    found = look_up(find_manifests(data), ids)
    entries = [decision(name, digest or found[name]) for name in ids]
    folder = data.parent / "decisions"
    folder.mkdir(exist_ok=True)
    (folder / "all.yaml").write_text(serialize(entries))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def inodes(folder: Path) -> dict[str, int]:
    return {name: (folder / name).stat().st_ino for name in contents(folder)}


def alpha(data: Path) -> Manifest:
    return open_manifest(data, "alpha", "train")


def test_a_dropped_image_goes_to_quarantine_with_its_regions(data: Path) -> None:
    before = alpha(data)
    rows = list(before.rows())
    folder = write(data, "alpha/train/img_1")
    assert decide(data, folder) == [
        "alpha/train: 1 images dropped with their 4 regions, 0 regions made don't-care"
    ]
    after = alpha(data)
    assert list(after.rows()) == [row for row in rows if row["image_id"] != "alpha/train/img_1"]
    refused = [row for batch in after.batches("quarantine") for row in batch.to_pylist()]
    assert refused[0]["reason"] == "bad_line"
    assert [row["kind"] for row in refused[1:]] == ["image", *["region"] * 4]
    assert {row["reason"] for row in refused[1:]} == {"decided"}
    assert {row["detail"] for row in refused[1:]} == {"why (Ann, 2026-03-01)"}
    assert refused[1]["source_uri"] == rows[1]["image_uri"]
    assert [(row["source_line"], row["raw"]) for row in refused[2:]] == [
        (region["source_line"], region["raw"]) for region in rows[1]["regions"]
    ]


def test_the_ledger_closes_and_tells_what_decisions_did(data: Path) -> None:
    before = alpha(data)
    decide(data, write(data, "alpha/train/img_1", "alpha/train/img_2#3", "alpha/train/img_2#4"))
    after = alpha(data)
    assert after.info["ledger"]["images"] == {
        "seen": 5, "kept": 4, "quarantined": 1, "quarantined_by_reason": {"decided": 1},
    }  # fmt: skip
    assert after.info["ledger"]["regions"] == {
        "seen": 21, "care": 11, "dont_care": 5,
        "dont_care_by_reason": {"decided": 1, "marked": 4},
        "quarantined": 5, "quarantined_by_reason": {"bad_line": 1, "decided": 4},
    }  # fmt: skip
    told = after.info["decisions"]
    assert told["base_fingerprint"] == before.fingerprint != after.fingerprint
    assert told["verdicts"] == {"drop_image": 1, "ignore_region": 2}
    assert told["ledger"] == {
        "images": {"before": 5, "dropped": 1, "kept": 4},
        "regions": {"before": 20, "dropped": 4, "ignored": 1, "care": 11, "dont_care": 5},
    }
    assert after.raw_root == Path("/raw")
    after.verify()


def test_only_the_region_that_is_ignored_changes(data: Path) -> None:
    rows = list(alpha(data).rows())
    decide(data, write(data, "alpha/train/img_2#3"))
    rows[2]["regions"][2] |= {"care": False, "ignore_reason": "decided"}
    assert list(alpha(data).rows()) == rows


def test_a_second_run_and_other_manifests_are_left_alone(data: Path) -> None:
    beta = inodes(data / "manifests" / "beta")
    folder = write(data, "alpha/train/img_1")
    decide(data, folder)
    once = inodes(data / "manifests")
    assert decide(data, folder) == ["the manifests are as decided: nothing to do"]
    assert inodes(data / "manifests") == once
    assert inodes(data / "manifests" / "beta") == beta


def test_more_decisions_give_what_all_at_once_give(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "data"
    shutil.copytree(data, other)
    decide(data, write(data, "alpha/train/img_1"))
    folder = write(other, "alpha/train/img_1", "alpha/train/img_3#1", "beta/train/img_0")
    decide(data, folder)
    decide(other, folder)
    assert contents(data / "manifests") == contents(other / "manifests")


def test_decisions_that_are_withdrawn_leave_no_trace(data: Path) -> None:
    before = contents(data / "manifests")
    folder = write(data, "alpha/train/img_1")
    decide(data, folder)
    assert (data / "undecided" / "alpha" / "train" / "manifest.json").is_file()
    (folder / "all.yaml").unlink()
    (said,) = decide(data, folder)
    assert "withdrawn" in said
    assert contents(data / "manifests") == before
    assert not list((data / "undecided").rglob("manifest.json"))


def test_no_decisions_change_nothing(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    before = inodes(data / "manifests")
    assert decide(data, folder) == [f"no decisions in {folder}: nothing to do"]
    assert inodes(data / "manifests") == before
    assert not (data / "undecided").exists()


def test_parts_do_not_change_what_is_kept(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(data, "alpha/train/img_1", "alpha/train/img_2#1")
    decide(data, folder)
    whole, fingerprint = list(alpha(data).rows()), alpha(data).fingerprint
    monkeypatch.setattr(changes, "ROWS", 2)
    shutil.rmtree(data / "manifests" / "alpha" / "train")
    shutil.copytree(data / "undecided" / "alpha" / "train", data / "manifests/alpha/train")
    decide(data, folder)
    assert list(alpha(data).rows()) == whole
    assert alpha(data).fingerprint == fingerprint


def test_a_decision_that_fits_nothing_is_told_and_not_applied(data: Path) -> None:
    before = inodes(data / "manifests")
    folder = write(data, "alpha/train/img_8", "alpha/train/img_1#2", digest="0" * 64)
    said = decide(data, folder)
    assert [line.partition(";")[0] for line in said] == [
        "not applied: ignore_region alpha/train/img_1#2: alpha/train/img_1#2 is not what it was "
        "when that was decided",
        "not applied: drop_image alpha/train/img_8: alpha/train/img_8 is not there",
    ]
    (part,) = find_parts(data)
    rows = part.table.select(["code", "image_id", "region_id"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("decision_changed", "alpha/train/img_1", "alpha/train/img_1#2"),
        ("decision_lost", None, None),
    ]
    assert part.fingerprints == {"alpha/train": alpha(data).fingerprint}
    with pytest.raises(UserError, match=r"cannot be applied:\n.*img_1#2 is not what.*\n.*img_8"):
        decide(data, folder, strict=True)
    assert inodes(data / "manifests") == before
    (folder / "all.yaml").unlink()
    decide(data, folder)
    assert find_parts(data) == []


def test_decisions_about_absent_manifests_wait(data: Path) -> None:
    folder = write(data, "gamma/train/img_1", digest="0" * 64)
    assert decide(data, folder, strict=True) == ["gamma/train: no manifest here, 1 decisions wait"]
    assert find_parts(data) == []


def test_verdicts_on_findings_change_no_manifest(data: Path) -> None:
    folder = write(data, "alpha/train/img_1")
    digests = look_up(find_manifests(data), ["alpha/train/img_1", "beta/train/img_1"])
    day = decision("a/b/c", "0" * 64).when
    pair = tuple(Subject(*item) for item in sorted(digests.items()))
    entries = [
        Decision(Verdict.NOT_A_LEAK, pair, "Ann", day, "two signs"),
        Decision(Verdict.ACCEPT, pair[:1], "Ann", day, "fine", "image_dark"),
    ]
    (folder / "all.yaml").write_text(serialize(entries))
    before = inodes(data / "manifests")
    assert decide(data, folder) == ["the manifests are as decided: nothing to do"]
    assert inodes(data / "manifests") == before


def test_what_was_before_must_be_there(data: Path) -> None:
    folder = write(data, "alpha/train/img_1")
    decide(data, folder)
    shutil.rmtree(data / "undecided")
    with pytest.raises(UserError, match=r"alpha/train was changed .* normalize .*--only alpha"):
        decide(data, folder)


def test_a_damaged_manifest_is_not_decided_on(data: Path) -> None:
    folder = write(data, "alpha/train/img_1")
    path = data / "manifests" / "alpha" / "train" / "quarantine.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(UserError, match="not what was published"):
        decide(data, folder)


def test_a_damaged_copy_of_what_was_before_is_not_put_back(data: Path) -> None:
    folder = write(data, "alpha/train/img_1")
    decide(data, folder)
    before = contents(data / "manifests")
    path = data / "undecided" / "alpha" / "train" / "images.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    (folder / "all.yaml").unlink()
    with pytest.raises(UserError, match="not what was published"):
        decide(data, folder)
    assert contents(data / "manifests") == before


def test_the_command(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(data, "alpha/train/img_1")
    assert main(["decide", "--data", str(data), "--decisions", str(folder)]) == 0
    assert "1 images dropped" in capsys.readouterr().out
    assert main(["decide", "--data", str(data / "none")]) == 2
    assert "no manifest below" in capsys.readouterr().err
    assert main(["decide", "--data", str(data), "--decision", "x"]) == 2


_KILLED = """
import os, sys
from pathlib import Path
import pandas  # which Arrow would import in every child
from pipelines.decide import decide
rename = Path.replace
def run(data, left):
    def killed(*arguments):
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
        return rename(*arguments)
    Path.replace = killed
    decide(data, Path(sys.argv[1]))
    os._exit(0)
for number, folder in enumerate(sys.argv[2:]):
    child = os.fork()  # before Arrow has started a thread
    if not child:
        run(Path(folder), number)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def kill_each(folder: Path, works: list[Path]) -> list[int]:
    """Decide in each DATA; the first run is killed before its first rename, the second before its
    second, and so on. Returns how they ended."""
    command = [sys.executable, "-c", _KILLED, str(folder), *map(str, works)]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


def test_a_kill_at_any_rename_loses_nothing(data: Path, tmp_path: Path) -> None:
    folder = write(data, "alpha/train/img_1", "alpha/train/img_2#1")
    works = [tmp_path / f"kill-{rename}" for rename in range(5)]
    for work in works:
        shutil.copytree(data, work)
    # the copy, manifest.json, the old folder away, the new one in its place
    assert kill_each(folder, works) == [-signal.SIGKILL] * 4 + [0]
    for work in works[:4]:
        decide(work, folder)
        assert contents(work / "manifests") == contents(works[4] / "manifests")
        assert contents(work / "undecided") == contents(works[4] / "undecided")
        assert not [path for path in work.rglob(".*") if path.name != ".lock"]
