"""Training the classifier: the loop over epochs, what it logs and what it keeps."""

import json
import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from manifests.errors import UserError
from model.best import NO_SCORE, beats
from model.classifier.folder import ImageFolder
from model.classifier.loader import PictureLoader, Pictures
from model.classifier.network import Classifier, ClassifierStep, predict
from model.classifier.settings import BackboneSettings
from model.files import write_text
from model.progress import Progress
from model.runs import Run
from model.schedule import learning_rate

LOG = logging.getLogger(__name__)

UNREADABLE = "unreadable.jsonl"


@dataclass
class BackboneTraining:
    """A classifier in training. ``best``: the highest accuracy on val so far."""

    network: Classifier
    settings: BackboneSettings
    folder: ImageFolder
    loader: PictureLoader
    run: Run
    best: float = NO_SCORE
    step: int = 0
    update: ClassifierStep = field(init=False)

    @property
    def steps(self) -> int:
        """Steps of the whole training, as long as every picture can be read."""
        return self.settings.epochs * (len(self.folder.train) // self.settings.batch)

    def train(self) -> None:
        """Train to the end. Raises UserError where the loss stops being a number, or so many
        pictures are unreadable that no batch is full."""
        self.update = ClassifierStep(self.network, self.settings)
        with Progress(self.steps, "backbone") as progress:
            for epoch in range(1, self.settings.epochs + 1):
                before = self.step
                batches = self.loader.training(self.folder.train, epoch)
                while self._take(batches, epoch, progress):
                    pass
                if self.step == before:
                    raise UserError(
                        f"only {len(self.folder.train) - len(self.loader.unreadable)} of the "
                        f"{len(self.folder.train)} pictures can be read, which do not fill a batch "
                        f"of {self.settings.batch}; see the warnings above"
                    )
                self._epoch_done(epoch)

    def _take(self, batches: Iterator[Pictures], epoch: int, progress: Progress) -> bool:
        """One step, checked and logged; False where the epoch has no more."""
        began = time.monotonic()
        batch = next(batches, None)
        if batch is None:
            return False
        waited, task = time.monotonic() - began, self.settings
        rate = learning_rate(
            self.step, self.steps, task.learning_rate, task.warmup_steps, task.warmup_start
        )
        outcome = self.update(batch, rate)
        self.step += 1
        if not math.isfinite(outcome.loss):
            raise UserError(
                f"the loss is {outcome.loss} at step {self.step}; the pictures of this batch are "
                f"{', '.join(batch.names)}. Look at them, or lower backbone.learning_rate"
            )
        seconds = time.monotonic() - began
        speed = len(batch.names) / seconds
        self.run.log(
            {
                "step": self.step,
                "epoch": epoch,
                "loss": outcome.loss,
                "accuracy": outcome.accuracy,
                "learning_rate": rate,
                "seconds": round(seconds, 4),
                "images_per_second": round(speed, 3),
                "wait_share": round(waited / seconds, 4),
            }
        )
        progress.advance(outcome.loss, speed)
        return True

    def _epoch_done(self, epoch: int) -> None:
        if self.folder.val:
            self._evaluate(epoch)
        self._list_unreadable()
        self.run.save("last", self.network, self.step)
        if epoch % self.settings.checkpoint_every == 0:
            self.run.save_epoch(epoch, self.network, self.step, self.settings.keep)

    def _evaluate(self, epoch: int) -> None:
        right = count = 0
        for batch in self.loader.evaluation(self.folder.val):
            found = predict(self.network, batch.images, self.settings.batch)
            right += int((found == batch.labels).sum())
            count += len(batch.labels)
        accuracy = right / count if count else None
        better = beats(accuracy, self.best)
        entry = {"step": self.step, "epoch": epoch, "accuracy": accuracy, "images": count}
        self.run.evaluated(entry)
        if accuracy is None:
            LOG.warning("epoch %d: no picture of val can be read, so it cannot be the best", epoch)
            return
        said = ", the best so far" if better else ""
        LOG.info("epoch %d: %.4f of %d pictures of val are right%s", epoch, accuracy, count, said)
        if better:
            self.best = accuracy
            self.run.save("best", self.network, self.step)

    def _list_unreadable(self) -> None:
        lines = [
            json.dumps({"name": name, "reason": reason}) + "\n"
            for name, reason in sorted(self.loader.unreadable.items())
        ]
        if lines:
            write_text(self.run.folder / UNREADABLE, "".join(lines))
