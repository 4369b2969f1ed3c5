"""Which Beam options run by default, which are refused because they lose data, and progress."""

import io
import threading

import pytest

from manifests.errors import UserError
from pipelines import runner
from pipelines.runner import beam_arguments


def test_the_default_is_in_process_with_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2})
    expected = [
        "--runner=FnApiRunner",
        "--direct_num_workers=3",
        "--direct_running_mode=multi_processing",
    ]
    assert beam_arguments([]) == expected
    assert beam_arguments(["--runner", "DirectRunner"]) == expected, "it would download another one"


def test_one_worker_runs_in_memory() -> None:
    assert "--direct_running_mode=in_memory" in beam_arguments(["--direct_num_workers", "1"])


def test_options_of_other_runners_pass_untouched() -> None:
    given = ["--runner=FlinkRunner", "--flink_master", "localhost:8081", "--parallelism=4"]
    assert beam_arguments(given) == [
        "--runner=FlinkRunner",
        "--flink_master=localhost:8081",
        "--parallelism=4",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--runner=DaskRunner"],
        ["--direct_running_mode=multi_threading"],
        ["--direct_num_workers=2", "x"],
        ["--olny", "icdar15"],
        ["--nonsense=5"],
    ],
)
def test_what_loses_data_or_means_nothing_is_refused(arguments: list[str]) -> None:
    with pytest.raises(UserError):
        beam_arguments(arguments)


@pytest.mark.parametrize(
    ("done", "told"), [(0, False), (1, False), (4, False), (5, True), (100, True)]
)
def test_time_left_is_told_from_a_twentieth_on(done: int, told: bool) -> None:
    class Twice(threading.Event):
        """Set when it is asked again."""

        def wait(self, timeout: float | None = None) -> bool:
            before = self.is_set()
            self.set()
            return before

    terminal = io.StringIO()
    runner._lines("normalize", lambda: (done, 100), terminal, Twice())
    (line,) = terminal.getvalue().splitlines()
    assert line.startswith(f"normalize: {done} of 100 parts in ")
    assert (" s left" in line) is told
