"""The page of defects names tests that exist, and names in config files are known to the code."""

import re
from pathlib import Path

import pytest

from manifests.mixes import known_mixes, load_mix
from model.config import load_config
from model.preset_files import preset_names
from pipelines.datasets import find_datasets

ROOT = Path(__file__).resolve().parents[1]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs/defects.md").read_text())


def test_every_defect_has_its_tests() -> None:
    rows = re.findall(
        r"^\| (\d+) \|.*`tests/", (ROOT / "docs/defects.md").read_text(), re.MULTILINE
    )
    assert [int(row) for row in rows] == list(range(1, 13))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_the_named_tests_exist(file: str, name: str) -> None:
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE)


def test_every_name_in_the_presets_and_mixes_is_known() -> None:
    """Defect 10: the public version's default config holds names that its code does not accept."""
    datasets = find_datasets()
    for mix in known_mixes():
        for member in load_mix(mix).members:
            assert member.split in datasets[member.dataset].splits
    presets = preset_names()
    assert presets == ["demo", "full", "lite", "lite_scratch"]
    for preset in presets:
        config = load_config(preset)
        for task in (config.pretrain, config.finetune):
            assert task.mix in known_mixes()
            assert task.evaluation.mix in known_mixes()
