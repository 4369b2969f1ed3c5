"""A run is given up when nobody works on it any more, and not before."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from manifests import processes
from manifests.errors import UserError
from pipelines import handshake, signs
from pipelines.beam_options import BeamOptions
from pipelines.signs import signs_of_life, working
from pipelines.waiting import Watch, wait

OWN = BeamOptions("FnApiRunner", [], 300)
CLUSTER = BeamOptions("FlinkRunner", [], 300)


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def leave_sign(scratch: Path, pid: int, system: str | None = None) -> Path:
    path = scratch / "alive" / f"worker-{pid}"
    path.parent.mkdir(exist_ok=True)
    said = {"host": "worker", "pid": pid, "system": system or processes.system()}
    path.write_text(json.dumps(said))
    return path


def test_a_sign_is_there_as_long_as_a_thread_works(tmp_path: Path) -> None:
    with working(tmp_path):
        with working(tmp_path):
            (sign,) = signs_of_life(tmp_path)
            assert (sign.pid, sign.here, sign.dead) == (os.getpid(), True, False)
        assert signs_of_life(tmp_path)
    assert not signs_of_life(tmp_path)
    assert signs.last_move(tmp_path) is not None


def test_signs_are_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "PERIOD", 0.01)
    monkeypatch.setattr(signs, "_thread", None)
    with working(tmp_path):
        (path,) = (tmp_path / "alive").iterdir()
        os.utime(path, ns=(1, 1))
        for _ in range(500):
            if path.stat().st_mtime_ns > 1:
                break
            threading.Event().wait(0.01)
        assert path.stat().st_mtime_ns > 1


def test_a_child_that_ended_at_work_ends_a_run_in_process(tmp_path: Path) -> None:
    watch = Watch(tmp_path, OWN, 0)
    pid = ended_process()
    leave_sign(tmp_path, pid)
    leave_sign(tmp_path, os.getpid())
    assert watch.look(1) is None, "Beam may say so itself"
    assert f"the worker process {pid} died" in str(watch.look(6.1))


def test_a_cluster_may_put_another_worker_in_the_place(tmp_path: Path) -> None:
    watch = Watch(tmp_path, CLUSTER, 0)
    leave_sign(tmp_path, ended_process())
    assert watch.look(1) is None
    assert watch.look(30.9) is None
    other = leave_sign(tmp_path, os.getpid())
    assert watch.look(31.1) is None
    assert watch.look(100) is None
    other.unlink()
    assert watch.look(101) is None
    assert "died" in str(watch.look(131.1))


def test_silence_of_a_cluster_ends_a_run_after_its_time(tmp_path: Path) -> None:
    watch = Watch(tmp_path, CLUSTER, 0)
    assert watch.look(299) is None
    assert "no worker began within 300 s" in str(watch.look(300))
    sign = leave_sign(tmp_path, 7, "another machine")
    assert watch.look(301) is None
    assert watch.look(600) is None
    os.utime(sign, ns=(5, 5))
    assert watch.look(602) is None
    assert watch.look(901) is None
    assert "process 7 on worker was at work last" in str(watch.look(902))


def test_in_process_no_time_limits_a_step(tmp_path: Path) -> None:
    watch = Watch(tmp_path, OWN, 0)
    leave_sign(tmp_path, os.getpid())
    assert watch.look(1) is None
    assert watch.look(1e6) is None


def test_what_work_raises_is_raised(tmp_path: Path) -> None:
    done = []
    wait(lambda: done.append(1), tmp_path, OWN)
    assert done == [1]
    with pytest.raises(ZeroDivisionError):
        wait(lambda: 1 // 0, tmp_path, OWN)  # type: ignore[arg-type, return-value]


def test_waiting_ends_though_beam_waits_for_ever(tmp_path: Path) -> None:
    ever = threading.Event()
    cluster = BeamOptions("PortableRunner", [], 0.3)
    with pytest.raises(UserError, match=r"no worker began within 0\.3 s"):
        wait(lambda: [ever.wait()].clear(), tmp_path, cluster)
    ever.set()


def test_the_same_versions_and_disks_agree(tmp_path: Path) -> None:
    read = tmp_path / "raw"
    read.mkdir()
    (read / "a").touch()
    handshake.announce(tmp_path, [read, read / "a"])
    handshake.check(tmp_path)


@pytest.mark.parametrize("change", ["empty", "other size"])
def test_another_disk_of_raw_files_is_refused(tmp_path: Path, change: str) -> None:
    read = tmp_path / "raw"
    read.mkdir()
    (read / "a").write_text("1")
    handshake.announce(tmp_path, [read, read / "a"])
    (read / "a").unlink() if change == "empty" else (read / "a").write_text("22")
    with pytest.raises(UserError, match=r"does not see .*/raw/a as this machine does"):
        handshake.check(tmp_path)


def test_a_run_that_is_over_is_not_worked_on(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    handshake.announce(scratch)
    handshake.check(scratch)
    shutil.rmtree(scratch)
    with pytest.raises(UserError, match="or the run is over"):
        handshake.check(scratch)


def test_versions_that_differ_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {"numpy": "1", "pyarrow": "2"}
    assert handshake.differences(ours, {"numpy": "1", "pyarrow": "3"}) == [
        "pyarrow 2 here, 3 there"
    ]
    assert handshake.differences(ours, {"numpy": "1"}) == ["pyarrow 2 here, none there"]
    assert handshake.differences(ours, dict(ours)) == []
    digest = handshake.versions()["this package"]
    monkeypatch.setattr(handshake, "_PACKAGES", ("pipelines",))
    assert handshake.source_digest()[:12] != digest
