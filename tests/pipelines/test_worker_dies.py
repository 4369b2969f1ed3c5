"""A worker process that dies in the middle: an error that says so, and nothing is published."""

from pathlib import Path

import apache_beam as beam
import pytest

from manifests.errors import UserError
from pipelines import runner


def fill(pipeline: beam.Pipeline) -> None:
    def die(number: int) -> int:
        import os  # here: the function goes to another process
        import signal

        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    _ = pipeline | beam.Create(range(8)) | beam.Reshuffle() | beam.Map(die)


def test_a_worker_that_dies_is_told(tmp_path: Path) -> None:
    two = ["--direct_num_workers=2", "--direct_running_mode=multi_processing"]
    with pytest.raises(UserError, match=r"a worker process died .* run it again"):
        runner.run(fill, two, tmp_path, tmp_path / "log", lambda: (0, 8), "dying")
