"""Whatever is damaged is noticed by the next run of what made it, and repaired by what ``verify``
says. (Of shards, which take Beam and MindSpore, see ``tests/pipelines/test_shard.py``.)"""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from manifests.tools.verify import verify
from tests.faults.kill import digests
from tests.faults.stages import Place, make

NORMALIZE, STATISTICS, CHECK = "normalize", "statistics", "check"
DAMAGES = (
    (NORMALIZE, "manifests/icdar13/train/images.parquet"),
    (NORMALIZE, "manifests/icdar13/train/manifest.json"),
    (NORMALIZE, "state/normalize/icdar13/train/state.json"),
    (NORMALIZE, "state/normalize/icdar13/train/files.parquet"),
    (STATISTICS, "statistics/icdar13/test/statistics.parquet"),
    (CHECK, "report/findings.parquet"),
    (CHECK, "state/check.json"),
)


def stage(place: Place, name: str) -> None:
    """What `make data` does at this step."""
    data = ["--data", str(place.data)]
    more = ["--raw", str(place.raw)] if name == NORMALIZE else []
    run("validation" if name == CHECK else "pipelines", [name, *data, *more])


def run(package: str, arguments: list[str]) -> None:
    assert importlib.import_module(f"{package}.__main__").main(arguments) in (0, 1)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A raw root, and DATA made of it."""
    made = Place(tmp_path_factory.mktemp("repaired"))
    make(made)
    for name in (NORMALIZE, STATISTICS, CHECK):
        stage(made, name)
    assert verify(made.data).faults == []
    return made


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


@pytest.mark.parametrize(("name", "below"), DAMAGES)
def test_damage_is_noticed_and_repaired(place: Place, name: str, below: str) -> None:
    path, before = place.data / below, digests(place.data)
    damage(path)
    stage(place, name)
    assert verify(place.data).faults == [], "the next run took it for whole"
    damage(path)
    (fault,) = verify(place.data).faults
    assert (fault.path, fault.state) == (path, "damaged")
    for command in re.findall("`(.+?)`", fault.repair):
        python, _, package, *arguments = shlex.split(command)
        assert python == "python"
        run(package, arguments)
    after = digests(place.data)
    assert verify(place.data).faults == []
    changed = {file for file in before | after if before.get(file) != after.get(file)}
    assert not [file for file in changed if file.startswith(("manifests/", "statistics/"))]
