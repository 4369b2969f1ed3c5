"""The training loop."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from model.best import NO_SCORE, beats, best_of
from model.checkpoints import Checkpoint, NotFiniteError, TrainingState, assign
from model.config import Config, TaskSettings
from model.evaluate import DetectedLines, Predict
from model.loader import Batch, Loader
from model.network import Ctpn
from model.parallel import ALONE, Team
from model.predictor import Predictor
from model.progress import Progress
from model.runs import SUFFIX, Run
from model.schedule import learning_rate
from model.step import Losses, TrainingStep
from model.stopping import Stop, Stopped

LOG = logging.getLogger(__name__)

Evaluate = Callable[[Predict], Mapping[str, Any]]
"""Scores a detector; the answer has a key ``hmean``, None where there was nothing to score on."""


@dataclass
class Training:
    """A network in training. ``evaluate`` is called as the task's settings say, if there is one;
    ``stop`` may end it between two steps. ``team``: the workers that train together; all of them
    stop together, and for the same reason.

    ``last.ckpt`` holds its whole state from before the first step on, is written again every
    ``save_every`` steps and at each epoch's end, and is enough to go on from: see ``resume``.
    """

    network: Ctpn
    config: Config
    task: TaskSettings
    loader: Loader
    run: Run
    evaluate: Evaluate | None = None
    stop: Stop = field(default_factory=Stop)
    team: Team = ALONE
    best: float = NO_SCORE
    step: int = 0
    epoch: int = 1
    """In progress, counted from 1."""
    position: int = 0
    """Batches of the epoch that are done."""

    def __post_init__(self) -> None:
        self._update = TrainingStep(self.network, self.config, self.task, self.team)
        self._evaluated: set[int] = set()

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.task.steps or self.task.epochs * self.loader.steps

    def resume(self, checkpoint: Checkpoint) -> None:
        """Take over the optimizer, the place in the data and the log of a saved state; the network
        has its parameters already. Raises UserError where the checkpoint holds no such state, or
        one of other batches."""
        state = checkpoint.training
        if state is None:
            raise UserError(
                f"{checkpoint.path} holds a network and no state to go on from; start a new run "
                f"with --checkpoint {checkpoint.path}"
            )
        self.step, self.epoch, self.position = checkpoint.step, state.epoch, state.position
        if self.step != (self.epoch - 1) * self.loader.steps + self.position:
            raise UserError(
                f"{checkpoint.path} is of epoch {self.epoch}, batch {self.position}, step "
                f"{self.step}, which does not fit {self.loader.steps} steps an epoch; go on with "
                "the shards and the number of workers that it was begun with"
            )
        assign(self._update.state().values(), state.tensors, f"the state in {checkpoint.path}")
        kept = self.run.rewind(self.step)
        self._evaluated = {entry["step"] for entry in kept}
        self.best = best_of(state.best, kept, "hmean")
        if not beats(self.best, NO_SCORE):
            self.run.discard("best")  # written before only scores above 0 made one

    def train(self, what: str = "train") -> None:
        """Train to the end. Raises UserError where the loss stops being a number, and Stopped,
        the state saved, where ``stop`` asks for it."""
        if self.run.saved is None:
            self._save()
        with Progress(self.steps, what, self.step) as progress:
            while True:
                self._epoch(progress)
                self._epoch_done()
                if self.step >= self.steps:
                    return
                self.epoch, self.position = self.epoch + 1, 0

    def _epoch(self, progress: Progress) -> None:
        left = min(self.loader.steps - self.position, self.steps - self.step)
        batches = self.loader.epoch(self.epoch, self.position) if left else iter(())
        for _ in range(left):
            self._may_stop()
            self._take(batches, progress)
            if self.step % self.task.save_every == 0:
                self._save()
        if self.run.saved != self.step:
            self._save()

    def _take(self, batches: Iterator[Batch], progress: Progress) -> None:
        """One step, checked and logged."""
        began = time.monotonic()
        batch = next(batches)
        waited = time.monotonic() - began
        task = self.task
        rate = learning_rate(
            self.step, self.steps, task.learning_rate, task.warmup_steps, task.warmup_start
        )
        losses = self._update(batch.arrays(), rate)
        self._check(losses, batch)
        if losses.skipped:
            LOG.info("step %d overflowed float16 and is skipped; loss scale halved", self.step + 1)
        self.step, self.position = self.step + 1, self.position + 1
        seconds = time.monotonic() - began
        speed = len(batch.image_ids) * self.team.size / seconds
        entry = {"step": self.step, "epoch": self.epoch, **asdict(losses), "learning_rate": rate}
        timing = {
            "images_per_second": round(speed, 3),
            "wait_share": round(waited / seconds, 4),
            "seconds": round(seconds, 4),
        }
        self.run.log(entry | timing)
        progress.advance(losses.loss, speed)

    def _epoch_done(self) -> None:
        """Everything here may be done twice: a kill in its middle has it done again."""
        task, epoch, finished = self.task, self.epoch, self.step >= self.steps
        if epoch % task.checkpoint_every == 0:
            self.run.save_epoch(epoch, self.network, self.step, task.keep)
        every, start = task.evaluation.every, task.evaluation.start
        due = every and epoch >= start and ((epoch - start) % every == 0 or finished)
        if due and self.evaluate and self.step not in self._evaluated:
            self._evaluate(self.evaluate)

    def _evaluate(self, evaluate: Evaluate) -> None:
        began = time.monotonic()
        detector = Predictor(self.network, self.config)

        def predict(image: npt.NDArray[np.uint8]) -> DetectedLines:
            self.stop.check(self.step, self.steps)
            return detector.predict(image)

        result = evaluate(predict)
        better = beats(result["hmean"], self.best)
        if better:
            self.best = result["hmean"]
            self.run.save("best", self.network, self.step)
        seconds = round(time.monotonic() - began, 1)
        # Last: what stands in the log of evaluations is not done again.
        self.run.evaluated({"step": self.step, "epoch": self.epoch, **result, "seconds": seconds})
        self._tell(result["hmean"], better)

    def _tell(self, hmean: float | None, better: bool) -> None:
        settings = self.task.evaluation
        if hmean is None:
            LOG.warning(
                "epoch %d: the mix %s has no text to find, so it has no score and is never the "
                "best",
                self.epoch,
                settings.mix,
            )
            return
        LOG.info(
            "epoch %d: %s hmean %.4f on the mix %s%s",
            self.epoch,
            settings.protocol,
            hmean,
            settings.mix,
            ", the best so far" if better else "",
        )

    def _may_stop(self) -> None:
        requests = self.team.exchange(str(self.stop.requested or ""))
        if any(requests):
            if self.run.saved != self.step:
                self._save()
            raise Stopped(int(max(requests)), self.step, self.steps)

    def _save(self) -> None:
        state = TrainingState(self.epoch, self.position, self.best, self._update.state())
        try:
            self.run.save("last", self.network, self.step, state)
        except NotFiniteError as error:
            raise UserError(f"{error}. {self._ways_on()}") from error

    def _ways_on(self) -> str:
        last = self.run.checkpoints / f"last{SUFFIX}"
        return (
            f"{self.run.go_on('put pictures or code right')}; settings stay those of the run then. "
            f"With others, such as a lower learning rate, start a new run: --checkpoint {last} "
            "--set KEY=VALUE"
        )

    def _check(self, losses: Losses, batch: Batch) -> None:
        if losses.finite:
            return
        images = ", ".join(self.team.exchange(", ".join(batch.image_ids)))
        raise UserError(
            f"the loss is {losses.loss} at step {self.step + 1} (classification "
            f"{losses.classification}, vertical {losses.vertical}, side {losses.side}"
            f"{self._blame(losses)}); the images of this batch are {images}. Look at them. "
            f"{self._ways_on()}"
        )

    def _blame(self, losses: Losses) -> str:
        if losses.gradients_finite:
            return ""
        return (
            f"), and its gradients overflow float16 at the smallest loss scale, "
            f"{losses.loss_scale:g} (precision=float32 has no such limit"
        )
