"""Data in before the command, results out after it."""

import argparse
import fcntl
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.modelarts.errors import JobError
from deploy.modelarts.recipe import Places, is_name, local
from deploy.modelarts.storage import Storage, join, storage_for

LOG = logging.getLogger(__name__)

COMPLETE = "complete.json"
JOB_LOG = "job.log"
PARTS = ("shards", "manifests", "report", "findings")
"""What a command may read of DATA; its runs stay where they are."""
_TRIES, _FIRST_PAUSE = 3, 2.0
_BLOCK = 1 << 20


def copy_in(args: argparse.Namespace, places: Places) -> None:
    """Copy data, weights and, to resume, the training. Raises JobError."""
    if not args.resume:
        _require_new(args)
    if args.data_url:
        _copy_data(args.data_url, places.data)
    for url in (args.checkpoint_url, args.backbone_url):
        if url and not is_name(url):
            _copy_weights(url, Path(local(url, places)))
    if args.resume:
        url = join(args.train_url, args.run)
        if not storage_for(url).exists(join(url, "checkpoints")):
            raise JobError(f"{url} holds no training to go on with; leave --resume out")
        LOG.info("copying %s", url)
        _trying(lambda: storage_for(url).fetch_folder(url, places.run(args.run)), url)
        for name in (COMPLETE, JOB_LOG):
            (places.run(args.run) / name).unlink(missing_ok=True)
        shutil.rmtree(places.run(args.run) / "logs", ignore_errors=True)


@contextmanager
def once_a_machine(places: Places, key: str, processes: int) -> Iterator[bool]:
    """Whether this process is the one that copies in; the others wait until it has.

    ModelArts starts some jobs once for each device. key: tells this job from others that used the
    folder before.
    """
    places.work.mkdir(parents=True, exist_ok=True)
    if processes == 1:
        yield True
        return
    done = places.work / ".copied"
    with (places.work / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        first = not done.is_file() or done.read_text() != key
        yield first
        if first:
            done.write_text(key)


def copy_out(
    args: argparse.Namespace, places: Places, job_log: Path, about: Mapping[str, Any]
) -> None:
    """Copy the results to TRAIN_URL/RUN, ``complete.json`` last. Raises JobError.

    Where it is not there, or lists other files than are there, the results are not whole: a store
    of objects has no folder that could be put in place at once.
    """
    url = join(args.train_url, args.run)
    storage = storage_for(url)
    with tempfile.TemporaryDirectory(dir=places.work, prefix=".results-") as name:
        staged = Path(name)
        _stage(_results(args, places), staged)
        _stage(places.logs(args.run), staged / "logs")
        _link(job_log, staged / JOB_LOG)
        files = {path.relative_to(staged).as_posix(): _digest(path) for path in _files(staged)}
        marker = places.work / COMPLETE
        marker.write_text(json.dumps({"version": 1, **about, "files": files}, indent=2) + "\n")
        LOG.info("copying %d files to %s", len(files), url)
        _trying(lambda: storage.remove_file(join(url, COMPLETE)), url)
        _trying(lambda: storage.store_folder(staged, url), url)
        _trying(lambda: storage.store_file(marker, join(url, COMPLETE)), url)


def _require_new(args: argparse.Namespace) -> None:
    """Nothing that an earlier job has stored is written over."""
    url = join(args.train_url, args.run)
    if not storage_for(url).exists(join(url, COMPLETE)):
        return
    if args.mode == "train":
        raise JobError(
            f"{url} holds a training already; give another --run, or --resume to go on with it"
        )
    raise JobError(f"{url} holds results already; give another --run, or take them away")


def _copy_data(url: str, folder: Path) -> None:
    storage = storage_for(url)
    parts = [part for part in PARTS if storage.is_folder(join(url, part))]
    if "shards" not in parts:
        raise JobError(f"{url} has no folder shards; give the DATA of `python -m pipelines shard`")
    for part in parts:
        LOG.info("copying %s", join(url, part))
        _fetch(storage, join(url, part), folder / part)


def _fetch(storage: Storage, url: str, folder: Path) -> None:
    _trying(lambda: storage.fetch_folder(url, folder), url)


def _copy_weights(url: str, path: Path) -> None:
    storage = storage_for(url)
    if not storage.exists(url) or storage.is_folder(url):
        raise JobError(f"{url} is no file; give that of the weights, such as .../best.ckpt")
    path.parent.mkdir(parents=True, exist_ok=True)
    LOG.info("copying %s", url)
    _trying(lambda: storage.fetch_file(url, path), url)


def _results(args: argparse.Namespace, places: Places) -> Path:
    return places.run(args.run) if args.mode == "train" else places.results(args.run)


def _stage(folder: Path, staged: Path) -> None:
    """Links to a folder's files, but for hidden ones, which are locks and half-written files."""
    for path in _files(folder):
        relative = path.relative_to(folder)
        if not any(part.startswith(".") for part in relative.parts):
            _link(path, staged / relative)


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def _link(path: Path, target: Path) -> None:
    if not path.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except OSError:  # a file system without links
        shutil.copyfile(path, target)


def _digest(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def _trying(work: Callable[[], None], url: str, pause: float | None = None) -> None:
    """Do it, again where it fails: a store far away does now and then. Raises JobError."""
    wait = _FIRST_PAUSE if pause is None else pause
    for left in range(_TRIES - 1, -1, -1):
        try:
            work()
            return
        except Exception as error:  # each library has errors of its own
            if not left:
                raise JobError(f"{url}: {type(error).__name__}: {error}") from error
            LOG.warning("%s: %s; trying again in %g s", url, error, wait)
            time.sleep(wait)
            wait *= 2
