"""Where there is nothing to do, nothing heavy is imported; and --explain changes nothing."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from manifests.raw import SETTLING_NS
from pipelines.__main__ import main
from pipelines.normalize import normalize
from pipelines.shard import shard
from pipelines.statistics import statistics
from tests.pipelines.incremental.raw_edits import make_raw

HEAVY = ("apache_beam", "mindspore", "great_expectations", "pandas")
PROBE = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
except SystemExit as error:
    assert not error.code, error.code
assert not (found := sorted({heavy!r} & sys.modules.keys())), found
"""
MIX = "seed: 1\nshards: 2\nmembers: [{dataset: icdar13, split: train}]\n"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Raw root, DATA after every stage but the check, and a mix."""
    here = tmp_path_factory.mktemp("done")
    raw, data, mix = here / "raw", here / "data", here / "mine.yaml"
    make_raw(raw)
    mix.write_text(MIX)
    time.sleep(SETTLING_NS / 1e9 + 0.1)  # or the next run would look into new files
    normalize(raw, data)
    statistics(data)
    shard(data, [str(mix)], beam_options=["--direct_num_workers=1"])
    return raw, data, mix


def commands(raw: Path, data: Path, mix: Path) -> list[list[str]]:
    return [
        ["normalize", "--raw", str(raw), "--data", str(data)],
        ["decide", "--data", str(data)],
        ["statistics", "--data", str(data)],
        ["shard", "--data", str(data), "--mix", str(mix)],
    ]


def test_nothing_heavy_is_imported_where_there_is_nothing_to_do(
    done: tuple[Path, Path, Path],
) -> None:
    probe = PROBE.replace("{heavy!r}", repr(set(HEAVY)))
    for command in commands(*done):
        subprocess.run([sys.executable, "-c", probe, "pipelines", *command], check=True)
    data = done[1]
    check = ["validation", "check", "--data", str(data)]
    subprocess.run([sys.executable, "-m", *check], check=True)
    subprocess.run([sys.executable, "-c", probe, *check], check=True)


def test_explain_says_what_would_be_done_and_writes_nothing(
    done: tuple[Path, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw, data, mix = done
    for command in commands(raw, data, mix):
        before = sorted((path, path.stat().st_mtime_ns) for path in data.rglob("*"))
        assert main([*command, "--explain"]) == 0
        said = capsys.readouterr().out
        assert said.startswith(f"{command[0]}: ")
        assert before == sorted((path, path.stat().st_mtime_ns) for path in data.rglob("*"))
    for command in commands(raw, tmp_path / "none", mix):
        assert main([*command, "--explain"]) == 0
        said = capsys.readouterr().out
        assert "because it is new" in said or "would be run, once there are manifests" in said
    assert not (tmp_path / "none").exists()
