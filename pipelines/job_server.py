"""Beam's job servers: whether one is there, and what a job's failure means to a person."""

import re
from pathlib import Path

import grpc  # type: ignore[import-untyped]
from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc

from manifests.errors import UserError
from pipelines.beam_options import BeamOptions

_ANSWER_SECONDS = 5.0
_USER_ERROR = re.compile(r"manifests\.errors\.UserError: (.*?)(?: \[while running|\n|\Z)")
_NO_PACKAGE = re.compile(r"No module named '((?:manifests|pipelines)\b[^']*)'")
_DIED = ("Channel closed prematurely", "Socket closed", "Worker subprocess exited")
_ABSENT = ("failed to connect to all addresses", "Error starting worker")


def server_options(endpoint: str) -> list[str]:
    """Ask a job server which options it takes.

    Raises UserError, within seconds, where none answers or what answers is something else.
    """
    start = (
        "start one, as `python -m apache_beam.runners.portability.local_job_service_main --port "
        "8099`, and name it with --job_endpoint=HOST:PORT (docs/scale.md)"
    )
    with grpc.insecure_channel(endpoint) as channel:
        try:
            grpc.channel_ready_future(channel).result(_ANSWER_SECONDS)
            stub = beam_job_api_pb2_grpc.JobServiceStub(channel)
            request = beam_job_api_pb2.DescribePipelineOptionsRequest()
            answer = stub.DescribePipelineOptions(request, timeout=_ANSWER_SECONDS)
        except grpc.FutureTimeoutError as error:
            raise UserError(f"no job server answers at {endpoint}; {start}") from error
        except grpc.RpcError as error:
            raise UserError(
                f"what answers at {endpoint} is not a job server ({error.code().name}); {start}"
            ) from error
    return [option.name for option in answer.options]


def explain(error: BaseException, notes: Path, options: BeamOptions) -> str | None:
    """What a person can do about a run that failed; None where it is a fault of the program.

    ``notes``: the folder where workers leave their messages.
    """
    for note in sorted(notes.glob("*.txt")):
        return note.read_text(encoding="utf-8")
    text = str(error)
    if found := _USER_ERROR.findall(text):
        return str(found[-1])
    if lost := _NO_PACKAGE.search(text):
        return (
            f"the workers cannot import {lost[1]}: this package, or this version of it, is not "
            "installed there; install the wheel that is used here (docs/scale.md)"
        )
    if options.in_process:
        return None
    return _of_workers(text, options)


def _of_workers(text: str, options: BeamOptions) -> str | None:
    place = options.value("environment_config")
    if any(words in text for words in _DIED):
        return (
            "a worker died; nothing was published. The log of its worker pool says more (killed "
            "for memory, perhaps); run it again"
        )
    if any(words in text for words in _ABSENT):
        return (
            f"the job server cannot reach the worker pool at {place or 'its address'}; start one "
            "(docs/scale.md), and name it with --environment_type=EXTERNAL "
            "--environment_config=HOST:PORT"
        )
    if "docker" in text.lower() and not options.value("environment_type"):
        return (
            "the workers would be started by Docker, which failed; with a worker pool of your own "
            "(docs/scale.md) add --environment_type=EXTERNAL --environment_config=HOST:PORT"
        )
    return None
