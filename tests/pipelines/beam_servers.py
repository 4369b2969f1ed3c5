"""Beam's job server and its worker pool as processes of their own, the package from its wheel."""

import contextlib
import os
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

_PATIENCE = 60.0
_POOL = "apache_beam.runners.worker.worker_pool_main"
_SERVER = "apache_beam.runners.portability.local_job_service_main"


def install(folder: Path, wheel: Path) -> Path:
    """An environment below ``folder`` that holds the wheel, and sees all other packages of this
    one; its ``bin``."""
    home = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    python = home / "bin" / "python"
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "--python", python, "install", *options, wheel]
    subprocess.run(command, check=True)
    [packages] = home.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin"


@contextlib.contextmanager
def worker_pool(bin_folder: Path, log: Path, guarded: bool = True) -> Iterator[str]:
    """A worker pool of that environment; its address. ``guarded``: as MindSpore needs it."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment["PATH"] = f"{bin_folder}{os.pathsep}{environment['PATH']}"
    environment["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python" if guarded else "upb"
    command = [str(bin_folder / "python"), "-m", _POOL]
    with _serving(command, "--service_port", log, environment) as address:
        yield address


@contextlib.contextmanager
def job_server(log: Path, workers: int = 1) -> Iterator[str]:
    """A job server; its address. Beam's asks its pool for one worker; ours can ask for more."""
    ours = [str(ROOT / "tests" / "pipelines" / "many_workers.py"), str(workers)]
    command = [sys.executable, *(["-m", _SERVER] if workers == 1 else ours)]
    with _serving(command, "--port", log, dict(os.environ)) as address:
        yield address


@contextlib.contextmanager
def _serving(
    command: list[str], port_option: str, log: Path, environment: dict[str, str]
) -> Iterator[str]:
    port = free_port()
    with log.open("ab") as file:
        process = subprocess.Popen(
            [*command, port_option, str(port)],
            stdout=file,
            stderr=file,
            env=environment,
            cwd=log.parent,
        )
    try:
        _await(port, process, log)
        yield f"localhost:{port}"
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def free_port() -> int:
    """Of this machine, where nobody listens now."""
    with socket.socket() as sock:
        sock.bind(("localhost", 0))
        return int(sock.getsockname()[1])


def _await(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("localhost", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing serves at {port}: {log.read_text(encoding='utf-8')[-2000:]}")
