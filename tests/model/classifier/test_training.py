"""The backbone task: it learns two classes, and a pretrain starts from what it learnt."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from manifests.errors import UserError
from manifests.images import encode_png
from model.__main__ import main
from model.config import load_config
from tests.model.plain_preset import PLAIN

pytestmark = pytest.mark.usefixtures("mindspore")

CHANNELS = [4, 4, 6, 8, 8]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes: upright and lying stripes; one picture of them is damaged."""
    root, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for split, count in (("train", 12), ("val", 5)):
        for name in ("lying", "upright"):
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                stripes = np.where(np.arange(48) // rng.integers(2, 5) % 2, 220, 30)
                grid = np.broadcast_to(stripes[:, None] if name == "lying" else stripes, (48, 48))
                noisy = grid[..., None] + rng.integers(-25, 26, (48, 48, 3))
                (folder / f"{number}.png").write_bytes(encode_png(noisy.astype(np.uint8)))
    (root / "train" / "lying" / "broken.jpeg").write_bytes(b"\xff\xd8\xff broken")
    return root


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = yaml.safe_load(load_config(PLAIN).to_yaml())
    tree["network"] |= {
        "channels": CHANNELS, "input_width": 64, "input_height": 48, "batch_norm": "frozen",
        "anchor_heights": [12, 24], "window_channels": 4, "rnn_units": 3, "dense_units": 4,
    }  # fmt: skip
    tree["pretrain"] |= {"mix": "tiny", "batch": 2, "steps": 1, "frozen_blocks": 5}
    tree["pretrain"]["evaluation"]["every"] = 0
    tree["backbone"] |= {
        "batch": 4, "crop": 32, "epochs": 8, "warmup_steps": 4, "learning_rate": 0.1,
        "min_area": 0.5, "checkpoint_every": 4, "keep": 1,
    }  # fmt: skip
    path = tmp_path_factory.mktemp("presets") / "tiny.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def train(preset: Path, folder: Path, *more: str | Path) -> int:
    place = [] if "--resume" in more else ["--run", str(folder)]
    command = ["train", "--preset", str(preset), *place, *map(str, more)]
    return main(command)


@pytest.fixture(scope="module")
def run(
    mindspore: None, images: Path, preset: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "backbone"
    assert train(preset, folder, "--task", "backbone", "--images", images) == 0
    return folder


def test_it_learns_and_keeps_what_belongs_to_a_run(run: Path, images: Path) -> None:
    entries = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert len(entries) == 8 * 6
    assert [entry["step"] for entry in entries] == list(range(1, 49))
    losses = [entry["loss"] for entry in entries]
    assert np.mean(losses[-6:]) < 0.5 * np.mean(losses[:6])
    results = [json.loads(line) for line in (run / "evaluations.jsonl").read_text().splitlines()]
    assert [result["epoch"] for result in results] == list(range(1, 9))
    assert all(result["images"] == 10 for result in results)
    assert max(result["accuracy"] for result in results) >= 0.9
    names = {path.name for path in (run / "checkpoints").iterdir()}
    assert names == {"best.ckpt", "last.ckpt", "epoch-0008.ckpt"}
    (unreadable,) = (run / "unreadable.jsonl").read_text().splitlines()
    assert json.loads(unreadable)["name"] == "train/lying/broken.jpeg"
    lineage = json.loads((run / "lineage.json").read_text())
    assert lineage["start"] == {"kind": "random"}
    assert lineage["images"]["train"] == 25
    assert lineage["images"]["folder"] == str(images.resolve())


def test_half_precision_is_refused(
    images: Path, preset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--task", "backbone", "--images", images, "--set", "precision=mixed"]
    assert train(preset, tmp_path / "run", *arguments) == 2
    assert "trains in float32: add --set precision=auto" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_val_without_a_readable_picture_makes_no_checkpoint_the_best(
    images: Path, preset: Path, tmp_path: Path
) -> None:
    shutil.copytree(images, tmp_path / "images")
    for path in (tmp_path / "images" / "val").glob("*/*.png"):
        path.write_bytes(b"no picture")
    arguments = ["--task", "backbone", "--images", tmp_path / "images", "--set"]
    assert train(preset, tmp_path / "run", *arguments, "backbone.epochs=1") == 0
    assert {p.name for p in (tmp_path / "run" / "checkpoints").iterdir()} == {"last.ckpt"}
    (line,) = (tmp_path / "run" / "evaluations.jsonl").read_text().splitlines()
    assert (json.loads(line)["accuracy"], json.loads(line)["images"]) == (None, 0)


def test_it_is_listed_among_the_runs(run: Path) -> None:
    from model.listing import list_runs

    data = run.parent / "data"
    data.mkdir()
    (data / "runs").symlink_to(run.parent)
    row = next(row for row in list_runs(data) if row.name == run.name)
    assert (row.task, row.state, row.step, row.steps) == ("backbone", "finished", 48, 48)
    assert row.best is not None and set(row.best) == {"accuracy", "step"}
    assert row.problem is None


def test_a_pretrain_starts_from_the_classifiers_features(
    run: Path, preset: Path, tiny_data: Path, tmp_path: Path
) -> None:
    """conv5_3 of the classifier and of the detector that was trained from it, all blocks frozen."""
    import mindspore as ms

    from model.checkpoints import assign, load
    from model.classifier.network import Classifier
    from model.predictor import load_predictor

    best = run / "checkpoints" / "best.ckpt"
    arguments = ["--task", "pretrain", "--data", tiny_data, "--backbone", best]
    assert train(preset, tmp_path / "pretrain", *arguments) == 0
    detector = load_predictor(tmp_path / "pretrain" / "checkpoints" / "last.ckpt").network
    checkpoint = load(best)
    classifier = Classifier(checkpoint.config.network, 2)
    assign(classifier.get_parameters(), checkpoint.parameters, "best")
    classifier.set_train(False)
    x = ms.Tensor(np.random.default_rng(2).standard_normal((1, 3, 48, 64)).astype(np.float32))
    wanted, found = (cell.backbone(x).asnumpy() for cell in (classifier, detector))
    assert wanted.shape == (1, 8, 3, 4)
    assert (wanted > 0).any()
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    moving = checkpoint.parameters["backbone.block1.conv1_1.norm.moving_mean"].asnumpy()
    assert moving.any()


def test_a_classifier_is_no_detector(
    run: Path, preset: Path, tiny_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    best = run / "checkpoints" / "best.ckpt"
    arguments = ["--task", "pretrain", "--data", tiny_data, "--checkpoint", best]
    assert train(preset, tmp_path / "pretrain", *arguments) == 2
    assert "holds a backbone alone, not a detector; train one" in capsys.readouterr().err


def test_the_full_network_trains_too() -> None:
    """One step of the real VGG16, whose norms the detector freezes. The loss is, by definition,
    the mean of -(1 - s) log p[label] - s mean(log p) for a smoothing s."""
    import mindspore as ms

    from model.classifier.loader import Pictures
    from model.classifier.network import Classifier, ClassifierStep
    from model.classifier.settings import BackboneSettings

    rng = np.random.default_rng(3)
    network = Classifier(load_config("full").network, 5)
    pictures = rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    batch = Pictures(["a", "b", "c"], pictures, np.array([0, 4, 2], np.int32))
    step = ClassifierStep(network, BackboneSettings(label_smoothing=0.2))
    logits = network(ms.Tensor(pictures)).asnumpy().astype(float)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    weight = network.backbone.block5.conv5_3.norm.gamma
    before = weight.asnumpy().copy()
    outcome = step(batch, 0.1)
    wanted = -(0.8 * log_p[np.arange(3), batch.labels] + 0.2 * log_p.mean(axis=1)).mean()
    assert outcome.loss == pytest.approx(wanted, rel=1e-3)
    assert outcome.accuracy == (logits.argmax(axis=1) == batch.labels).mean()
    assert (weight.asnumpy() != before).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "backbone"], "--task backbone needs --images"),
        (["--task", "pretrain"], "--task pretrain needs --data"),
        (["--task", "backbone", "--resume"], "cannot be resumed; start a new one from its last"),
        (["--task", "backbone", "--images", "absent"], "absent has no folder train"),
        (["--task", "backbone", "--mix", "tiny", "--images", "."], "no use for --mix"),
        (["--task", "backbone", "--images", ".", "--set", "backbone.crop=40"], "multiple of 16"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(
    preset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    arguments: list[str], message: str,
) -> None:  # fmt: skip
    assert train(preset, tmp_path / "run", *arguments) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_too_few_pictures_for_a_batch(
    images: Path, preset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--task", "backbone", "--images", images, "--set", "backbone.batch=26"]
    assert train(preset, tmp_path / "a", *arguments) == 2
    assert "holds 25 pictures, which do not fill a batch of 26" in capsys.readouterr().err
    assert train(preset, tmp_path / "b", *arguments[:-1], "backbone.batch=25") == 2
    assert "only 24 of the 25 pictures can be read" in capsys.readouterr().err


def test_an_unknown_start_of_the_classifier_is_refused(images: Path, preset: Path) -> None:
    from model.classifier.command import build_classifier
    from model.classifier.folder import open_folder

    with pytest.raises(UserError, match="no checkpoint at"):
        build_classifier(load_config(preset), open_folder(images), Path("absent.ckpt"))
