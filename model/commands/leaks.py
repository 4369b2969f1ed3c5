"""No training on pictures that a test split holds too, unless a person says so."""

import logging
from pathlib import Path
from typing import Any

from manifests.findings import LEAK_CODES
from manifests.leak_check import LeakCheck, check_leaks, current_pairs
from manifests.leaks import is_training, shared_members, shared_with_evaluation
from manifests.shardset import ShardSet
from model.commands.plan import Plan

LOG = logging.getLogger(__name__)


def refuse_leaks(plan: Plan, shards: ShardSet) -> dict[str, Any]:
    """Raise UserError where the shards' mix leaks and that is not allowed; else what the lineage
    says of it, and a warning where it is not simply none."""
    mix = shards.mix
    if mix is None:
        check = LeakCheck(plan.data, plan.mix, None, "its shards do not tell what it is made of")
    else:
        check = check_leaks(plan.data, mix, fingerprints(shards), plan.decisions)
    check.require_none(plan.allow_leaks)
    if check.warning():
        LOG.warning("%s", check.warning())
    return check.to_json()


def warn_of_evaluation(data: Path, shards: ShardSet, scored: ShardSet) -> None:
    """Say where a training would be evaluated on what it is trained on."""
    mix, evaluation = shards.mix, scored.mix
    if mix is None or evaluation is None or not is_training(mix):
        return
    for name in shared_members(mix, evaluation):
        LOG.warning(
            "the mixes %s and %s take the same images of %s: an evaluation on what was trained on "
            "says little",
            mix.name,
            evaluation.name,
            name,
        )
    pairs = current_pairs(data, fingerprints(shards) | fingerprints(scored), LEAK_CODES)
    shared = [] if isinstance(pairs, str) else shared_with_evaluation(mix, evaluation, pairs)
    if shared:
        LOG.warning(
            "%d pictures of the mix %s stand in its evaluation mix %s too, the first of them %s "
            "as %s",
            len(shared),
            mix.name,
            evaluation.name,
            shared[0].image_id,
            shared[0].other,
        )


def fingerprints(shards: ShardSet) -> dict[str, str]:
    """``<dataset>/<split>`` -> fingerprint of the manifests that shards were made from."""
    return {entry["name"]: entry["fingerprint"] for entry in shards.info["inputs"]}
