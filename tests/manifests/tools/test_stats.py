"""Counts beside published ones, and exact quantiles."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from manifests.__main__ import main
from manifests.tools.stats import QUANTILES, quantiles


def test_counts_stand_beside_published_ones(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stats", "alpha", "--data", str(corpus)]) == 0
    words = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert words[0] == "alpha/train Set of tests"
    assert "images 3 published 3 as published" in words
    assert "regions 5 published 9 -3, with those in quarantine" in words
    assert "dont_care share 40.0%" in words
    assert "regions_quarantined 1" in words


def test_json_has_all_manifests(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--data", str(corpus), "--json"]) == 0
    alpha, beta = json.loads(capsys.readouterr().out)
    assert (alpha["name"], beta["name"]) == ("alpha/train", "beta/test")
    assert alpha["counts"] == {
        "images": 3,
        "regions": 5,
        "care": 3,
        "dont_care": 2,
        "dont_care_share": 0.4,
        "images_quarantined": 0,
        "regions_quarantined": 1,
    }
    assert alpha["quantiles"]["regions"]["max"] == 4
    assert alpha["quantiles"]["width"]["min"] == 40


def test_quantiles_are_those_of_all_values_that_are_numbers() -> None:
    values = np.array([math.nan, *range(101)])
    assert quantiles(values) == {name: 100 * share for name, share in QUANTILES.items()}
    assert quantiles(np.array([math.nan])) is None
