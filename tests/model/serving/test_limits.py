"""Limits that make no sense."""

import math
from dataclasses import fields

import pytest

from manifests.errors import UserError
from manifests.images import MAX_PIXELS
from model.serving.limits import Limits, check


def test_the_defaults_are_good() -> None:
    check(Limits())


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
@pytest.mark.parametrize("name", [each.name for each in fields(Limits)])
def test_each_must_be_a_number_above_0(name: str, value: float) -> None:
    with pytest.raises(UserError, match="number greater than 0"):
        check(Limits(**{name: value}))


def test_no_more_pixels_than_are_ever_decoded() -> None:
    with pytest.raises(UserError, match="max-pixels"):
        check(Limits(pixels=MAX_PIXELS + 1))
