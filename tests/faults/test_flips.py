"""A bit flipped anywhere in an artifact: its reader refuses it, or reads what was written.

Fifty random places of every kind of file, and files cut short.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manifests.distributions import EDGES
from manifests.errors import UserError
from manifests.findings import Code, findings_table, read_findings, write_findings
from manifests.identity import combine, sha256_file
from manifests.reading import find_manifests, open_manifest
from manifests.sealing import KEY, write_sealed
from manifests.shardset import INDEX, SHARDS_VERSION, open_shards
from manifests.statistics import SCHEMA, STATISTICS_VERSION, read_statistics
from model.explain.folder import open_evaluation
from model.files import read_object, write_object
from model.thresholds import Thresholds, read_thresholds, write_thresholds
from model.weights.detector_file import read_detector
from tests.builders import make_image, make_refusal, publish_manifest
from tests.model.explain.evaluations import found, region, stored
from tests.model.export.small import small_config, write_small
from validation.history import read_history, remember

FLIPS = 50
Read = Callable[[], Any]
Made = tuple[list[Path], Read]
"""The files of an artifact, and what its reader gives of them, to be compared."""


def manifest(folder: Path) -> Made:
    images = [make_image("alpha", "train", number) for number in range(20)]
    place = publish_manifest(folder, images, [make_refusal("alpha", "train")])

    def read() -> Any:
        opened = open_manifest(folder, "alpha", "train")
        refused = [batch.to_pylist() for batch in opened.batches("quarantine")]
        return opened.info, list(opened.rows()), refused

    return [place / f"{name}.parquet" for name in ("images", "quarantine")] + [
        place / "manifest.json"
    ], read


def statistics(folder: Path) -> Made:
    import pyarrow as pa
    import pyarrow.parquet as pq

    place = folder / "statistics" / "alpha" / "train"
    place.mkdir(parents=True)
    empty = dict.fromkeys(SCHEMA.names)
    table = pa.Table.from_pylist([empty | {"image_id": f"alpha/train/{n}"} for n in range(20)])
    pq.write_table(table, place / "statistics.parquet")
    digest = sha256_file(place / "statistics.parquet")
    info = {"statistics_version": STATISTICS_VERSION, "fingerprint": "f", "rows": 20}
    write_sealed(place / "statistics.json", {**info, "sha256": digest})

    def read() -> Any:
        opened = read_statistics(folder, "alpha", "train")
        return opened.info, [batch.to_pylist() for batch in opened.batches()]

    return sorted(place.iterdir()), read


def shards(folder: Path) -> Made:
    place = folder / "shards" / "mine"
    place.mkdir(parents=True)
    names = ("mine.mindrecord0", "mine.mindrecord0.db")
    for name in names:
        (place / name).write_bytes(random.Random(name).randbytes(5000))
    digests = [sha256_file(place / name) for name in names]
    entry = dict(zip(("name", "index"), names, strict=True))
    entry |= dict(zip(("sha256", "index_sha256"), digests, strict=True))
    info = {"shards_version": SHARDS_VERSION, "mix": {"name": "mine"}, "key": "k", "images": 3}
    write_sealed(
        place / INDEX, {**info, "inputs": [], "files": [entry], "digest": combine(digests)}
    )

    def read() -> Any:
        opened = open_shards(folder, "mine")
        opened.verify()
        return opened.info, [path.read_bytes() for path in opened.files]

    return sorted(place.iterdir()), read


def findings(folder: Path) -> Made:
    code = Code("odd", "note", "Odd.", "Look.", 3.0)
    rows = [code.finding("alpha", "train", f"odd {n}", value=float(n)) for n in range(40)]
    path = write_findings(folder / "x.parquet", findings_table(rows), [code], {"alpha/train": "f"})

    def read() -> Any:
        part, some = read_findings(path), read_findings(path, ["odd"])
        return part.table.to_pylist(), part.codes, part.fingerprints, some.table.to_pylist()

    return [path], read


def history(folder: Path) -> Made:
    publish_manifest(folder, [make_image("alpha", "train", number) for number in range(9)])
    (opened,) = find_manifests(folder)
    remember(folder, opened, {name: np.ones(len(edges) + 1) for name, edges in EDGES.items()})
    place = folder / "history" / "alpha" / "train"

    def read() -> Any:
        (snapshot,) = read_history(folder, opened)
        counts = {name: counts.tolist() for name, counts in snapshot.histograms.items()}
        return snapshot.fingerprint, counts, snapshot.images.read_bytes()

    return sorted(place.iterdir()), read


def thresholds(folder: Path) -> Made:
    chosen = {"by": "hand", "checkpoint_sha256": "c" * 64}
    path = folder / "t.yaml"
    write_thresholds(path, Thresholds({"lines": {"min_score": 0.8}}, chosen))
    return [path], lambda: read_thresholds(path)


def evaluation(folder: Path) -> Made:
    name, box = "icdar13/test/img_1", (10.0, 10.0, 90.0, 30.0)
    stored(folder, {name: [region(name, 1, box)]}, {name: found(box)})

    def read() -> Any:
        opened = open_evaluation(folder)
        return opened.info, {k: table.to_pylist() for k, table in opened.tables.items()}

    return [folder / "evaluation.json", *sorted(folder.glob("*.parquet"))], read


def lineage(folder: Path) -> Made:
    write_object(folder / "lineage.json", {"task": "pretrain", "shards": {"digest": "d"}})
    return [folder / "lineage.json"], lambda: read_object(folder / "lineage.json")


def safetensors(folder: Path) -> Made:
    path = write_small(folder / "a.safetensors")

    def read() -> Any:
        arrays, config, step = read_detector(path)
        return {name: array.tobytes() for name, array in arrays.items()}, config, step

    return [path], read


def onnx(folder: Path) -> Made:
    from model.export.onnx_file import build_onnx, write_onnx
    from model.export.onnx_running import open_onnx
    from model.export.weights import read_weights

    path = folder / "a.onnx"
    write_onnx(build_onnx(read_weights(write_small(folder / "a.safetensors")), (64, 48)), path)
    picture = np.full((48, 64, 3), 90, np.uint8)

    def read() -> Any:
        opened = open_onnx(path)
        return opened.about, opened.outputs(picture).scores.tobytes()

    return [path], read


def mindir(folder: Path) -> Made:
    from model.export.about import from_strings
    from model.export.mindir_file import write_graph
    from model.export.mindir_running import read_strings
    from model.export.weights import read_weights

    path = folder / "a.mindir"
    write_graph(read_weights(write_small(folder / "a.safetensors")), path, (64, 48))

    return [path], lambda: from_strings(read_strings(path), path)


def checkpoint(folder: Path) -> Made:
    from model.checkpoints import TrainingState, load, save
    from model.network import Ctpn

    path, config = folder / "a.ckpt", small_config()
    save(path, Ctpn(config.network), config, 7, TrainingState(1, 2, 0.5))

    def read() -> Any:
        held = load(path)
        arrays = {name: value.asnumpy().tobytes() for name, value in held.parameters.items()}
        return arrays, held.config, held.step, held.training

    return [path], read


KINDS: list[Callable[[Path], Made]] = [
    manifest, statistics, shards, findings, history, thresholds, evaluation, lineage, safetensors,
    onnx, mindir, checkpoint,
]  # fmt: skip


def flip(content: bytes, rolled: random.Random) -> bytes:
    """A bit of it flipped, but for those of the word that names the digest: then there is none, and
    all else is as it was."""
    word = content.rfind(KEY.encode())
    free = [at for at in range(len(content)) if word < 0 or not word <= at < word + len(KEY)]
    flipped = bytearray(content)
    flipped[rolled.choice(free)] ^= 1 << rolled.randrange(8)
    return bytes(flipped)


def refused(read: Read, wanted: Any) -> bool:
    """Whether a reader refuses what it is given; else it must give what was written."""
    try:
        given = read()
    except (UserError, ValueError):
        return True
    assert given == wanted
    return False


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
@pytest.mark.usefixtures("mindspore")
def test_a_flipped_bit_is_refused_or_does_not_matter(
    tmp_path: Path, make: Callable[[Path], Made]
) -> None:
    paths, read = make(tmp_path)
    wanted, rolled = read(), random.Random(make.__name__)
    for path in paths:
        content = path.read_bytes()
        seen = 0
        for _ in range(FLIPS):
            path.write_bytes(flip(content, rolled))
            seen += refused(read, wanted)
        assert seen >= FLIPS // 2, f"{path.name}: {seen} of {FLIPS} flips were noticed"
        for end in (len(content) - 1, len(content) // 2, 0):
            path.write_bytes(content[:end])
            assert refused(read, wanted), f"{path.name}, cut to {end} bytes"
        path.write_bytes(content)
    assert read() == wanted


def test_weights_that_come_with_the_project_are_what_was_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model import pretrained

    for name in pretrained.names():
        pretrained.require_shipped(pretrained.FOLDER / f"{name}.safetensors")
    damaged = bytearray(pretrained.default().read_bytes())
    damaged[len(damaged) // 2] ^= 1
    monkeypatch.setattr(pretrained, "FOLDER", tmp_path)
    (tmp_path / "lite.safetensors").write_bytes(bytes(damaged))
    with pytest.raises(UserError, match="is not the file that comes with the project"):
        read_detector(tmp_path / "lite.safetensors")
