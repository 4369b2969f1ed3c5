"""Beam's options: this project's defaults, and the runners and modes that are refused."""

import argparse
import contextlib
import importlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.runners.runner import PipelineRunner

from manifests.errors import UserError

_LOSES_DATA = {
    "dask": "it loses bundles, mixes outputs and reports success",
    "pyspark": "it gives wrong results and reports success; Spark is run by --runner=SparkRunner",
}
"""By a word in a runner's full name, in any case."""
_IN_PROCESS = ("BundleBasedDirectRunner", "DirectRunner", "FnApiRunner", "SwitchingDirectRunner")
_PORTABLE = ("PortableRunner", "FlinkRunner", "SparkRunner")
_NAMES = {path.rpartition(".")[2].lower(): path for path in StandardOptions.ALL_KNOWN_RUNNERS}
_WORKERS_A_CORE = 16
_COUNT = re.compile(r"[0-9]{1,6}\Z")
_FOREVER = 30 * 24 * 3600
_WORKER_TIMEOUT = "worker_timeout"
PATIENCE = {"DataflowRunner": 1800.0}
"""Seconds until workers are given up that give no sign of life; a cloud has to start them first."""
USUAL_PATIENCE = 300.0


@dataclass(frozen=True)
class BeamOptions:
    """What a pipeline is run with. ``runner``: its short name; ``arguments``: Beam's own;
    ``patience``: seconds without any sign of life of a worker until the run is given up."""

    runner: str
    arguments: list[str]
    patience: float

    @property
    def in_process(self) -> bool:
        """True where this process and children of it do all the work."""
        return self.runner in _IN_PROCESS

    def value(self, name: str) -> str:
        """The value of one of Beam's options as it was given; empty where it was not."""
        return _given(self.arguments).get(name, "")


def settle(arguments: Sequence[str]) -> BeamOptions:
    """Options as they were typed, checked, with this project's defaults.

    Raises UserError for a runner or mode that is known to lose data, by whatever name, and for what
    means nothing. ``--worker_timeout=SECONDS`` is this project's own.
    """
    joined = _joined(arguments)
    given = _given(joined)
    own = f"--{_WORKER_TIMEOUT}="
    joined = [argument for argument in joined if not argument.startswith(own)]
    runner = _short_name(given.get("runner") or "FnApiRunner")
    patience = _seconds(given.get(_WORKER_TIMEOUT), PATIENCE.get(runner, USUAL_PATIENCE))
    if given.get("direct_running_mode") == "multi_threading":
        raise UserError(
            "--direct_running_mode=multi_threading is refused: large shuffles fail in it; "
            "use multi_processing or in_memory"
        )
    options = BeamOptions(runner, joined, patience)
    if options.in_process:
        options = BeamOptions(runner, _in_process(joined, given), patience)
    elif runner in _PORTABLE:
        options = BeamOptions(runner, _portable(joined, given, runner), patience)
    return options


def _in_process(joined: list[str], given: dict[str, str]) -> list[str]:
    """In process, one worker a core. ``DirectRunner`` would try to download another runner before
    it falls back, so it is run as what it falls back to."""
    _refuse_workers(given.get("direct_num_workers", "1"))
    refuse_unknown(joined)
    result = ["--runner=FnApiRunner", *(a for a in joined if not a.startswith("--runner="))]
    if "direct_num_workers" not in given:
        result.append(f"--direct_num_workers={len(os.sched_getaffinity(0))}")
    if "direct_running_mode" not in given:
        single = given.get("direct_num_workers", "") == "1"
        result.append(f"--direct_running_mode={'in_memory' if single else 'multi_processing'}")
    return result


def _refuse_workers(count: str) -> None:
    """Each is a process of some 300 MB; 0 is Beam's word for one a core."""
    most = _WORKERS_A_CORE * len(os.sched_getaffinity(0))
    if not _COUNT.match(count) or int(count) > most:
        raise UserError(
            f"--direct_num_workers={count} is no number of worker processes from 1 to {most}; "
            "leave it out for one a core"
        )


def _portable(joined: list[str], given: dict[str, str], runner: str) -> list[str]:
    """Of a job server: Beam would stop listening to it after its time-out, a minute, however well
    the job goes."""
    if runner == "PortableRunner" and not given.get("job_endpoint"):
        raise UserError(
            "--runner=PortableRunner needs a job server: start one (docs/scale.md) and name it "
            "with --job_endpoint=HOST:PORT"
        )
    if "job_server_timeout" in given or not given.get("job_endpoint"):
        return joined
    return [*joined, f"--job_server_timeout={_FOREVER}"]


def refuse_unknown(arguments: Sequence[str], known: Sequence[str] = ()) -> None:
    """Raise UserError for an option that Beam would drop with a warning: most are misspelt.

    ``known``: names that a job server takes besides.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for options in PipelineOptions.__subclasses__():
        with contextlib.suppress(argparse.ArgumentError):  # two of Beam's own share an option
            options._add_argparse_args(parser)
    _, unknown = parser.parse_known_args(list(arguments))
    unknown = [item for item in unknown if item.lstrip("-").partition("=")[0] not in known]
    if unknown:
        raise UserError(f"no option {' '.join(unknown)}, here or in Beam; see --help")


def _short_name(runner: str) -> str:
    """A runner's class, by each of the ways in which Beam lets it be written.

    Raises UserError where it, or a class that it is made from, is known to lose data.
    """
    low = runner.lower()
    path = _NAMES.get(low) or _NAMES.get(low + "runner") or runner
    _refuse_loser(runner, [path])
    if "." not in path:
        known = ", ".join(sorted(name.rpartition(".")[2] for name in _NAMES.values()))
        raise UserError(f"--runner={runner}: Beam knows no such runner, but {known}")
    if path not in _NAMES.values():
        _refuse_loser(runner, _ancestors(runner, path))
    return path.rpartition(".")[2]


def _ancestors(runner: str, path: str) -> list[str]:
    """The full names of a runner's class and of all that it is made from."""
    module, _, name = path.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(f"--runner={runner}: there is no such class here ({error})") from error
    if not isinstance(found, type) or not issubclass(found, PipelineRunner):
        raise UserError(f"--runner={runner} is no runner of Beam's; leave it out")
    return [f"{kind.__module__}.{kind.__qualname__}" for kind in found.__mro__]


def _refuse_loser(runner: str, names: Sequence[str]) -> None:
    for word, reason in _LOSES_DATA.items():
        if any(word in name.lower() for name in names):
            raise UserError(
                f"--runner={runner} is refused: {reason}; leave it out to run in process"
            )


def _given(joined: Sequence[str]) -> dict[str, str]:
    parts = (argument.lstrip("-").partition("=") for argument in joined)
    return {key: value for key, _, value in parts}


def _seconds(text: str | None, default: float) -> float:
    try:
        seconds = default if text is None else float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UserError(f"--{_WORKER_TIMEOUT}={text} is no number of seconds above 0")
    return seconds


def _joined(arguments: Sequence[str]) -> list[str]:
    """``--key value`` as ``--key=value``. Raises UserError for what is no option."""
    joined: list[str] = []
    for argument in arguments:
        if argument.startswith("--"):
            joined.append(argument)
        elif joined and "=" not in joined[-1]:
            joined[-1] += f"={argument}"
        else:
            raise UserError(f"{argument!r} is neither an option of this command nor of Beam's")
    return joined
