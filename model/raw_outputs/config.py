"""The config by which raw outputs become lines: that of the network that made them."""

from collections.abc import Sequence
from pathlib import Path

from manifests.errors import UserError
from manifests.strict_yaml import load_yaml
from model.config import Config, check, load_config
from model.decoding_changes import with_decoding
from model.export.about import About, from_strings
from model.export.backends import is_exported
from model.export.weights import all_changes
from model.pretrained import resolve
from model.settings import build
from model.weights.detector_file import config_text
from model.weights.safetensors_file import is_safetensors, open_safetensors


def config_of(
    checkpoint: Path | None,
    preset: Path | None,
    changes: Sequence[str] = (),
    thresholds: Path | None = None,
) -> Config:
    """The config of a checkpoint (a file, or the name of weights that come with the project), of an
    exported ``.mindir`` or ``.onnx``, or of a YAML file such as a run's ``config.yaml``, with
    changes of the decoding. thresholds: a file of ``model.thresholds`` for the checkpoint, below
    the changes.

    MindSpore is imported for a ``.ckpt`` and a ``.mindir``, ONNX Runtime for an ``.onnx``. Raises
    UserError.
    """
    if checkpoint is None:
        if preset is None:
            raise UserError("give --checkpoint or --config: raw outputs do not hold their config")
        if thresholds is not None:
            raise UserError(
                "--thresholds are those of a checkpoint, which tells whether they fit; give it "
                "with --checkpoint"
            )
        return with_decoding(load_config(preset), changes)
    path = resolve(checkpoint)
    own, sha256 = _of_exported(path) if is_exported(path) else (_of_checkpoint(path), None)
    return with_decoding(own, all_changes(path, changes, thresholds, sha256))


def _of_exported(path: Path) -> tuple[Config, str]:
    """The config of an exported file, and the sha256 of the checkpoint that it was made of."""
    about = _about(path)
    return about.config, str(about.checkpoint.get("sha256"))


def _about(path: Path) -> About:
    if path.suffix == ".mindir":
        from model.export.mindir_running import read_strings

        return from_strings(read_strings(path), path)
    from model.export.onnx_running import open_onnx

    return open_onnx(path).about


def _of_checkpoint(path: Path) -> Config:
    if not is_safetensors(path):
        from model.checkpoints import load

        return load(path).config
    try:
        config = build(Config, load_yaml(config_text(open_safetensors(path).metadata)))
        check(config)
    except (ValueError, KeyError) as error:
        raise UserError(
            f"{path} has no config of this project in its metadata ({error}); give the config.yaml "
            "of its run with --config"
        ) from error
    return config
