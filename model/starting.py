"""Where a training starts: random weights, a VGG16 backbone or a checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import mindspore as ms

from manifests.errors import UserError
from model.checkpoints import Checkpoint, load, restore
from model.config import Config, NetworkSettings, Task
from model.lineage import start_of
from model.network import Ctpn
from model.precision import is_mixed
from model.pretrained import resolve
from model.runs import has_finished, latest_checkpoint
from model.weights.start import start_backbone


@dataclass(frozen=True)
class Start:
    """The file that the weights come from, if any. kind: random, backbone or checkpoint."""

    kind: str
    path: Path | None = None

    def describe(self, data: Path) -> Mapping[str, str]:
        """For the lineage of a run on this data folder."""
        return start_of(self.kind, self.path, data)


def find_start(
    data: Path, task: Task, checkpoint: Path | None, backbone: Path | None, otherwise: str = ""
) -> Start:
    """What to start from. A finetune goes on from the last finished pretrain unless told otherwise.

    otherwise: the preset's ``start``, which counts where nothing is given and no pretrain was
    finished. Raises UserError where it needs a start and there is none.
    """
    if checkpoint is None and backbone is None:
        checkpoint = _usual_start(data, task, otherwise)
    checkpoint = checkpoint and resolve(checkpoint)
    for kind, path in (("checkpoint", checkpoint), ("backbone", backbone)):
        if path is not None and not path.is_file():
            raise UserError(f"no {kind} at {path}")
        if path is not None:
            return Start(kind, path)
    return Start("random")


def _usual_start(data: Path, task: Task, otherwise: str) -> Path | None:
    if task == "finetune" and (not otherwise or has_finished(data, "pretrain")):
        return latest_checkpoint(data, "pretrain")
    return Path(otherwise) if otherwise else None


def build_network(config: Config, task: Task, device: str, start: Start) -> Ctpn:
    """The network of a task, its weights as ``start`` has them, the rest random by the task's seed.

    Raises UserError for a file that does not fit, and for random weights in layers or below norms
    that never learn.
    """
    settings = config.task(task)
    if start.kind == "random":
        _check_random(config.network, task, settings.frozen_blocks)
    ms.set_seed(settings.seed)
    mixed = is_mixed(config.precision, device)
    network = Ctpn(config.network, settings.frozen_blocks, device == "CPU", mixed)
    if start.path is not None and start.kind == "checkpoint":
        checkpoint = load(start.path)
        _check_meaning(config.network, checkpoint)
        restore(network, checkpoint)
    if start.path is not None and start.kind == "backbone":
        start_backbone(network.backbone, config.network, start.path)
    return network


def _check_random(network: NetworkSettings, task: Task, frozen_blocks: int) -> None:
    """Raise UserError where something would stay for ever as chance has it."""
    ways = (
        "give --backbone FILE or --checkpoint FILE, or set network.batch_norm=batch and "
        f"{task}.frozen_blocks=0 (preset lite_scratch)"
    )
    if network.batch_norm == "frozen":
        raise UserError(f"network.batch_norm is frozen, which needs a trained backbone: {ways}")
    if frozen_blocks > 0:
        raise UserError(
            f"{task}.frozen_blocks is {frozen_blocks}, which would leave so many blocks of the "
            f"backbone at their random weights: {ways}"
        )


def _check_meaning(network: NetworkSettings, checkpoint: Checkpoint) -> None:
    """Raise UserError where weights of the right shapes are for other anchors or inputs."""
    for key in ("anchor_heights", "mean", "deviation"):
        ours, theirs = getattr(network, key), getattr(checkpoint.config.network, key)
        if tuple(ours) != tuple(theirs) and len(ours) == len(theirs):
            numbers = ",".join(f"{number:g}" for number in theirs)
            raise UserError(
                f"{checkpoint.path} was trained with another network.{key} than the preset has; "
                f"add --set network.{key}=[{numbers}], or use the preset it was trained with"
            )
