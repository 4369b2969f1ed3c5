"""The thresholds of the decoding, as sliders, as the query of an address, and as a config."""

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, get_type_hints

from manifests.errors import UserError
from model.config import Config
from model.lines import LineSettings
from model.proposals import ProposalSettings
from model.serving.problems import bad_query

Value = float | int | bool

_GROUPS = {"proposals": ProposalSettings, "lines": LineSettings}
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True)
class Knob:
    """One threshold: what it may be here, within ``model.decoding_ranges``, and how the page shows
    it."""

    name: str
    """Of the config: ``proposals.min_score``."""
    label: str
    meaning: str
    low: float = 0
    high: float = 1
    step: float = 0.01
    slider: bool = True
    """Whether the page has a slider or a switch for it."""

    @property
    def kind(self) -> type:
        """bool, int or float."""
        group, _, key = self.name.partition(".")
        return dict(get_type_hints(_GROUPS[group]))[key]


KNOBS = (
    Knob(
        "proposals.min_score",
        "Score of proposals",
        "Proposals with a score above this go on.",
    ),
    Knob(
        "proposals.second_nms",
        "Suppression of proposals",
        "Of two proposals of a column with a greater IoU than this the lower score is dropped.",
    ),
    Knob("lines.min_score", "Score of lines", "Lines with a mean score above this are kept."),
    Knob(
        "lines.gap",
        "Gap",
        "Farthest neighbour of a proposal, from left edge to left edge, in pixels of the network's "
        "input; a column is 16.",
        0,
        128,
        1,
    ),
    Knob(
        "lines.min_overlap",
        "Overlap of neighbours",
        "Least overlap of two neighbours in y, as a share of the lower of the two.",
    ),
    Knob(
        "lines.min_height_ratio",
        "Height ratio of neighbours",
        "Least ratio of the lower neighbour's height to the taller's.",
    ),
    Knob(
        "lines.min_proposals",
        "Proposals of a line",
        "Lines of at least so many proposals are kept.",
        1,
        20,
        1,
    ),
    Knob(
        "lines.split_at_sides",
        "Split at sides",
        "Whether a line ends where the side offsets say so, which keeps words apart.",
    ),
    Knob(
        "lines.refine_sides",
        "Refine sides",
        "Whether a line's ends come from the side offsets, or from the columns' borders.",
    ),
    Knob(
        "lines.min_aspect",
        "Aspect of lines",
        "Lines wider than so many times their mean height are kept.",
        0,
        20,
        0.1,
    ),
    Knob(
        "proposals.before_nms",
        "Candidates before suppression",
        "So many of the highest scores go into the first suppression.",
        1,
        5000,
        1,
        slider=False,
    ),
    Knob(
        "proposals.first_nms",
        "First suppression",
        "Of two slices of a column with a greater IoU than this the lower score is dropped.",
        slider=False,
    ),
    Knob(
        "proposals.after_nms",
        "Slices after suppression",
        "So many of the highest scores come out of the first suppression.",
        1,
        5000,
        1,
        slider=False,
    ),
)
_BY_NAME = {knob.name: knob for knob in KNOBS}


def changed(config: Config, query: Iterable[tuple[str, str]]) -> Config:
    """The config with the thresholds of a query, ``proposals.min_score=0.5``.

    Raises Problem (422) for a key that is none or stands twice, and a value beyond its range.
    """
    changes: dict[str, dict[str, Any]] = {group: {} for group in _GROUPS}
    for name, text in query:
        if name not in _BY_NAME:
            raise bad_query(_unknown(name))
        group, _, key = name.partition(".")
        if key in changes[group]:
            raise bad_query(f"{name} stands twice. Give it once.")
        changes[group][key] = _value(_BY_NAME[name], text)
    return replace(
        config,
        proposals=replace(config.proposals, **changes["proposals"]),
        lines=replace(config.lines, **changes["lines"]),
    )


def check_begin(config: Config) -> None:
    """Raise UserError where a threshold, with which the page would begin, is beyond its range."""
    for knob in (knob for knob in KNOBS if knob.kind is not bool):
        value = _get(config, knob.name)
        if not knob.low <= value <= knob.high:
            raise UserError(
                f"{knob.name} is {value:g}, and the page and its address take {knob.low:g} to "
                f"{knob.high:g}; give another: --set {knob.name}=..."
            )


def values(config: Config) -> dict[str, Value]:
    """The thresholds of a config by their dotted names."""
    return {knob.name: _get(config, knob.name) for knob in KNOBS}


def sliders(config: Config, own: Config) -> list[dict[str, Any]]:
    """What the page needs to draw its sliders and switches, in their order. config: with which they
    begin; own: the checkpoint's, from which ``--set`` changes it."""
    begin, trained = values(config), values(own)
    return [
        {**schema(knob), "name": knob.name, "label": knob.label, "step": knob.step,
         "value": begin[knob.name], "own": trained[knob.name]}
        for knob in KNOBS
        if knob.slider
    ]  # fmt: skip


def parameters(config: Config) -> list[dict[str, Any]]:
    """The thresholds as query parameters of an OpenAPI description."""
    begin = values(config)
    return [
        {
            "name": knob.name,
            "in": "query",
            "required": False,
            "description": knob.meaning,
            "schema": {**schema(knob), "default": begin[knob.name]},
        }
        for knob in KNOBS
    ]


def schema(knob: Knob) -> dict[str, Any]:
    """The type and range of a threshold, as JSON Schema has them."""
    if knob.kind is bool:
        return {"type": "boolean", "description": knob.meaning}
    kind = "integer" if knob.kind is int else "number"
    return {
        "type": kind, "minimum": knob.low, "maximum": knob.high, "description": knob.meaning
    }  # fmt: skip


def _get(config: Config, name: str) -> Value:
    group, _, key = name.partition(".")
    value: Value = getattr(getattr(config, group), key)
    return value


def _value(knob: Knob, text: str) -> Value:
    if knob.kind is bool:
        if text not in _WORDS:
            raise bad_query(f"{knob.name} must be true or false, not {text[:40]!r}.")
        return _WORDS[text]
    try:
        value = knob.kind(text)
    except ValueError:
        value = math.nan
    if not knob.low <= value <= knob.high:
        what = "a whole number" if knob.kind is int else "a number"
        low, high = f"{knob.low:g}", f"{knob.high:g}"
        raise bad_query(f"{knob.name} must be {what} from {low} to {high}, not {text[:40]!r}.")
    number: Value = value
    return number


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, _BY_NAME, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"There is no threshold {name[:60]!r}.{meant} There are {', '.join(_BY_NAME)}."
