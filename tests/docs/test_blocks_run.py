"""The shell blocks of README and docs run, and so do the other blocks; what does not is listed.

Python blocks of detecting.md and export.md are run in tests/model; those of README and datasets.md
here.
"""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from manifests import geometry
from manifests.strict_yaml import load_yaml
from manifests.vocabulary import IgnoreReason, Reason
from pipelines import lines
from pipelines.samples import WrittenRegion
from pipelines.samples.pages import Word
from tests.docs.blocks import PAGES, Block, blocks, commands
from tests.docs.not_run import NO_CODE, NOT_RUN, why_not
from tests.docs.running import MEANS, PORT, SMALL, World, run_shell, serving
from tests.docs.world import make_world

PREPARED = (
    "mkdir -p RAW/icdar15 && mv ~/Downloads/ch4_training_*.zip RAW/icdar15/",
    "make data RAW=RAW",
)
EXACT = (
    "python -m model evaluate --data DATA --mix icdar15_val",
    "python -m model evaluate --data DATA --mix icdar15_val --set lines.min_score=0.7",
    "python -m model predict photo.jpg",
)
"""Run first, for every page: data and two evaluations are there. The latter run to the letter."""
SHOP = "python -m pipelines normalize --source labelme --name shop --data data/shop"
IN_WORDS = {
    "python -m pipelines statistics --data data/shop": [
        f"{SHOP} --split {split} --images shop/photos_{split} --annotations shop/labels_{split}"
        for split in ("val", "test")
    ],
}
"""What a page tells the reader to do before a command, without a block."""


@pytest.fixture(scope="module")
def world(mindspore: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """In the folder with every file that the pages name, data made of RAW."""
    folder, world = tmp_path_factory.mktemp("world"), World()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_world(folder)
        write_yaml_of_datasets(folder)
        for command in PREPARED:
            world.run(command)
        for command in EXACT:
            world.run(command, exact=True)
        evaluations = folder / "data" / "RAW" / "evaluations" / "lite"
        (changed,) = evaluations.glob("icdar15_val-*")
        for name in ("EVALUATION", "EVALUATION_A"):
            (folder / name).symlink_to(evaluations / "icdar15_val")
        (folder / "EVALUATION_B").symlink_to(changed)
        yield world


def write_yaml_of_datasets(folder: Path) -> None:
    """The mix and the sources as docs/datasets.md has them."""
    mix, sources = (block.text for block in blocks("docs/datasets.md") if block.kind == "yaml")
    (folder / "shop.yaml").write_text(mix)
    (folder / "path" / "to" / "SHOP" / "sources.yaml").write_text(sources)
    (folder / "path" / "to" / "SHOP" / "shop" / "CARD.md").write_text("# Shop\n")


def to_run(page: str) -> list[str]:
    found = [c for block in blocks(page) if block.kind == "shell" for c in commands(block)]
    return [command for command in found if why_not(command) is None]


@pytest.mark.parametrize("page", [page for page in PAGES if to_run(page)])
def test_shell_blocks_run(page: str, world: World) -> None:
    waiting = to_run(page)
    shutil.rmtree("found", ignore_errors=True)  # pages write it by different commands
    while waiting:
        command = waiting.pop(0)
        if not command.startswith("python -m model serve"):
            for before in IN_WORDS.get(command, []):
                world.run(before)
            world.run(command)
            continue
        port = free_port()
        with serving(port):
            while waiting and waiting[0].startswith("curl"):
                asked = waiting.pop(0).replace(f":{PORT}/", f":{port}/")
                assert run_shell(asked.replace("curl ", "curl -sSf ")).startswith("{")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def python_blocks(page: str) -> list[str]:
    return [block.text for block in blocks(page) if block.kind == "python"]


def test_python_of_the_readme_runs(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    detecting, reading = python_blocks("README.md")
    exec(detecting, {})
    (line,) = capsys.readouterr().out.splitlines()
    assert 0 < float(line.split()[0]) <= 1
    assert "data/samples" in reading
    exec(reading.replace("data/samples", MEANS["data/samples"]), {})
    rows = capsys.readouterr().out.splitlines()
    assert [row for row in rows if row.startswith("icdar15/train/img_36 4 ")]


def test_the_dataset_of_the_walk_reads_what_it_writes() -> None:
    reader, writer = python_blocks("docs/datasets.md")
    names = {
        "Polygon": geometry.Polygon,
        "polygon_from_box": geometry.polygon_from_box,
        "polygon_from_xywh": geometry.polygon_from_xywh,
        "take_numbers": lines.take_numbers,
        "LineError": lines.LineError,
        "Reason": Reason,
        "Word": Word,
        "WrittenRegion": WrittenRegion,
    }
    exec(reader, names)
    exec(writer, names)
    box = geometry.polygon_from_box(3, 5, 23, 12)
    written = names["_encode"](
        [WrittenRegion(box, "two words"), WrittenRegion(box, "x", IgnoreReason.MARKED)]
    )
    assert [names["parse_line"](line) for line in written.decode().splitlines()] == [
        (box, "two words"),
        (box, "###"),
    ]
    with pytest.raises(lines.LineError):
        names["parse_line"]("3 5 -20 7 inside out")


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_run_or_listed(page: str) -> None:
    """A block that is neither: let it run (tests/docs/world.py holds the files it may name), or
    give the reason in tests/docs/not_run.py."""
    layouts = [block for block in blocks(page) if block.kind == "layout"]
    for block in layouts:
        known = [begin for name, begin in NO_CODE if name == page]
        assert block.first.startswith(tuple(known)), f"{page}:{block.line}: {block.first}"


def test_the_lists_name_nothing_that_is_gone() -> None:
    every = [block for page in PAGES for block in blocks(page)]
    typed = [c for block in every if block.kind == "shell" for c in commands(block)]
    for begin in NOT_RUN:
        assert any(command.startswith(begin) for command in typed), begin
    for page, begin in NO_CODE:
        assert any(b.page == page and b.first.startswith(begin) for b in every), begin
    for name in MEANS:
        assert any(name in command for command in typed), name
    for name in SMALL:
        assert any(f"python -m {name}" in command for command in typed), name


@pytest.mark.parametrize(
    "block", [b for page in PAGES for b in blocks(page) if b.kind == "yaml"], ids=lambda b: b.first
)
def test_yaml_blocks_can_be_read(block: Block) -> None:
    assert isinstance(load_yaml(block.text), dict)
