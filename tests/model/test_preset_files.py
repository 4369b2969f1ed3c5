"""Presets that extend others: merged key by key, and told what is wrong with them."""

from pathlib import Path

import pytest
import yaml

from manifests.errors import UserError
from model.config import load_config
from model.preset_files import preset_names, read_preset


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def test_mappings_are_merged_at_any_depth_and_lists_replaced(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    write(tmp_path, base="{a: {x: 1, y: {p: [1, 2, 3], q: 2}}, b: 5, c: {k: 1}}")
    write(tmp_path / "below", middle="{extends: ../base.yaml, a: {x: 7, y: {p: [9]}}, c: 3}")
    write(tmp_path, top="{extends: below/middle.yaml, a: {y: {q: 4}, z: 1}}")
    wanted = {"a": {"x": 7, "y": {"p": [9], "q": 4}, "z": 1}, "b": 5, "c": 3}
    assert read_preset(tmp_path / "top.yaml") == wanted


def test_a_preset_is_extended_by_its_name(tmp_path: Path) -> None:
    # A file of the same name as the preset: no circle.
    write(tmp_path, lite="{extends: lite, network: {rnn_units: 32}}")
    changed = load_config(tmp_path / "lite.yaml")
    assert changed == load_config("lite", ["network.rnn_units=32"]) != load_config("lite")
    assert "extends" not in yaml.safe_load(changed.to_yaml())


def test_what_extends_is_still_checked_and_changed(tmp_path: Path) -> None:
    write(tmp_path, mine="{extends: full, network: {rnn_unit: 32}}")
    with pytest.raises(UserError, match=r"mine\.yaml: unknown key network\.rnn_unit; did you mean"):
        load_config(tmp_path / "mine.yaml")
    write(tmp_path, mine="extends: full")
    config = load_config(tmp_path / "mine.yaml", ["network.rnn_units=32"])
    assert config == load_config("full", ["network.rnn_units=32"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: larg", r"a\.yaml: extends: no preset 'larg'; known are demo, full, lite"),
        ("extends: no.yaml", r"a\.yaml: extends: no preset 'no\.yaml'; .* or give a \.yaml file"),
        ("extends: 7", r"a\.yaml: extends must be the name of a preset or a \.yaml path, not 7"),
        ("extends:", r"extends must be the name of a preset or a \.yaml path, not None"),
        ("extends: [lite]", r"extends must be the name of a preset"),
        ("extends: a.yaml", r"a\.yaml -> a\.yaml: .* circle; take out one `extends`"),
        ("extends: b.yaml", r"b\.yaml -> c\.yaml -> b\.yaml: .* in a circle"),
        ("extends: broken.yaml", r"broken\.yaml: while parsing"),
        ("extends: list.yaml", r"list\.yaml: a preset must be a mapping"),
    ],
)
def test_what_cannot_be_extended_is_told(text: str, message: str, tmp_path: Path) -> None:
    write(tmp_path, a=text, b="extends: c.yaml", c="extends: b.yaml", broken="a: [", list="[1]")
    with pytest.raises(UserError, match=message):
        load_config(tmp_path / "a.yaml")


def test_the_presets_of_the_project_are_listed() -> None:
    assert {"demo", "full", "lite", "lite_scratch"} <= set(preset_names())
