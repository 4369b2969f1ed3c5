"""Which Beam options run by default, which are refused because they lose data, and progress."""

import io
import threading

import pytest

from manifests.errors import UserError
from pipelines import progress
from pipelines.beam_options import settle


def test_the_default_is_in_process_with_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2})
    expected = [
        "--runner=FnApiRunner",
        "--direct_num_workers=3",
        "--direct_running_mode=multi_processing",
    ]
    assert settle([]).arguments == expected
    assert settle(["--runner", "DirectRunner"]).arguments == expected, (
        "it would download another one"
    )


def test_one_worker_runs_in_memory() -> None:
    assert "--direct_running_mode=in_memory" in settle(["--direct_num_workers", "1"]).arguments


@pytest.mark.parametrize("count", ["-3", "abc", "99999", "9" * 5000, "1.5", ""])
def test_a_number_of_workers_that_is_none_is_refused(count: str) -> None:
    with pytest.raises(UserError, match="is no number of worker processes from 1 to"):
        settle([f"--direct_num_workers={count}"])


def test_what_is_no_runner_is_refused() -> None:
    for name in ("os.system", "json.JSONDecoder"):
        with pytest.raises(UserError, match="is no runner of Beam's"):
            settle([f"--runner={name}"])


def test_options_of_other_runners_pass_untouched() -> None:
    given = ["--runner=FlinkRunner", "--flink_master", "localhost:8081", "--parallelism=4"]
    assert settle(given).arguments == [
        "--runner=FlinkRunner",
        "--flink_master=localhost:8081",
        "--parallelism=4",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--direct_running_mode=multi_threading"],
        ["--direct_num_workers=2", "x"],
        ["--olny", "icdar15"],
        ["--nonsense=5"],
    ],
)
def test_what_loses_data_or_means_nothing_is_refused(arguments: list[str]) -> None:
    with pytest.raises(UserError):
        settle(arguments)


@pytest.mark.parametrize(
    "name",
    [
        "DaskRunner",
        "dask",
        "DASK",
        "apache_beam.runners.dask.dask_runner.DaskRunner",
        "apache_beam.runners.dask.DaskRunner",
        "beam_pyspark_runner.pyspark_runner.PySparkRunner",
        "pyspark",
        "tests.pipelines.runners_of_others.Renamed",
    ],
)
@pytest.mark.parametrize("way", ["--runner={}", "--runner {}"])
def test_a_runner_that_loses_data_is_refused_by_every_name(name: str, way: str) -> None:
    with pytest.raises(UserError, match=r"is refused: it (loses bundles|gives wrong results)"):
        settle(way.format(name).split(" "))


def test_the_last_of_two_runners_counts_as_it_does_in_beam() -> None:
    with pytest.raises(UserError, match="loses bundles"):
        settle(["--runner=FnApiRunner", "--runner=DaskRunner"])
    assert settle(["--runner=DaskRunner", "--runner=FnApiRunner"]).in_process


def test_runners_that_are_not_there_are_said_to_be_none() -> None:
    with pytest.raises(UserError, match="Beam knows no such runner, but BundleBased"):
        settle(["--runner=FlnkRunner"])
    for name in ("no.such.Runner", "tests.pipelines.runners_of_others.Nothing"):
        with pytest.raises(UserError, match="there is no such class here"):
            settle([f"--runner={name}"])
    assert not settle(["--runner=tests.pipelines.runners_of_others.Another"]).in_process


def test_a_job_server_is_needed_and_is_listened_to_as_long_as_the_job_goes() -> None:
    with pytest.raises(UserError, match="--job_endpoint=HOST:PORT"):
        settle(["--runner=PortableRunner"])
    given = ["--runner=portable", "--job_endpoint=here:1"]
    assert settle(given).arguments == [*given, "--job_server_timeout=2592000"]
    own = [*given, "--job_server_timeout=9"]
    assert settle(own).arguments == own


def test_the_time_for_workers_is_an_option_of_this_project() -> None:
    said = settle(["--worker_timeout", "7.5"])
    assert said.patience == 7.5
    assert not any("worker_timeout" in argument for argument in said.arguments)
    assert settle(["--runner=DataflowRunner"]).patience > settle([]).patience
    for wrong in ("0", "-1", "nan", "inf", "soon"):
        with pytest.raises(UserError, match="no number of seconds"):
            settle([f"--worker_timeout={wrong}"])


def line_of(done: int, total: int) -> str:
    """What is told of a run that is so far."""

    class Twice(threading.Event):
        """Set when it is asked again."""

        def wait(self, timeout: float | None = None) -> bool:
            before = self.is_set()
            self.set()
            return before

    terminal = io.StringIO()
    progress._lines("normalize", lambda: (done, total), terminal, Twice())
    (line,) = terminal.getvalue().splitlines()
    return line


def test_before_there_are_parts_it_is_listing() -> None:
    assert line_of(0, 0) == "normalize: listing what there is, for 0 s"


@pytest.mark.parametrize(
    ("done", "told"), [(0, False), (1, False), (4, False), (5, True), (100, True)]
)
def test_time_left_is_told_from_a_twentieth_on(done: int, told: bool) -> None:
    line = line_of(done, 100)
    assert line.startswith(f"normalize: {done} of 100 parts in ")
    assert (" s left" in line) is told
