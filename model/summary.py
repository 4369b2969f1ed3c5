"""What a run has done so far, from its logs: summary.json."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from model.files import read_lines, read_object, write_object
from model.runs import EVALUATIONS, LOG, SUMMARY

State = Literal["running", "stopped", "failed", "finished"]


@dataclass(frozen=True)
class Summary:
    """The state of a run as its process last knew it: a killed one stays ``running`` here."""

    task: str
    preset: str
    steps: int
    """Of the whole training."""
    state: State = "running"
    detail: str = ""
    """What it failed of."""
    started: str = field(default_factory=lambda: time.strftime("%Y-%m-%d %H:%M:%S"))
    step: int = 0
    images: int = 0
    seconds: float = 0.0
    """Of all steps, waiting and the compilation of the first included, evaluations not."""
    images_per_second: float = 0.0
    wait_share: float = 0.0
    """The part of ``seconds`` in which the network waited for data."""
    evaluation_seconds: float = 0.0
    last_loss: float | None = None

    def text(self) -> str:
        """For a person."""
        minutes = self.seconds / 60
        return (
            f"{self.step} steps, {self.images} images in {minutes:.1f} min: "
            f"{self.images_per_second:.1f} images/s, {100 * self.wait_share:.1f} % of the time "
            f"waiting for data; {self.evaluation_seconds / 60:.1f} min of evaluation"
        )


def tally(folder: Path) -> dict[str, Any]:
    """The figures of a Summary, from the steps and evaluations that stand in a run's logs."""
    entries = read_lines(folder / LOG)
    seconds = [float(entry.get("seconds", 0.0)) for entry in entries]
    total = sum(seconds)
    waited = sum(
        entry.get("wait_share", 0.0) * s for entry, s in zip(entries, seconds, strict=True)
    )
    images = sum(
        round(entry.get("images_per_second", 0.0) * s)
        for entry, s in zip(entries, seconds, strict=True)
    )
    evaluations = read_lines(folder / EVALUATIONS)
    return {
        "step": entries[-1]["step"] if entries else 0,
        "images": images,
        "seconds": round(total, 1),
        "images_per_second": round(images / total, 3) if total else 0.0,
        "wait_share": round(waited / total, 4) if total else 0.0,
        "evaluation_seconds": round(sum(e.get("seconds", 0.0) for e in evaluations), 1),
        "last_loss": entries[-1]["loss"] if entries else None,
    }


def write_summary(folder: Path, summary: Summary) -> None:
    """Write summary.json."""
    write_object(folder / SUMMARY, asdict(summary))


def read_summary(folder: Path) -> Mapping[str, Any]:
    """What summary.json holds; nothing where it is absent. Raises OSError or ValueError."""
    return read_object(folder / SUMMARY) if (folder / SUMMARY).is_file() else {}
