"""Every reader asked about a DATA: what it opens must be whole."""

from collections.abc import Iterator
from pathlib import Path

from manifests.errors import UserError
from manifests.findings import PARTS, REPORT, TABLE, read_findings
from manifests.reading import find_manifests
from manifests.sealing import is_whole
from manifests.shardset import SHARDS, open_shards
from manifests.statistics import open_statistics
from manifests.tools.verify import verify
from tests.faults.kill import FRONT


def partial(data: Path, finished: bool) -> Iterator[str]:
    """A line for each thing that is partial and passes for whole; ``finished``: nothing may be
    missing or left over either."""
    found = verify(data)
    for fault in found.faults:
        if fault.path.name == "lite.onnx":
            continue
        if finished or (fault.state == "damaged" and fault.path.name != FRONT):
            yield f"{fault.state} {fault.path}: {fault.why}"
    if finished:
        yield from (f"left over: {path}" for path in found.leftovers)
    try:
        _read(data)
    except UserError as error:
        yield f"refused: {error}"


def _read(data: Path) -> None:
    """Open and read all that has its real name. Raises UserError for what is not whole."""
    for manifest in find_manifests(data):
        manifest.verify()
        rows = sum(len(batch) for batch in manifest.batches())
        if rows != manifest.info["ledger"]["images"]["kept"]:
            raise UserError(f"{manifest.name} has {rows} rows")
        if (data / "statistics" / manifest.name).is_dir():
            _statistics(data, manifest.name)
    for path in (data / SHARDS).glob("[!.]*"):
        open_shards(data, path.name).verify()
    for path in [*(data / PARTS).glob("[!.]*.parquet"), *(data / REPORT).glob(TABLE)]:
        read_findings(path)
    for path in data.glob("runs/*/checkpoints/[!.]*.ckpt"):
        from model.checkpoints import load

        load(path)
    for path in data.glob("evaluations/*/*/evaluation.json"):
        from model.explain.folder import open_evaluation

        open_evaluation(path.parent)
    if (data / "lite.onnx").is_file():
        _onnx(data / "lite.onnx")


def _statistics(data: Path, name: str) -> None:
    from manifests.reading import open_manifest
    from manifests.statistics import read_statistics

    dataset, _, split = name.partition("/")
    read_statistics(data, dataset, split)
    manifest = open_manifest(data, dataset, split)
    try:
        open_statistics(data, manifest)
    except UserError as error:
        if "before the manifest changed" not in str(error):
            raise


def _onnx(path: Path) -> None:
    from model.export.onnx_running import open_onnx

    if not is_whole(path):
        raise UserError(f"{path} is not whole")
    open_onnx(path)
