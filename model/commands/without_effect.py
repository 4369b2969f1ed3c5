"""Settings of a training that would do nothing: what nobody can have meant is refused, and what
another setting overrules is said."""

import argparse
import logging
from typing import TYPE_CHECKING

from manifests.errors import UserError

if TYPE_CHECKING:
    from model.config import TaskSettings

LOG = logging.getLogger(__name__)


def refuse_images(args: argparse.Namespace) -> None:
    """Raise UserError for a detector's training with the pictures of a backbone's."""
    if args.images is not None:
        raise UserError(
            "--images is for --task backbone; a detector is trained on the shards of a mix below "
            "--data, so leave --images out"
        )


def check_evaluation_start(name: str, task: "TaskSettings") -> None:
    """Raise UserError for an epoch that there is not. Of new trainings alone: old ones go on."""
    if task.evaluation.every and task.evaluation.start < 1:
        raise UserError(
            f"{name}.evaluation.start must be at least 1, the first epoch, not "
            f"{task.evaluation.start}"
        )


def say_what_decides(name: str, task: "TaskSettings") -> None:
    """Say that steps overrule epochs, where there are both."""
    if task.steps and task.epochs:
        LOG.info("%s.steps=%d decides; epochs=%d is not used", name, task.steps, task.epochs)


def warn_of_no_evaluation(name: str, task: "TaskSettings", steps_an_epoch: int) -> None:
    """Warn of a training that ends before its first evaluation."""
    steps = task.steps or task.epochs * steps_an_epoch
    last = -(-steps // steps_an_epoch)
    if task.evaluation.every and task.evaluation.start > last:
        LOG.warning(
            "%s.evaluation.start=%d is after the last epoch, %d: there will be no evaluation, and "
            "the last checkpoint counts",
            name,
            task.evaluation.start,
            last,
        )
