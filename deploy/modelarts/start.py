"""The boot file of a job: ``python deploy/modelarts/start.py --train_url=... ...``."""

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # it is started by its path

from deploy.modelarts.copying import JOB_LOG, copy_in, copy_out, once_a_machine  # noqa: E402
from deploy.modelarts.errors import JobError  # noqa: E402
from deploy.modelarts.recipe import Places, command, parse  # noqa: E402
from deploy.modelarts.running import run, signals_kept  # noqa: E402

LOG = logging.getLogger("modelarts")

_CACHE = Path("/cache")
"""The fast disk of a ModelArts machine."""
NOT_STORED = 3


def main(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Run a job. Returns the command's exit status; 2 where the job cannot begin, 3 where the
    results could not be copied out."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        return job(list(arguments), environment)
    except JobError as error:
        LOG.error("error: %s", error)
        return 2


def job(arguments: list[str], environment: Mapping[str, str]) -> int:
    """As ``main``; raises JobError where the job cannot begin."""
    args = parse(arguments)
    rank, processes = _rank(environment)
    if processes > 1 and args.workers:
        raise JobError(
            f"this is one of {processes} processes that the platform started; leave --workers out"
        )
    places = Places((args.work or _work()).resolve())
    with signals_kept() as stopping:
        key = f"{args.data_url}\n{os.getppid()}"
        with once_a_machine(places, key, processes) as first:
            if first:
                copy_in(args, places)
        if stopping.count:
            raise JobError("stopped before the command began; nothing was written")
        places.results(args.run).mkdir(parents=True, exist_ok=True)
        log = places.work / (JOB_LOG if rank == 0 else f"job-{rank}.log")
        line = command(args, places)
        status = run(line, ROOT, log, stopping)
        if rank:
            return status
        about = {"mode": args.mode, "status": _word(status, stopping.count), "exit_status": status}
        try:
            copy_out(args, places, log, {**about, "command": line[1:]})
        except JobError as error:
            LOG.error(
                "error: the results could not be copied out: %s. They are in %s", error, places.work
            )
            return status or NOT_STORED
    LOG.info("%s: %s", about["status"], args.train_url)
    return status


def _word(status: int, signals: int) -> str:
    if status == 0:
        return "finished"
    return "stopped" if signals else "failed"


def _rank(environment: Mapping[str, str]) -> tuple[int, int]:
    """Rank and number of the processes, where the platform started one for each device."""
    if "RANK_TABLE_FILE" not in environment or "RANK_ID" not in environment:
        return 0, 1
    return int(environment["RANK_ID"]), int(environment.get("RANK_SIZE", "1"))


def _work() -> Path:
    return (_CACHE if os.access(_CACHE, os.W_OK) else Path.cwd()) / "textlines-job"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
