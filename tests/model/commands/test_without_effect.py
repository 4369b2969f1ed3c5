"""What another setting overrules is said."""

import argparse
from pathlib import Path

import pytest

from manifests.errors import UserError
from model.__main__ import build_parser
from model.commands.plan import new_plan
from model.commands.without_effect import refuse_images, warn_of_no_evaluation
from model.config import EvaluationSettings, TaskSettings


def arguments(data: Path, *more: str) -> argparse.Namespace:
    return build_parser().parse_args(["train", "--task", "finetune", "--data", str(data), *more])


@pytest.mark.parametrize(
    ("preset", "change", "said"),
    [
        (
            "lite_scratch",
            "finetune.epochs=50",
            "finetune.steps=4000 decides; epochs=50 is not used",
        ),
        ("lite", "finetune.epochs=50", ""),
        ("lite_scratch", "finetune.epochs=0", ""),
    ],
)
def test_epochs_beside_steps_are_said_to_be_unused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, preset: str, change: str, said: str
) -> None:
    caplog.set_level("INFO")
    new_plan(arguments(tmp_path, "--preset", preset, "--set", change))
    assert caplog.messages == ([said] if said else [])


@pytest.mark.parametrize(
    ("start", "steps", "epochs", "last"),
    [(3, 0, 2, 2), (2, 0, 2, None), (4, 21, 9, 3), (3, 21, 9, None)],
)
def test_an_evaluation_that_never_comes_is_warned_of(
    caplog: pytest.LogCaptureFixture, start: int, steps: int, epochs: int, last: int | None
) -> None:
    task = TaskSettings(
        "m", epochs, 1, 0.1, 0, steps=steps, evaluation=EvaluationSettings(every=1, start=start)
    )
    warn_of_no_evaluation("finetune", task, 10)
    assert bool(caplog.messages) == (last is not None)
    if last is not None:
        assert f"evaluation.start={start} is after the last epoch, {last}:" in caplog.text


def test_pictures_of_a_backbone_are_refused_to_a_detector(tmp_path: Path) -> None:
    refuse_images(arguments(tmp_path))
    with pytest.raises(UserError, match="--images is for --task backbone"):
        refuse_images(arguments(tmp_path, "--images", "x"))
