"""The launch scripts: the commands that they print, and the one that keeps workers itself."""

import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.__main__ import build_parser

LAUNCH = Path(__file__).resolve().parents[2] / "deploy" / "launch"
SCRIPTS = ("one.sh", "machine.sh", "machines.sh", "rank_table.sh")
TRAIN = ["--task", "pretrain", "--data", "DATA", "--preset", "full"]
MACHINES = ["--machines", "2", "--workers", "8", "--rank", "1", "--master", "10.0.0.1"]
TABLE = ["--table", "hccl_2p.json", "--workers", "2"]
RUN = ["--run", "DATA/runs/x"]


def launch(script: str, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHON": "python", **variables}
    command = ["bash", LAUNCH / script, *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def printed(script: str, *words: str) -> list[list[str]]:
    """The commands of a dry run, as a shell reads them."""
    done = launch(script, "--dry-run", *words)
    assert done.returncode == 0, done.stderr
    return [shlex.split(line) for line in done.stdout.splitlines()]


def test_one_device() -> None:
    assert printed("one.sh", "--", *TRAIN) == [["python", "-m", "model", "train", *TRAIN]]


def test_one_device_of_several_on_cores_of_its_own() -> None:
    [command] = printed("one.sh", "--visible", "3", "--cores", "0-7", "--", *TRAIN)
    visible = ["CUDA_VISIBLE_DEVICES=3", "ASCEND_RT_VISIBLE_DEVICES=3"]
    assert command[:6] == ["env", *visible, "taskset", "--cpu-list", "0-7"]
    assert command[6:] == ["python", "-m", "model", "train", *TRAIN]


def test_several_devices_of_a_machine() -> None:
    [command] = printed(
        "machine.sh", "--workers", "8", "--numa", "1", "--hccl-connect", "600",
        "--hccl-exec", "3600", "--", *TRAIN, "--device", "Ascend",
    )  # fmt: skip
    assert command == [
        "env", "HCCL_CONNECT_TIMEOUT=600", "HCCL_EXEC_TIMEOUT=3600",
        "numactl", "--cpunodebind=1", "--membind=1",
        "python", "-m", "model", "train", *TRAIN, "--device", "Ascend", "--workers", "8",
    ]  # fmt: skip


def test_several_machines() -> None:
    [command] = printed("machines.sh", *MACHINES, "--bind-core", "--", *TRAIN, *RUN)
    assert command == [
        "msrun", "--worker_num=16", "--local_worker_num=8", "--master_addr=10.0.0.1",
        "--master_port=8118", "--node_rank=1", "--log_dir=logs", "--join=True",
        "--bind_core=True", "python", "-m", "model", "train", *TRAIN, *RUN,
    ]  # fmt: skip


def test_a_rank_table() -> None:
    more = ["--ranks", "4", "--first-rank", "2", "--cores-each", "12"]
    *workers, last = printed("rank_table.sh", *TABLE, *more, "--", *TRAIN, *RUN)
    assert last == ["wait"]
    for device, command in enumerate(workers):
        rank, cores = device + 2, ("0-11", "12-23")[device]
        assert command == [
            "env", "RANK_TABLE_FILE=hccl_2p.json", "RANK_SIZE=4", f"RANK_ID={rank}",
            f"DEVICE_ID={device}", "taskset", "--cpu-list", cores,
            "python", "-m", "model", "train", *TRAIN, *RUN, "--device", "Ascend",
            ">", f"logs/worker_{rank}.log", "2>&1", "&",
        ]  # fmt: skip
    assert len(workers) == 2


@pytest.mark.parametrize(
    ("script", "options", "more"),
    [
        ("one.sh", [], []),
        ("machine.sh", ["--workers", "2"], []),
        ("machines.sh", MACHINES, RUN),
        ("rank_table.sh", TABLE, RUN),
    ],
)
def test_names_stay_whole_and_the_command_takes_them(
    script: str, options: list[str], more: list[str]
) -> None:
    strange = """my 'data' "x" $HOME `ls` * \\ end """
    command = printed(script, *options, "--", *TRAIN, "--data", strange, *more)[0]
    train = command[command.index("train") :]
    if ">" in train:
        train = train[: train.index(">")]
    args = build_parser().parse_args(train)
    assert (args.data, args.task, args.preset) == (Path(strange), "pretrain", "full")


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_shows_examples_that_run_dry(script: str) -> None:
    done = launch(script, "--help")
    assert done.returncode == 0
    text = done.stdout.replace("\\\n", " ")
    examples = [line for line in text.splitlines() if line.startswith(f"  deploy/launch/{script}")]
    assert examples
    for example in examples:
        words = shlex.split(example, comments=True)[1:]
        assert printed(script, *words)


@pytest.mark.parametrize(
    ("script", "words", "message"),
    [
        *((script, ["--what"], "no option --what") for script in SCRIPTS),
        *((script, ["--cores", "a b", "--"], "--cores wants") for script in SCRIPTS),
        *((script, ["--hccl-connect", "60", "--"], "120 to 7200") for script in SCRIPTS),
        *((script, ["--visible"], "--visible wants") for script in SCRIPTS),
        ("one.sh", [], "nothing behind --"),
        ("one.sh", ["--cores", "0", "--numa", "0", "--", *TRAIN], "two ways"),
        ("one.sh", ["--", *TRAIN, "--workers", "2"], "machine.sh"),
        ("machine.sh", ["--", *TRAIN], "--workers N is missing"),
        ("machine.sh", ["--workers", "1", "--", *TRAIN], "2 to 1024"),
        ("machine.sh", ["--workers", "2", "--", *TRAIN, "--workers=2"], "stands twice"),
        ("machines.sh", [*MACHINES[:-2], "--", *TRAIN, *RUN], "--master ADDRESS is missing"),
        ("machines.sh", [*MACHINES, "--rank", "2", "--", *TRAIN, *RUN], "0 to 1"),
        ("machines.sh", [*MACHINES, "--", *TRAIN], "give --run DIR"),
        ("rank_table.sh", ["--", *TRAIN, *RUN], "--table FILE is missing"),
        ("rank_table.sh", [*TABLE, "--", *TRAIN], "give --run DIR"),
        ("rank_table.sh", [*TABLE, "--", *TRAIN, *RUN], "there is no such file"),
        ("rank_table.sh", [*TABLE, "--first-rank", "1", "--", *TRAIN, *RUN], "go beyond"),
        ("rank_table.sh", ["--dry-run", *TABLE, "--", *TRAIN, *RUN, "--device", "GPU"], "Ascend"),
    ],
)
def test_errors_say_what_is_wrong(script: str, words: list[str], message: str) -> None:
    done = launch(script, *words)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr


def test_what_is_printed_is_what_runs(tmp_path: Path) -> None:
    python = _worker(tmp_path, 'printf "%s\\n" "$0" "$@" "$HCCL_EXEC_TIMEOUT"')
    words = ["--hccl-exec", "99", "--", "--data", "a b"]
    done = launch("one.sh", *words, PYTHON=str(python))
    assert done.stdout.splitlines() == [str(python), "-m", "model", "train", "--data", "a b", "99"]


def _worker(folder: Path, script: str) -> Path:
    """A program in the place of Python."""
    path = folder / "worker"
    path.write_text(f"#!/usr/bin/env bash\n{script}\n")
    path.chmod(0o755)
    return path


@contextlib.contextmanager
def _rank_table(folder: Path, python: Path) -> Iterator["subprocess.Popen[str]"]:
    """The script with its workers, all of whom end with the block. What runs behind a shell's ``&``
    ignores interrupts, and so would they."""
    (folder / "hccl_2p.json").write_text("{}")
    command = ["bash", LAUNCH / "rank_table.sh", *TABLE, "--logs", "my logs", "--", *TRAIN, *RUN]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PYTHON": str(python)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_workers_of_a_rank_table_end_well_together(tmp_path: Path) -> None:
    python = _worker(tmp_path, 'echo "rank $RANK_ID of $RANK_SIZE on $DEVICE_ID"')
    with _rank_table(tmp_path, python) as process:
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")
    logs = [(tmp_path / "my logs" / f"worker_{rank}.log").read_text() for rank in (0, 1)]
    assert logs == ["rank 0 of 2 on 0\n", "rank 1 of 2 on 1\n"]


def test_a_worker_that_fails_is_named_and_ends_the_others(tmp_path: Path) -> None:
    script = 'echo $$ > "pid_$RANK_ID"; [[ $RANK_ID == 1 ]] && { echo no memory; exit 7; }'
    python = _worker(tmp_path, f"{script}; exec sleep 60")
    with _rank_table(tmp_path, python) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 7
    assert "worker 1 of 2 ended with status 7" in said
    assert "no memory" in said
    assert _is_gone(int((tmp_path / "pid_0").read_text()))


def test_a_signal_stops_the_first_worker_and_waits_for_all(tmp_path: Path) -> None:
    # The second worker ends as the first does, which in a training tells it.
    first = 'trap "touch saved; exit 143" TERM; while true; do sleep 0.1; done'
    second = "until [[ -e saved ]]; do sleep 0.1; done; exit 143"
    script = f'touch "ready_$RANK_ID"; if [[ $RANK_ID == 0 ]]; then {first}; else {second}; fi'
    with _rank_table(tmp_path, _worker(tmp_path, script)) as process:
        _wait_for(tmp_path / "ready_0")
        _wait_for(tmp_path / "ready_1")
        time.sleep(0.3)  # for the trap behind it
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (143, "")
    assert (tmp_path / "saved").exists()


def test_a_second_signal_ends_all(tmp_path: Path) -> None:
    script = 'trap "touch told" TERM; touch "ready_$RANK_ID"; while true; do sleep 0.1; done'
    with _rank_table(tmp_path, _worker(tmp_path, script)) as process:
        _wait_for(tmp_path / "ready_0")
        _wait_for(tmp_path / "ready_1")
        process.send_signal(signal.SIGTERM)
        _wait_for(tmp_path / "told")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 137


def _wait_for(path: Path) -> None:
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} never came"
        time.sleep(0.05)


def _is_gone(process: int) -> bool:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False
