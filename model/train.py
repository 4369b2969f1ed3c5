"""The training loop."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from manifests.errors import UserError
from model.config import Config, TaskSettings
from model.evaluate import Predict
from model.loader import Batch, Loader
from model.network import Ctpn
from model.predictor import Predictor
from model.progress import Progress
from model.runs import Run
from model.schedule import learning_rate
from model.step import Losses, TrainingStep

LOG = logging.getLogger(__name__)

Evaluate = Callable[[Predict], Mapping[str, Any]]
"""Scores a detector; the answer has a key ``hmean``."""


@dataclass
class Training:
    """A network in training. ``evaluate`` is called as the task's settings say, if there is one."""

    network: Ctpn
    config: Config
    task: TaskSettings
    loader: Loader
    run: Run
    evaluate: Evaluate | None = None
    best: float = -1.0
    step: int = 0

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.task.steps or self.task.epochs * self.loader.steps

    def train(self, what: str = "train") -> None:
        """Train to the end. Raises UserError where the loss stops being a number."""
        update = TrainingStep(self.network, self.config, self.task)
        epoch = 0
        with Progress(self.steps, what) as progress:
            while self.step < self.steps:
                epoch += 1
                self._epoch(epoch, update, progress)
                self._epoch_done(epoch)
        self.run.save("last", self.network, self.step)

    def _epoch(self, epoch: int, update: TrainingStep, progress: Progress) -> None:
        batches = self.loader.epoch(epoch)
        while self.step < self.steps:
            began = time.monotonic()
            batch = next(batches, None)
            if batch is None:
                return
            waited = time.monotonic() - began
            self._take(update, batch, epoch, progress, began, waited)
            if self.step % self.task.save_every == 0:
                self.run.save("last", self.network, self.step)

    def _take(
        self,
        update: TrainingStep,
        batch: Batch,
        epoch: int,
        progress: Progress,
        began: float,
        waited: float,
    ) -> None:
        """One step, checked and logged."""
        task = self.task
        rate = learning_rate(
            self.step, self.steps, task.learning_rate, task.warmup_steps, task.warmup_start
        )
        losses = update(batch.arrays(), rate)
        self.step += 1
        _check(losses, batch, self.step)
        seconds = time.monotonic() - began
        speed = len(batch.image_ids) / seconds
        entry = {"step": self.step, "epoch": epoch, **asdict(losses), "learning_rate": rate}
        self.run.log(
            entry | {"images_per_second": round(speed, 3), "wait_share": round(waited / seconds, 4)}
        )
        progress.advance(losses.loss, speed)

    def _epoch_done(self, epoch: int) -> None:
        task, finished = self.task, self.step >= self.steps
        self.run.save("last", self.network, self.step)
        if epoch % task.checkpoint_every == 0:
            self.run.save_epoch(epoch, self.network, self.step, task.keep)
        every, start = task.evaluation.every, task.evaluation.start
        due = every and epoch >= start and ((epoch - start) % every == 0 or finished)
        if due and self.evaluate:
            self._evaluate(epoch, self.evaluate)

    def _evaluate(self, epoch: int, evaluate: Evaluate) -> None:
        result = evaluate(Predictor(self.network, self.config).predict)
        self.run.evaluated({"step": self.step, "epoch": epoch, **result})
        better = result["hmean"] > self.best
        LOG.info(
            "epoch %d: %s hmean %.4f on the mix %s%s",
            epoch,
            self.task.evaluation.protocol,
            result["hmean"],
            self.task.evaluation.mix,
            ", the best so far" if better else "",
        )
        if better:
            self.best = result["hmean"]
            self.run.save("best", self.network, self.step)


def _check(losses: Losses, batch: Batch, step: int) -> None:
    if not losses.finite:
        raise UserError(
            f"the loss is {losses.loss} at step {step} (classification {losses.classification}, "
            f"vertical {losses.vertical}, side {losses.side}); the images of this batch are "
            f"{', '.join(batch.image_ids)}. Look at them, or lower the learning rate"
        )
