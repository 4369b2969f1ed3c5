"""What a training is evaluated on, and what it means where that is not there."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifests.errors import UserError
from manifests.shardset import ShardSet, open_shards
from model.best import NO_SCORE, beats
from model.files import read_lines
from model.runs import EVALUATIONS

if TYPE_CHECKING:
    from model.config import EvaluationSettings
    from model.resume import Unfinished
    from model.train import Evaluate, Predict

LOG = logging.getLogger(__name__)


def evaluation_shards(
    data: Path, settings: "EvaluationSettings", unfinished: "Unfinished | None" = None
) -> ShardSet | None:
    """The shards to evaluate on; none, and a word about it, where they are not there or their
    manifests, which hold the truth, are not. ``unfinished``: the run that is gone on with."""
    from model.lineage import trace

    try:
        shards = open_shards(data, settings.mix)
    except UserError as error:
        LOG.warning("training without evaluation: %s. %s", error, meaning(unfinished))
        return None
    if all(entry["verified"] for entry in trace(data, shards)):
        return shards
    LOG.warning(
        "training without evaluation: there is no ground truth for the mix %s below %s. %s",
        settings.mix,
        data,
        meaning(unfinished),
    )
    return None


def meaning(unfinished: "Unfinished | None") -> str:
    """What a training without evaluation means for the checkpoint that counts."""
    entries = read_lines(unfinished.folder / EVALUATIONS) if unfinished else []
    scored = [entry for entry in entries if beats(entry.get("hmean"), NO_SCORE)]
    if not scored:
        counts = "The last checkpoint counts"
    else:
        best = max(scored, key=lambda entry: float(entry["hmean"]))
        counts = (
            f"best.ckpt stays that of step {best['step']} (hmean {best['hmean']:.4f}) and counts, "
            "not what is trained from here on"
        )
    if unfinished is None or not unfinished.lineage.get("evaluation"):
        return counts
    return (
        f"{counts}. With the mix back, --resume evaluates again, the last epoch even of a training "
        "that has ended; nothing of before is lost"
    )


def evaluator(data: Path, shards: ShardSet, settings: "EvaluationSettings") -> "Evaluate":
    """Evaluation on shards of ``data`` by the protocol of the settings."""
    from model.evaluate import evaluate_network

    def evaluate(predict: "Predict") -> Mapping[str, Any]:
        scores = evaluate_network(predict, data, shards).scores
        score: dict[str, Any] = dict(scores[settings.protocol].summary())
        if not score["ground_truths"]:
            score["hmean"] = None
        return {**score, "protocol": settings.protocol, "mix": settings.mix}

    return evaluate
