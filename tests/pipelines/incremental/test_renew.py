"""What is brought up to date is, to the byte, what making it from the start gives."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manifests import raw as raw_files
from manifests.reading import open_manifest
from pipelines import chunks
from pipelines import normalize as pipeline
from pipelines.convert import Converted
from pipelines.decide import decide
from pipelines.normalize import normalize
from pipelines.renew import find, renew
from pipelines.source import Dataset, Entry, Problem
from tests.pipelines.incremental.raw_edits import EDITS, TRUTH, WORDS, make_raw

MANY = 10_000
SETTLING_NS = raw_files.SETTLING_NS


def manifests(data: Path) -> dict[str, bytes]:
    """Every published byte, by its path."""
    root = data / "manifests"
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(autouse=True)
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_FEW", MANY)
    monkeypatch.setattr(raw_files, "SETTLING_NS", 0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A raw root that was normalized. Copy it to change it."""
    raw, data = (tmp_path_factory.mktemp(name) for name in ("raw", "data"))
    make_raw(raw)
    normalize(raw, data)
    return raw, data


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=3),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_after_any_edits_the_bytes_are_those_of_a_full_run(
    tmp_path_factory: pytest.TempPathFactory, edits: list[str], seed: int, settled: bool
) -> None:
    here = tmp_path_factory.mktemp("edited")
    raw_files.SETTLING_NS = 0 if settled else SETTLING_NS  # stamps are trusted at once, or never
    raw, data = here / "raw", here / "data"
    make_raw(raw)
    normalize(raw, data)
    rng = random.Random(seed)
    for edit in edits:
        EDITS[edit](raw, rng)
        normalize(raw, data)
    normalize(raw, here / "full")
    assert manifests(data) == manifests(here / "full")
    if settled:
        assert [look.why for look, _ in find(raw, data).present] == [""] * len(manifests_of(data))
    shutil.rmtree(here)


def manifests_of(data: Path) -> list[Path]:
    return sorted(data.glob("manifests/*/*/manifest.json"))


@pytest.fixture
def mine(made: tuple[Path, Path]) -> tuple[Path, Path]:
    """The same, for tests that leave it as it was or bring it up to date."""
    renew(*made)
    return made


@pytest.fixture
def converted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stems of the entries that are converted, as that happens."""
    stems: list[str] = []
    convert = chunks.convert

    def noting(dataset: Dataset, split: str, item: Entry | Problem, *rest: Any) -> Converted:
        stems.append(getattr(item, "stem", ""))
        return convert(dataset, split, item, *rest)

    monkeypatch.setattr(chunks, "convert", noting)
    return stems


def test_nothing_is_done_where_nothing_changed(
    mine: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, data = mine
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*") if path.is_file()}
    monkeypatch.setattr(pipeline, "make", None)
    done = renew(raw, data)
    assert all(": nothing to do, " in line for line in done.said)
    assert len(done.said) == len(done.manifests) == 5
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_one_changed_text_file_reads_one_image_again(
    mine: tuple[Path, Path], converted: list[str]
) -> None:
    raw, data = mine
    before = manifests(data)
    (raw / TRUTH / "gt_3.txt").write_bytes(b'1 2 30 20 "other"')
    done = renew(raw, data)
    assert converted == ["3"]
    told = f"icdar13/train: 1 image read, {WORDS - 1} taken over, because {TRUTH}/gt_3.txt: changed"
    assert told in done.said
    changed = {name for name, data in manifests(data).items() if before[name] != data}
    assert changed == {f"icdar13/train/{name}" for name in ("images.parquet", "manifest.json")} | (
        changed & {"icdar13/train/quarantine.parquet"}
    )


def test_a_touched_file_is_read_but_nothing_is_converted(
    mine: tuple[Path, Path], converted: list[str]
) -> None:
    raw, data = mine
    before = manifests(data)
    (raw / TRUTH / "gt_2.txt").touch()
    (line,) = [line for line in renew(raw, data).said if line.startswith("icdar13/train")]
    assert "0 images read, 6 taken over; the manifest is as it was, because" in line
    assert not any(converted)
    assert manifests(data) == before
    assert "nothing to do" in next(iter(find(raw, data).told()))


def test_full_reads_everything(mine: tuple[Path, Path], converted: list[str]) -> None:
    raw, data = mine
    before = manifests(data)
    assert "everything is to be read again" in find(raw, data, full=True).told()[0]
    renew(raw, data, full=True)
    assert converted.count("3") == 2, "of ICDAR 2013 and of SVT"
    assert manifests(data) == before


def test_a_damaged_manifest_or_state_is_made_again(mine: tuple[Path, Path]) -> None:
    raw, data = mine
    before = manifests(data)
    for path in (
        data / "manifests" / "svt" / "train" / "images.parquet",
        data / "manifests" / "svt" / "train" / "manifest.json",
        data / "state" / "normalize" / "svt" / "train" / "images.parquet",
        data / "state" / "normalize" / "svt" / "train" / "state.json",
    ):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        (line,) = [line for line in find(raw, data).told() if line.startswith("svt/train")]
        assert "would be read from the start" in line
        renew(raw, data)
        assert manifests(data) == before


def test_what_decisions_changed_is_compared_with_what_was_before_them(
    mine: tuple[Path, Path], tmp_path: Path
) -> None:
    raw, data = mine
    copy, folder = tmp_path / "data", tmp_path / "decisions"
    shutil.copytree(data, copy)
    folder.mkdir()
    row = next(iter(open_manifest(data, "icdar13", "train").rows()))
    (folder / "a.yaml").write_text(
        f"- verdict: drop_image\n  image_id: {row['image_id']}\n  image_sha256: "
        f"{row['image_sha256']}\n  who: Ann\n  when: 2026-03-01\n  because: a test\n"
    )
    decide(copy, folder)
    assert manifests(copy) != manifests(data)
    assert all("nothing to do" in line for line in find(raw, copy).told())
    (raw / TRUTH / "gt_4.txt").write_bytes(b'1 2 30 20 "decided"')
    for folder in (copy, data):
        (line,) = [line for line in renew(raw, folder).said if line.startswith("icdar13/train")]
        assert "1 image read, " in line
    assert manifests(copy) == manifests(data)


def test_scratch_of_a_killed_run_is_swept_where_there_is_nothing_to_do(
    mine: tuple[Path, Path],
) -> None:
    raw, data = mine
    left = data / ".normalize-0123456789ab"
    left.mkdir()
    assert all("nothing to do" in line for line in renew(raw, data).said)
    assert not left.exists()


def test_a_raw_root_that_was_moved_is_told_by_the_same_manifest(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    old, raw, data = (tmp_path / name for name in ("old", "raw", "data"))
    shutil.copytree(made[0], old)
    normalize(old, data)
    before = manifests(data)
    old.rename(raw)
    said = renew(raw, data).said
    assert all(f"the raw root was {old}" in line for line in said)
    roots = {path: content for path, content in manifests(data).items() if path.endswith(".txt")}
    assert set(roots.values()) == {f"{raw}\n".encode()}
    assert {**before, **roots} == manifests(data)
    assert all("nothing to do" in line for line in renew(raw, data).said)


def test_a_raw_root_that_was_edited_is_put_right(made: tuple[Path, Path], tmp_path: Path) -> None:
    raw, data = tmp_path / "raw", tmp_path / "data"
    shutil.copytree(made[0], raw)
    normalize(raw, data)
    before = manifests(data)
    path = next((data / "manifests").rglob("raw_root.txt"))
    path.write_text("/etc\n")
    said = "\n".join(renew(raw, data).said)
    assert said.count("raw_root.txt of its manifest tells another raw root") == 1
    assert manifests(data) == before
