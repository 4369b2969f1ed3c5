"""The pipelines on Beam's own job server and worker pool, the package installed from its wheel:
the bytes that they give in process, and messages where something is missing."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import apache_beam as beam
import pytest

from manifests.errors import UserError
from pipelines import handshake, runner, waiting
from pipelines.normalize import normalize
from pipelines.shard import shard
from pipelines.statistics import statistics
from tests.pipelines.beam_servers import free_port, install, job_server, worker_pool
from tests.pipelines.conftest import ONE_WORKER

MIX = """\
seed: 1
shards: 3
members:
  - {dataset: icdar11, split: train}
  - {dataset: icdar13, split: train}
"""


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory, wheel_file: Path) -> Path:
    return install(tmp_path_factory.mktemp("installed"), wheel_file)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def pool(bin_folder: Path, logs: Path) -> Iterator[str]:
    with worker_pool(bin_folder, logs / "pool.log") as address:
        yield address


@pytest.fixture(scope="module")
def server(logs: Path) -> Iterator[str]:
    with job_server(logs / "server.log") as address:
        yield address


@pytest.fixture(scope="module")
def mix(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("mix") / "everything.yaml"
    path.write_text(MIX)
    return str(path)


@pytest.fixture(scope="module")
def expected(raw: Path, mix: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every file that the three make in process."""
    return make(raw, mix, tmp_path_factory.mktemp("in process"), ONE_WORKER)


def options(server: str, pool: str) -> list[str]:
    return [
        "--runner=PortableRunner",
        f"--job_endpoint={server}",
        "--environment_type=EXTERNAL",
        f"--environment_config={pool}",
    ]


def make(
    raw: Path, mix: str, data: Path, beam_options: list[str], measured: bool = True
) -> dict[str, bytes]:
    """All files that normalize, statistics (where they are ``measured``) and shard leave."""
    normalize(raw, data, beam_options=beam_options)
    if measured:
        statistics(data, beam_options=beam_options)
    shard(data, [mix], beam_options=beam_options)
    folders = [data / name for name in ("manifests", "statistics", "shards")]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(data)): path.read_bytes() for path in paths}


def test_a_job_server_and_a_worker_from_the_wheel_give_the_same_bytes(
    raw: Path, mix: str, expected: dict[str, bytes], server: str, pool: str, tmp_path: Path
) -> None:
    assert make(raw, mix, tmp_path, options(server, pool)) == expected
    assert len(expected) == 8 + 4 + 7


def test_several_workers_give_the_same_bytes(
    raw: Path, mix: str, expected: dict[str, bytes], pool: str, logs: Path, tmp_path: Path
) -> None:
    began = (logs / "pool.log").read_text().count("Starting worker")
    with job_server(logs / "several.log", workers=2) as several:
        made = make(raw, mix, tmp_path, options(several, pool), measured=False)
    assert made == {name: data for name, data in expected.items() if "statistics" not in name}
    assert (logs / "pool.log").read_text().count("Starting worker") == began + 2 * 2


def run_toy(tmp_path: Path, beam_options: list[str], step: object) -> None:
    """A pipeline of one step, in a scratch folder of its own."""
    tmp_path.mkdir(exist_ok=True)
    runner.run(
        lambda pipeline: pipeline | beam.Create([str(tmp_path)]) | beam.Map(step),
        beam_options,
        tmp_path,
        tmp_path / "toy.log",
        lambda: (0, 1),
        "toy",
    )


def test_where_no_job_server_is_the_message_comes_within_seconds(tmp_path: Path, pool: str) -> None:
    began = time.monotonic()
    with pytest.raises(UserError, match=r"no job server answers at localhost:.*local_job_service"):
        run_toy(tmp_path, options(f"localhost:{free_port()}", pool), str)
    with pytest.raises(UserError, match=r"is not a job server \(UNIMPLEMENTED\)"):
        run_toy(tmp_path, options(pool, pool), str)
    assert time.monotonic() - began < 20


def test_where_no_worker_pool_is_the_message_names_its_address(tmp_path: Path, server: str) -> None:
    nowhere = f"localhost:{free_port()}"
    with pytest.raises(UserError, match=f"cannot reach the worker pool at {nowhere}"):
        run_toy(tmp_path, options(server, nowhere), str)


def test_misspelt_options_are_refused(tmp_path: Path, server: str, pool: str) -> None:
    with pytest.raises(UserError, match="no option --enviroment_type=EXTERNAL"):
        run_toy(tmp_path, [*options(server, pool), "--enviroment_type=EXTERNAL"], str)


def test_a_worker_that_dies_is_noticed(
    tmp_path: Path, server: str, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_RESTART_SECONDS", 1.0)

    def die(scratch: str) -> None:
        with runner.noting_errors(Path(scratch)):
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(UserError, match=r"died.*nothing was published"):
        run_toy(tmp_path, options(server, pool), die)


def test_a_worker_with_other_versions_is_refused(
    tmp_path: Path, server: str, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = handshake.versions() | {"this package": "0123456789ab", "pyarrow": "1.0"}
    monkeypatch.setattr(handshake, "versions", lambda: ours)

    def work(scratch: str) -> None:
        with runner.noting_errors(Path(scratch)):
            (Path(scratch) / "worked").touch()

    with pytest.raises(
        UserError, match=r"pyarrow 1\.0 here, .* there; this package 0123456789ab here"
    ):
        run_toy(tmp_path, options(server, pool), work)
    assert not (tmp_path / "worked").exists()


def test_a_worker_that_does_not_see_the_scratch_folder_says_so(
    tmp_path: Path, server: str, pool: str
) -> None:
    def work(scratch: str) -> None:
        with runner.noting_errors(Path(scratch) / "not mounted"):
            pass

    with pytest.raises(UserError, match="does not see the disk or store of DATA"):
        run_toy(tmp_path, options(server, pool), work)
    assert not (tmp_path / "not mounted").exists()
