"""The variables that must stand before MindSpore loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from manifests.errors import UserError
from model.environment import has_avx512, prepare, set_variables

SCRIPT = """
import os, sys
from pathlib import Path
from model.environment import set_variables
set_variables(Path(sys.argv[1]))
print(os.environ.get("ONEDNN_MAX_CPU_ISA"), os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"])
"""


def variables(cpuinfo: Path, **environment: str) -> list[str]:
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(cpuinfo)],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": root, **environment},
    )  # fmt: skip
    return done.stdout.split()


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    path = tmp_path / "cpuinfo"
    path.write_text("processor : 0\nflags : fpu avx avx2 avx512f avx512bw\n")
    return path


def test_the_instruction_set_is_capped_on_an_avx512_machine(wide: Path) -> None:
    assert variables(wide) == ["AVX2", "python"]


def test_the_cap_still_comes_in_time_where_mindspore_is_loaded(
    wide: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mindspore", sys)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "")  # put back afterwards
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA")
    monkeypatch.setenv("GLOG_v", "")
    monkeypatch.delenv("GLOG_v")
    set_variables(wide)
    assert os.environ["ONEDNN_MAX_CPU_ISA"] == "AVX2"
    assert "GLOG_v" not in os.environ


def test_the_cap_can_be_overridden(wide: Path) -> None:
    assert variables(wide, ONEDNN_MAX_CPU_ISA="AVX512_CORE")[0] == "AVX512_CORE"


def test_other_machines_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text("flags : fpu avx avx2\n")
    assert variables(path)[0] == "None"
    assert has_avx512(tmp_path / "absent") is False


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(UserError, match="no device 'TPU'; choose one of CPU, GPU, Ascend"):
        prepare("TPU")


def test_a_process_that_mindspore_cannot_load_in_is_told_so() -> None:
    script = """
import google.protobuf.message
from google.protobuf.internal import api_implementation
from manifests.errors import UserError
from model.environment import prepare
try:
    prepare("CPU")
except UserError as error:
    print(error)
"""
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, check=True,
        env={"PYTHONPATH": root, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "upb"},
    )  # fmt: skip
    assert "set PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python before Python starts" in done.stdout
