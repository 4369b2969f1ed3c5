"""All findings together: order, bytes, parts of others, exit status, what is left out."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from manifests import mixes
from manifests.errors import UserError
from manifests.findings import (
    Code,
    Finding,
    Part,
    findings_table,
    read_findings,
    write_part,
)
from manifests.reading import find_manifests
from tests.builders import make_region
from tests.pictures import file_of, scene
from tests.validation.planted import plant
from validation.__main__ import main
from validation.checks import find_checks
from validation.corpus import open_corpus
from validation.findings import Found, check_table, collect, ordered

SEEN = Code("word_unseen", "warning", "The detector does not see a word.", "Look.", 0.5, "score")
TRAINING = """
seed: 1
shards: 1
members: [{dataset: alpha, split: train}]
"""


@pytest.fixture(scope="module", autouse=True)
def one_mix(tmp_path_factory: pytest.TempPathFactory) -> object:
    patch = pytest.MonkeyPatch()
    folder = tmp_path_factory.mktemp("mixes")
    (folder / "mine.yaml").write_text(TRAINING)
    patch.setattr(mixes, "FOLDER", folder)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A leak, and two gray pictures, of which one has less colour than the other."""
    folder = tmp_path_factory.mktemp("planted")
    tinted = scene(5).convert("L").convert("RGB")
    tinted.paste((130, 120, 120), (0, 0, 10, 100))
    pictures = {
        "alpha/train/copy": file_of(scene(1).resize((200, 125)), "JPEG"),
        "alpha/train/gray": file_of(scene(4).convert("L")),
        "alpha/train/tinted": file_of(tinted),
        "alpha/test/original": file_of(scene(1)),
    }
    return plant(folder, pictures).data


@pytest.fixture
def data(planted: Path, tmp_path: Path) -> Path:
    shutil.copytree(planted, tmp_path / "data")
    return tmp_path / "data"


def gathered(data: Path) -> Found:
    return collect(data, find_manifests(data))


def unseen(data: Path, image_id: str, fingerprints: dict[str, str]) -> None:
    dataset, split, _ = image_id.split("/")
    finding = SEEN.finding(dataset, split, "unseen", image_id=image_id, value=0.1)
    write_part(data, Part("detector", findings_table([finding]), (SEEN,), fingerprints))


def listed(found: Found) -> list[tuple[str, str]]:
    return [(row["code"], row["image_id"]) for row in found.table.to_pylist()]


def test_the_worst_come_first_and_say_what_they_mean(data: Path) -> None:
    found = gathered(data)
    assert listed(found) == [
        ("leak_near", "alpha/train/copy"),
        ("mix_leaks", "alpha/train/copy"),
        ("image_gray", "alpha/train/gray"),
        ("image_gray", "alpha/train/tinted"),
    ]
    assert (found.count("error"), found.count("warning"), found.count("note")) == (2, 0, 2)
    read = read_findings(data / "report" / "findings.parquet")
    assert read.table.equals(found.table)
    assert {code.code for code in read.codes} == {"leak_near", "mix_leaks", "image_gray"}
    assert read.fingerprints == {m.name: m.fingerprint for m in find_manifests(data)}


def test_the_same_input_gives_the_same_bytes(data: Path) -> None:
    first = gathered(data).path.read_bytes()
    assert gathered(data).path.read_bytes() == first


def test_order_does_not_depend_on_the_order_they_came_in(data: Path) -> None:
    table = gathered(data).table
    assert ordered(table.take([2, 0, 3, 1])).equals(table)


def test_the_parts_of_others_are_joined(data: Path) -> None:
    fingerprints = {m.name: m.fingerprint for m in find_manifests(data)}
    unseen(data, "alpha/train/gray", fingerprints)
    found = gathered(data)
    assert ("word_unseen", "alpha/train/gray") in listed(found)
    assert found.codes["word_unseen"] == SEEN
    assert found.count("warning") == 1


@pytest.mark.parametrize("known", [{"alpha/train": "f" * 64}, {"gone/train": "f" * 64}, {}])
def test_parts_of_an_earlier_manifest_are_left_out(data: Path, known: dict[str, str]) -> None:
    unseen(data, "alpha/train/gray", known)
    found = gathered(data)
    assert "word_unseen" not in {code for code, _ in listed(found)}
    stale = [row for row in found.table.to_pylist() if row["code"] == "stale_findings"]
    assert [f"{row['dataset']}/{row['split']}" for row in stale] == list(known)
    assert all(f"`python -m model inspect --data {data}`" in row["message"] for row in stale)


def test_without_statistics_it_says_which_command_makes_them(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(data / "statistics" / "alpha" / "train")
    assert main(["check", "--data", str(data)]) == 0
    printed = capsys.readouterr().out
    assert (
        "note: no statistics of the pictures of alpha/train; run `python -m pipelines statistics "
        f"--data {data}`\n" in printed
    )
    shutil.rmtree(data / "statistics")
    assert [code for code, _ in listed(gathered(data))] == ["no_statistics"] * 2


def test_check_counts_by_code_and_ends_with_the_worst(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--data", str(data)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-4].split()[:3] == ["error", "1", "leak_near"]
    assert lines[-3].split()[:3] == ["error", "1", "mix_leaks"]
    assert lines[-2].split()[:3] == ["note", "2", "image_gray"]
    where = data / "report" / "findings.parquet"
    assert lines[-1] == f"findings: 2 errors, 0 warnings, 2 notes; each of them in {where}"


def test_warnings_stop_where_asked(tmp_path: Path) -> None:
    name, faint = "alpha/train/a", file_of(scene(2).point(lambda value: 100 + value // 16))
    word = replace(make_region(name, 1), text="ONE")
    data = plant(tmp_path, {name: faint}, {name: [word]}).data
    assert main(["check", "--data", str(data)]) == 0
    assert main(["check", "--data", str(data), "--fail-on", "warning"]) == 1
    shutil.rmtree(data / "statistics")
    assert main(["check", "--data", str(data), "--fail-on", "warning"]) == 0


def test_a_part_that_is_none_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "findings").mkdir()
    (data / "findings" / "mine.parquet").write_bytes(b"no table")
    assert main(["check", "--data", str(data)]) == 2
    assert "mine.parquet holds no findings" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("finding", "about"),
    [
        ({"code": "undescribed"}, {}),
        ({"severity": "fatal"}, {}),
        ({}, {"codes": [{**asdict(SEEN), "severity": "fatal"}]}),
        ({}, {"codes": [{**asdict(SEEN), "unit": 7}]}),
        ({}, {"codes": [{**asdict(SEEN), "code": ["word_unseen"]}]}),
        ({}, {"codes": [{**asdict(SEEN), "threshold": "much"}]}),
        ({}, {"codes": [3]}),
        ({}, {"fingerprints": ["alpha/train"]}),
        ({}, {"fingerprints": {"alpha/train": 3}}),
        ({}, {"fingerprints": None}),
    ],
)
def test_a_part_of_a_stranger_is_named_and_not_believed(
    data: Path, finding: dict[str, Any], about: dict[str, Any]
) -> None:
    (data / "findings").mkdir()
    row = replace(SEEN.finding("alpha", "train", "odd"), **finding)
    said = {"codes": [asdict(SEEN)], "fingerprints": {}, **about}
    metadata = {"findings_version": "1", **{key: json.dumps(said[key]) for key in said}}
    table = findings_table([row]).replace_schema_metadata(metadata)
    pq.write_table(table, data / "findings" / "mine.parquet")
    with pytest.raises(UserError, match=r"mine.parquet holds no findings .* remove it"):
        gathered(data)


def test_a_check_must_describe_its_codes(data: Path) -> None:
    class Careless:
        __name__ = "careless"
        CODES = (SEEN,)

        def find(self, corpus: object) -> object:
            yield Finding("unheard_of", "note", "alpha", "train")

    with pytest.raises(ValueError, match="careless does not describe unheard_of"):
        check_table(Careless(), open_corpus(data, ()))  # type: ignore[arg-type]


def test_every_code_explains_itself() -> None:
    codes = [code for check in find_checks() for code in check.CODES]
    for code in codes:
        assert code.meaning.endswith(".") and code.advice.endswith(".")
        assert (code.threshold is None) == (not code.unit)
        assert code.code == code.code.lower() and code.code.isidentifier()
