"""A new dataset's folder, to be changed into what is wanted: ``python -m pipelines add-dataset``.

The folders ``like_...`` are datasets that work, on a made-up sample of their own format. Copied,
with the new name in the place of ``newset``, they pass the contract test but for what only a person
can tell, which they mark with FILL IN.
"""

import itertools
import keyword
import re
from importlib import resources
from pathlib import Path

import pipelines.datasets
from manifests.errors import UserError
from manifests.publish import publishing
from pipelines.datasets import find_datasets
from pipelines.scaffold.tests_of import COUNTS, COUNTS_OF_SPLIT, TEST

LIKE = {"icdar15": ("train", "test"), "coco_text": ("train", "val"), "svt": ("train", "test")}
"""The datasets that a new one can be made like, and the splits that it then has."""
MARK = "FILL IN"
_NEW = "newset"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,23}\Z")


def add_dataset(name: str, like: str, datasets: Path | None = None) -> list[Path]:
    """Make the folder of a new dataset, and its test where the project's tests are beside it.

    ``datasets``: the folder to make it in (default: the project's). Returns the files, in the order
    in which they are to be filled in. Raises UserError for a name that cannot be one or is taken.
    """
    datasets = datasets or Path(pipelines.datasets.__path__[0])
    _check(name, datasets)
    with publishing(datasets / name) as staging:
        for file, text in _texts(name, like).items():
            (staging / file).write_text(text, encoding="utf-8")
    made = sorted((datasets / name).iterdir(), key=lambda path: (path.suffix != ".py", path.name))
    tests = datasets.parents[1] / "tests" / "pipelines" / "datasets"
    if tests.is_dir():
        test = tests / f"test_{name}.py"
        test.write_text(_named(TEST[like], name, like), encoding="utf-8")
        made.append(test)
    return made


def left_to_fill_in(files: list[Path]) -> list[str]:
    """``path:line: text`` of every place that waits for a person."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MARK in line or MARK.replace(" ", "-") in line
    ]


def _check(name: str, datasets: Path) -> None:
    if not _NAME.match(name) or keyword.iskeyword(name):
        raise UserError(
            f"{name!r} cannot be the name of a dataset; it has at most 24 small letters, "
            "digits and _, and begins with a letter"
        )
    if name == _NEW or name in find_datasets() or (datasets / name).exists():
        raise UserError(f"there is a dataset {name} already; choose another name")


def _texts(name: str, like: str) -> dict[str, str]:
    folder = resources.files(f"pipelines.scaffold.like_{like}")
    files = [file for file in folder.iterdir() if file.name.endswith(".py")]
    texts = {file.name: file.read_text(encoding="utf-8") for file in files}
    texts["counts.yaml"] = COUNTS + "".join(
        COUNTS_OF_SPLIT.format(split=split) for split in LIKE[like]
    )
    texts["CARD.md"] = (resources.files("pipelines.scaffold") / "CARD.md").read_text("utf-8")
    return {file: _named(text, name, like) for file, text in texts.items()}


def _named(text: str, name: str, like: str) -> str:
    """A file under the new name, its imports in the order that the new name gives them."""
    text = text.replace(f"pipelines.scaffold.like_{like}", f"pipelines.datasets.{name}")
    lines = text.replace(_NEW, name).splitlines(keepends=True)
    blocks = itertools.groupby(lines, lambda line: line.startswith("from "))
    return "".join(
        line
        for imports, block in blocks
        for line in (sorted(block, key=lambda line: line.split()[1]) if imports else block)
    )
