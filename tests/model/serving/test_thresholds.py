"""Thresholds as a query, and as a description."""

from dataclasses import asdict, fields

import pytest

from manifests.errors import UserError
from model.config import Config, load_config
from model.decoding_ranges import RANGES
from model.lines import LineSettings
from model.proposals import ProposalSettings
from model.serving.problems import Problem
from model.serving.thresholds import KNOBS, changed, check_begin, parameters, sliders, values


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config("lite")


def test_every_threshold_has_a_knob() -> None:
    groups = {"proposals": ProposalSettings, "lines": LineSettings}
    known = {f"{group}.{each.name}" for group, kind in groups.items() for each in fields(kind)}
    assert {knob.name for knob in KNOBS} == known


def test_every_range_lies_within_what_presets_take() -> None:
    numbers = [knob for knob in KNOBS if knob.kind is not bool]
    assert {knob.name for knob in numbers} == set(RANGES)
    for knob in numbers:
        low, high = RANGES[knob.name]
        assert low <= knob.low <= knob.high <= high


def test_the_page_begins_within_its_ranges() -> None:
    check_begin(load_config("lite"))
    beyond = load_config("lite", ["lines.gap=300"])
    with pytest.raises(UserError, match=r"lines\.gap is 300, .* take 0 to 128; .*--set lines.gap"):
        check_begin(beyond)


def test_no_query_changes_nothing(config: Config) -> None:
    assert changed(config, []) == config


def test_each_value_lands_where_it_belongs(config: Config) -> None:
    for knob in KNOBS:
        text = {bool: "false", int: "3", float: "0.25"}[knob.kind]
        before, after = values(config), values(changed(config, [(knob.name, text)]))
        assert after.pop(knob.name) == {"false": False, "3": 3, "0.25": 0.25}[text]
        before.pop(knob.name)
        assert after == before


def test_what_no_threshold_is_stays(config: Config) -> None:
    result = changed(config, [("lines.gap", "20"), ("proposals.min_score", "1e-3")])
    assert asdict(result.network) == asdict(config.network)
    assert (result.lines.gap, result.proposals.min_score) == (20.0, 0.001)
    assert result.lines.min_score == config.lines.min_score


@pytest.mark.parametrize("text", ["", "nan", "inf", "-inf", "-0.01", "1.01", "x", "0,5", "9" * 500])
def test_a_share_is_from_0_to_1(config: Config, text: str) -> None:
    with pytest.raises(Problem) as caught:
        changed(config, [("lines.min_overlap", text)])
    assert caught.value.status == 422
    assert "lines.min_overlap must be a number from 0 to 1" in caught.value.detail
    assert len(caught.value.detail) < 150


def test_ends_of_a_range_belong_to_it(config: Config) -> None:
    for knob in (k for k in KNOBS if k.kind is not bool):
        for end in (knob.low, knob.high):
            name = knob.name
            assert values(changed(config, [(name, f"{end:g}")]))[name] == end


def test_sliders_say_where_they_begin_and_what_is_the_checkpoint_s(config: Config) -> None:
    moved = changed(config, [("lines.min_score", "0.55")])
    shown = {slider["name"]: slider for slider in sliders(moved, config)}
    score = shown["lines.min_score"]
    assert (score["value"], score["own"]) == (0.55, config.lines.min_score)
    assert (score["type"], score["minimum"], score["maximum"]) == ("number", 0, 1)
    assert shown["lines.split_at_sides"]["type"] == "boolean"
    assert shown["lines.min_proposals"]["type"] == "integer"
    assert shown["lines.min_aspect"]["maximum"] == 20
    assert "proposals.before_nms" not in shown


def test_parameters_are_all_of_them(config: Config) -> None:
    described = {each["name"]: each for each in parameters(config)}
    assert list(described) == [knob.name for knob in KNOBS]
    assert all(each["description"] and not each["required"] for each in described.values())
    assert {n: each["schema"]["default"] for n, each in described.items()} == values(config)
