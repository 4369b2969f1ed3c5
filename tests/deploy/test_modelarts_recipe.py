import subprocess
import sys
from pathlib import Path

import pytest

from deploy.modelarts.errors import JobError
from deploy.modelarts.recipe import Places, command, parse
from model.__main__ import build_parser

PLACES = Places(Path("/work dir"))
URLS = ["--data_url=obs://b/DATA/", "--train_url", "obs://b/out"]
CHECKPOINT = ["--checkpoint_url", "obs://b/runs/x/checkpoints/best.ckpt"]


def project(*words: str) -> list[str]:
    """The project's command of a job."""
    line = command(parse([*URLS, *words]), PLACES)
    assert line[:3] == [sys.executable, "-m", "model"]
    build_parser().parse_args(line[3:])  # and the project takes it
    return line[3:]


def test_a_training() -> None:
    assert project("--workers", "8", "--epochs", "3", "--set", "pretrain.batch=4", "a=b") == [
        "train", "--task", "pretrain", "--data", "/work dir/data", "--preset", "full",
        "--device", "Ascend", "--run", "/work dir/data/runs/pretrain-full", "--workers", "8",
        "--set", "pretrain.batch=4", "a=b", "pretrain.epochs=3",
    ]  # fmt: skip


def test_a_training_from_weights_on_a_mix() -> None:
    line = project("--task", "finetune", "--mix", "icdar_train", "--run", "mine", *CHECKPOINT)
    assert line[-4:] == ["--mix", "icdar_train", "--checkpoint", "/work dir/weights/best.ckpt"]
    assert line[line.index("--run") + 1] == "/work dir/data/runs/mine"
    line = project("--backbone_url", "obs://b/vgg16.npz")
    assert line[-2:] == ["--backbone", "/work dir/weights/vgg16.npz"]


def test_weights_of_the_project_need_no_copying() -> None:
    line = project("--task", "finetune", "--checkpoint_url", "lite")
    assert line[-2:] == ["--checkpoint", "lite"]


def test_going_on_with_a_training() -> None:
    line = project("--resume", "--run", "mine", "--workers", "8")
    folder = "/work dir/data/runs/mine"
    assert line == ["train", "--resume", folder, "--data", "/work dir/data", "--workers", "8"]


@pytest.mark.parametrize(
    ("words", "resumed"),
    [([], False), (["--resume"], True), (["--resume=True"], True), (["--resume=false"], False)],
)
def test_the_platforms_forms_give_every_parameter_a_value(words: list[str], resumed: bool) -> None:
    args = parse([*URLS, *words, "--set=a.b=1", "--set=c.d=2"])
    assert (args.resume, args.set) == (resumed, ["a.b=1", "c.d=2"])


def test_an_evaluation() -> None:
    assert project("--mode=evaluate", *CHECKPOINT, "--device", "GPU") == [
        "evaluate", "--data", "/work dir/data", "--mix", "test",
        "--checkpoint", "/work dir/weights/best.ckpt", "--device", "GPU",
        "--out", "/work dir/results/evaluate-test-x-best",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "ending"), [("MINDIR", "mindir"), ("AIR", "air"), ("ONNX", "onnx")]
)
def test_an_export(kind: str, ending: str) -> None:
    assert project("--mode", "export", *CHECKPOINT, "--format", kind) == [
        "export", "--checkpoint", "/work dir/weights/best.ckpt", "--format", kind,
        "--out", f"/work dir/results/export-{kind.lower()}-x-best/model.{ending}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("checkpoint", "name"),
    [
        ("obs://b/out/finetune-full/checkpoints/best.ckpt", "finetune-full-best"),
        ("obs://b/out/finetune-lite/checkpoints/best.ckpt", "finetune-lite-best"),
        ("/data/runs/v1.2/checkpoints/last.ckpt", "v1.2-last"),
        ("obs://b/weights/lite.2.safetensors", "lite.2"),
        ("checkpoints/best.ckpt", "best"),
        ("best.ckpt", "best"),
        ("lite", "lite"),
    ],
)
def test_results_are_named_after_the_training_of_their_weights(checkpoint: str, name: str) -> None:
    given = [*URLS, "--checkpoint_url", checkpoint]
    assert parse([*given, "--mode=evaluate"]).run == f"evaluate-test-{name}"
    assert parse([*given, "--mode=evaluate", "--mix=m"]).run == f"evaluate-m-{name}"
    assert parse([*given, "--mode=export", "--format=ONNX"]).run == f"export-onnx-{name}"


def test_the_adapter_stands_apart_from_the_project() -> None:
    code = (
        "import sys; import deploy.modelarts.start\n"
        "own = {'manifests', 'pipelines', 'validation', 'model', 'numpy', 'moxing', 'fsspec'}\n"
        "assert not own & set(sys.modules), own & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_the_platform_adds_is_left_out() -> None:
    plain = parse(URLS)
    added = parse([*URLS, "--init_method=tcp://x", "--rank=0", "--world_size=1", "--num_gpus=8"])
    assert vars(added) == vars(plain)


def test_other_words_are_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse([*URLS, "--epoch_number=3"])
    assert "--epoch_number=3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--train_url", "x"], "--data_url is missing"),
        ([*URLS, "--mode", "evaluate"], "--checkpoint_url is missing"),
        ([*URLS, "--mode", "export"], "--checkpoint_url is missing"),
        ([*URLS, "--checkpoint_url", "a/b", "--backbone_url", "c/d"], "not both"),
        ([*URLS, "--run", "../elsewhere"], "letters, digits"),
        ([*URLS, "--mode", "export", *CHECKPOINT, "--resume"], "--resume is of --mode train"),
    ],
)
def test_parameters_that_do_not_fit_say_so(words: list[str], message: str) -> None:
    with pytest.raises(JobError, match=message):
        parse(words)
