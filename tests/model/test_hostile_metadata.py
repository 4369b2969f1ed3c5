"""Metadata of exported files and checkpoints, and indices of shards and manifests, that say what
they should not: an error in words, and nothing outside their folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manifests.errors import UserError
from manifests.reading import read_manifest
from manifests.shardset import open_shards
from model.config import load_config
from model.export.about import MAX_BYTES, About, from_strings
from model.weights.detector_file import MAX_CONFIG, read_detector
from model.weights.safetensors_file import write_safetensors
from tests.fuzz.targets.results import MANIFEST, SHARDS

PLACE = Path("x.onnx")


def _strings(**changed: str) -> dict[str, str]:
    about = About(load_config("lite"), (640, 480), {"name": "a", "sha256": "0" * 64}, "float32")
    return {**about.to_strings(), **changed}


def test_what_is_written_is_read() -> None:
    assert from_strings(_strings(), PLACE).picture == (640, 480)
    assert from_strings(_strings(picture="null"), PLACE).picture is None


@pytest.mark.parametrize(
    "changed",
    [
        {"picture": "[1e999, 5]"},
        {"picture": "[-1, 5]"},
        {"picture": '{"1": 2, "3": 4}'},
        {"checkpoint": "[]"},
        {"checkpoint": '"text"'},
        {"checkpoint": '{"sha256": NaN}'},
        {"code": '{"commit": "\\u001b[2J"}'},
        {"precision": "7"},
        {"chosen": " " * (MAX_BYTES + 1)},
        {"config": "[" * 100_000},
    ],
)
def test_other_metadata_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(UserError, match="no file of `python -m model export`"):
        from_strings(_strings(**changed), PLACE)


def test_a_threshold_that_no_float_holds_is_refused() -> None:
    tree = json.loads(_strings()["config"])
    tree["proposals"]["before_nms"] = 10**400
    with pytest.raises(UserError, match="before_nms must be from 1"):
        from_strings(_strings(config=json.dumps(tree)), PLACE)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("a: " + "[" * 5_000, "nested too deeply"),
        ("a: &a [x, x]\nb: [*a, *a]", "aliases"),
        ("x" * (MAX_CONFIG + 1), "no text of at most"),
        ("!!int ''", "does not fit its tag"),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor"),
    ],
)
def test_the_config_of_a_checkpoint_is_yaml_of_a_stranger(
    tmp_path: Path, config: str, words: str
) -> None:
    path = tmp_path / "x.safetensors"
    write_safetensors(path, {"a": np.zeros(2, np.float32)}, {"config": config, "step": "1"})
    with pytest.raises(UserError, match=words):
        read_detector(path)


def _with(content: bytes, name: str, value: Any) -> str:
    tree = json.loads(content)
    tree["files"][0][name] = value
    return json.dumps(tree)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b", "", "..", 7, None])
def test_files_of_an_index_are_files_beside_it(tmp_path: Path, name: Any) -> None:
    folder = tmp_path / "shards" / "test"
    folder.mkdir(parents=True)
    (folder / "shards.json").write_text(_with(SHARDS, "name", name))
    with pytest.raises(UserError, match="cannot be read"):
        open_shards(tmp_path, "test")
    (folder / "manifest.json").write_text(_with(MANIFEST, "name", name))
    with pytest.raises(UserError, match="cannot be read"):
        read_manifest(folder)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"images": 1e999}', "[]", "null", "9" * 5000])
def test_no_json_escapes(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "shards" / "test"
    folder.mkdir(parents=True)
    (folder / "shards.json").write_text(text)
    with pytest.raises(UserError, match="cannot be read"):
        open_shards(tmp_path, "test")
    (folder / "manifest.json").write_text(text)
    with pytest.raises(UserError, match="cannot be read"):
        read_manifest(folder)


def test_counts_without_end_are_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(_with(MANIFEST, "rows", float("inf")))
    with pytest.raises(UserError, match="cannot be read"):
        read_manifest(tmp_path)
