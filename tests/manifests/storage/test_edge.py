"""Arguments of a command: paths that lead nowhere are told before anything is done."""

import argparse
from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.storage.edge import Needs, settled


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    for given in ({"raw": tmp_path / "a"}, {"data": tmp_path / "b" / "x"}, {"m": [tmp_path / "a"]}):
        with (
            pytest.raises(UserError, match="is a link that leads in a circle"),
            settled(argparse.Namespace(**given), Needs(())),
        ):
            pytest.fail("nothing is done")
