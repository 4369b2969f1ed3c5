"""The command: what it refuses before it starts, and how it ends."""

import io
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from PIL import Image as Pil
from PIL import ImageDraw, ImageFont

from manifests.errors import UserError
from model.__main__ import main
from model.commands import serve
from model.serving.limits import Limits
from tests.model.serving.conftest import picture, running

DOCS = Path(__file__).parents[3] / "docs" / "detecting.md"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--host", "256.1.1.1"], "no such address"),
        (["--host", "192.0.2.1"], "no such address"),
        (["--port", "70000"], "port"),
        (["--timeout", "0"], "--timeout"),
        (["--upload-timeout", "nan"], "--upload-timeout"),
        (["--max-bytes", "-1"], "--max-bytes"),
        (["--max-pixels", "99999999999"], "--max-pixels"),
        (["--queue", "0"], "--queue"),
        (["--checkpoint", "nothing.onnx"], "nothing.onnx"),
        (["--backend", "onnxruntime", "--set", "network.rnn_units=3"], "network.rnn_units"),
        (["--backend", "onnxruntime", "--set", "lines.min_scor=3"], "min_scor"),
        (["--backend", "onnxruntime", "--set", "lines.gap=129"], "take 0 to 128"),
    ],
)
def test_it_says_what_it_cannot_do(
    options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--port", "0", *options]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "expected"),
    [([], (60, 20)), (["--timeout", "90"], (90, 20)), (["--upload-timeout", "3"], (60, 3))],
)
def test_uploads_have_a_limit_of_their_own(
    options: list[str], expected: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Limits] = []

    def refuse(limits: Limits) -> None:
        given.append(limits)
        raise UserError("enough")

    monkeypatch.setattr(serve, "check", refuse)
    assert main(["serve", *options]) == 2
    assert [(limits.seconds, limits.upload_seconds) for limits in given] == [expected]


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    told = capsys.readouterr().err
    assert f"port {port}: another program is using it" in told
    assert "--port" in told


def test_it_finds_text_and_a_signal_ends_it() -> None:
    """The weights that come with the project, in a process of its own, which MindSpore shares."""
    command = [sys.executable, "-m", "model", "serve", "--port", "0"]
    sign = Pil.new("RGB", (640, 360), (40, 90, 60))
    font = ImageFont.load_default(40)
    ImageDraw.Draw(sign).text((60, 100), "EXIT market", fill="white", font=font)
    sign.save(body := io.BytesIO(), "PNG")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            words = (line.split()[0] for line in process.stdout)
            address = next(word for word in words if word.startswith("http://127.0.0.1:"))
            with urllib.request.urlopen(
                f"{address}api/detect", data=body.getvalue(), timeout=60
            ) as answer:
                found = json.load(answer)
        finally:
            process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(60) == 0
    assert (found["width"], found["height"], len(found["lines"])) == (640, 360, 2)
    assert rest == "ended\n"


def test_the_examples_of_the_documentation_work(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    examples = re.findall(r"^curl .+", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(examples) >= 4
    (tmp_path / "photo.jpg").write_bytes(picture(kind="JPEG"))
    with running() as served:
        for example in examples:
            command = example.replace("curl ", "curl --silent --fail --noproxy '*' ", 1)
            command = command.replace("127.0.0.1:8000", f"127.0.0.1:{served.port}")
            assert command.count(str(served.port)) == 1
            done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True)
            assert done.returncode == 0, example
            assert done.stdout.startswith(b"{")
