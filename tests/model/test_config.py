"""Presets: every key checked, changed by name, written back."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from manifests.errors import UserError
from model.config import check, load_config
from model.preset_files import preset_names


@pytest.mark.parametrize("preset", preset_names())
def test_a_preset_reads_back_from_what_it_resolves_to(preset: str, tmp_path: Path) -> None:
    config = load_config(preset)
    written = tmp_path / "config.yaml"
    written.write_text(config.to_yaml(), encoding="utf-8")
    assert load_config(written) == config


def test_full_is_the_public_recipe() -> None:
    config = load_config("full")
    assert config.network.channels == (64, 128, 256, 512, 512)
    assert (config.network.input_width, config.network.input_height) == (960, 576)
    assert len(config.network.anchor_heights) == 14
    assert (config.network.rnn_units, config.network.dense_units) == (128, 512)
    assert (config.pretrain.learning_rate, config.finetune.learning_rate) == (0.009, 0.005)
    assert (config.pretrain.warmup_steps, config.finetune.warmup_steps) == (30000, 300)
    assert config.pretrain.weight_decay == 1e-4
    assert config.pretrain.frozen_blocks == 2
    assert config.network.batch_norm == "frozen"


def test_keys_are_set_by_their_dotted_names() -> None:
    config = load_config(
        "full",
        [
            "network.rnn_units=64",
            "network.anchor_heights=[8, 16.5]",
            "pretrain.learning_rate=1e-3",
            "pretrain.evaluation.every=2",
            "lines.refine_sides=false",
        ],
    )
    assert config.network.rnn_units == 64
    assert config.network.anchor_heights == (8.0, 16.5)
    assert config.pretrain.learning_rate == 0.001
    assert config.pretrain.evaluation.every == 2
    assert config.finetune.evaluation.every == load_config("full").finetune.evaluation.every
    assert config.lines.refine_sides is False


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("network.rnn_unit=64", r"unknown key network\.rnn_unit; did you mean rnn_units\?"),
        ("pretrian.steps=3", r"unknown key pretrian; did you mean pretrain\?"),
        ("pretrain.evaluation.evry=3", r"unknown key pretrain\.evaluation\.evry; .* every\?"),
        ("network.rnn_units=many", r"network\.rnn_units must be a whole number, not 'many'"),
        ("network.rnn_units=6.5", r"network\.rnn_units must be a whole number, not 6\.5"),
        ("network.rnn_units=true", r"network\.rnn_units must be a whole number, not True"),
        ("lines.refine_sides=1", r"lines\.refine_sides must be true or false, not 1"),
        ("pretrain.mix=", r"pretrain\.mix must be text, not nothing"),
        ("pretrain.learning_rate=fast", r"pretrain\.learning_rate must be a number"),
        ("network.batch_norm=none", r"network\.batch_norm must be one of frozen, batch"),
        ("network.anchor_heights=16", r"network\.anchor_heights must be a list"),
        ("network.mean=[1, 2]", r"network\.mean must have 3 values, not 2"),
        ("network.anchor_heights=[1, a]", r"network\.anchor_heights\[1\] must be a number"),
        ("network=7", r"network must be a mapping"),
        ("network.input_width=500", r"network\.input_width must be a multiple of 16, not 500"),
        ("network.channels=[8, 8, 8]", r"network\.channels must name the width of 5 blocks"),
        ("finetune.batch=0", r"finetune\.batch must be greater than 0"),
        ("pretrain.frozen_blocks=6", r"pretrain\.frozen_blocks must be 0 to 5"),
        ("network.rnn_units", r"expected key=value"),
        ("network.dense_units=0", r"network\.dense_units must be greater than 0"),
        ("loss.vertical=.nan", r"loss\.vertical must be a number, not nan"),
        ("augment.scale=[1, .inf]", r"augment\.scale\[1\] must be a number, not inf"),
        ("augment.scale=[1e-320, 1]", r"augment\.scale must be two factors, 1e-06 to 1e\+06"),
        (f"loss.side={'9' * 400}", r"loss\.side must be a number, not 9999"),
        ("network.input_width=1600000", r"input_height is \d+ px, more than 40000000"),
        ("proposals.before_nms=-5", r"proposals\.before_nms must be from 1 to 1e\+09, not -5"),
        ("proposals.after_nms=0", r"proposals\.after_nms must be from 1 to 1e\+09, not 0"),
        (f"proposals.after_nms={'9' * 20}", r"proposals\.after_nms must be from 1 to 1e\+09"),
        ("proposals.first_nms=-0.1", r"proposals\.first_nms must be from 0 to 1, not -0\.1"),
        ("lines.gap=-1", r"lines\.gap must be at least 0, not -1"),
        ("lines.min_score=90", r"lines\.min_score must be from 0 to 1, not 90"),
        ("lines.min_proposals=0", r"lines\.min_proposals must be from 1 to"),
        ("lines.min_overlap=.nan", r"lines\.min_overlap must be a number, not nan"),
        ("pretrain.seed=4294967296", r"pretrain\.seed must be below 4294967296"),
        ("loss.classification=-1", r"loss\.classification must be at least 0, not -1"),
        ("loss={classification: 0, vertical: 0, side: 0}", r"all 0: nothing would be learnt"),
        ("targets.positive_iou=70", r"targets\.positive_iou must be from 0 to 1, not 70"),
        ("targets.negative_iou=-.5", r"targets\.negative_iou must be from 0 to 1"),
        ("targets.ignore_coverage=2", r"targets\.ignore_coverage must be from 0 to 1"),
        ("targets.content_coverage=2", r"targets\.content_coverage must be from 0 to 1"),
        ("targets.side_reach=0", r"targets\.side_reach must be greater than 0"),
        ("targets.neighbourhood=-1", r"targets\.neighbourhood must be at least 0"),
        ("pretrain.weight_decay=-1", r"pretrain\.weight_decay must be at least 0, not -1"),
        ("finetune.momentum=1", r"finetune\.momentum must be at least 0 and below 1, not 1"),
        ("backbone.momentum=1", r"backbone\.momentum must be at least 0 and below 1"),
        ("loader.prefetch=0", r"loader\.prefetch must be from 1 to 1000000, not 0"),
        ("loader.prefetch=3000000000", r"loader\.prefetch must be from 1 to 1000000"),
        ("backbone.seed=4294967296", r"backbone\.seed must be below 4294967296"),
    ],
)
def test_a_wrong_key_or_value_is_refused_with_its_name(change: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_config("full", [change])


def test_what_no_optimizer_takes_is_refused() -> None:
    adam = ["finetune.optimizer=adam", "finetune.momentum=0"]
    with pytest.raises(UserError, match=r"finetune\.momentum must be greater than 0 for .*=adam"):
        load_config("full", adam)
    load_config("full", adam[1:])
    rates = ["pretrain.learning_rate=1e300", "pretrain.backbone_rate=1e300"]
    with pytest.raises(UserError, match=r"pretrain\.learning_rate times .* is too large"):
        load_config("full", rates)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    tree = yaml.safe_load(load_config("full").to_yaml())
    del tree["network"]["rnn_units"]
    path = tmp_path / "part.yaml"
    path.write_text(yaml.safe_dump(tree))
    with pytest.raises(UserError, match=r"part\.yaml: the key network\.rnn_units is missing"):
        load_config(path)


def test_a_preset_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(UserError, match="no preset 'larg'; known are demo, full, lite"):
        load_config("larg")


def test_a_task_needs_epochs_or_steps() -> None:
    config = load_config("full")
    nothing = replace(config, pretrain=replace(config.pretrain, epochs=0, steps=0))
    with pytest.raises(ValueError, match="pretrain needs epochs or steps"):
        check(nothing)
    check(replace(config, pretrain=replace(config.pretrain, epochs=0, steps=1)))
