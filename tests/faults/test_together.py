"""Two commands that write to one DATA at once: the second stops with a message, and changes
nothing; it does not matter which they are."""

import importlib
from pathlib import Path

import pytest

from manifests.lock import writing_lock
from manifests.reading import RAW_ROOT
from tests.builders import make_image, publish_manifest
from tests.pipelines.conftest import make_raw

WRITERS = [
    ("pipelines", ["normalize", "--raw", "{raw}"]),
    ("pipelines", ["decide"]),
    ("pipelines", ["statistics"]),
    ("pipelines", ["shard", "--mix", "icdar_train"]),
    ("validation", ["check"]),
    ("validation", ["report"]),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("together")
    images = [make_image("icdar15", "train", number) for number in range(3)]
    published = publish_manifest(folder / "data", images, dataset="icdar15")
    (published / RAW_ROOT).write_text(f"{folder / 'raw'}\n")
    make_raw(folder / "raw")
    return folder


@pytest.mark.parametrize(
    ("package", "words"), WRITERS, ids=lambda value: value[0] if isinstance(value, list) else value
)
def test_the_second_stops_with_a_message(
    place: Path, package: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    data = place / "data"
    arguments = [word.format(raw=place / "raw") for word in words]
    before = {path for path in data.rglob("*") if path.name not in (".lock", "report")}
    with writing_lock(data):
        status = importlib.import_module(f"{package}.__main__").main(
            [*arguments, "--data", str(data)]
        )
    assert status == 2
    said = capsys.readouterr().err
    assert f"another run is writing below {data}; wait for it to end" in said, said
    after = {path for path in data.rglob("*") if path.name not in (".lock", "report")}
    assert after == before
