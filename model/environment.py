"""The process's environment for MindSpore, set before MindSpore loads.

``prepare`` is called by every command that uses MindSpore, before anything imports it.
"""

import logging
import os
import sys
from pathlib import Path

from manifests.errors import UserError

LOG = logging.getLogger(__name__)

DEVICES = ("CPU", "GPU", "Ascend")
_INSTRUCTION_SETS = "ONEDNN_MAX_CPU_ISA"
_PROTOCOL_BUFFERS = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
_LOG_LEVEL = "GLOG_v"
_BLAS_THREADS = "OPENBLAS_NUM_THREADS"
_NEEDS = {
    "GPU": "an NVIDIA driver, and CUDA and cuDNN of a version that this MindSpore has a plugin for "
    "(`ls PYTHON/site-packages/mindspore/lib/plugin`), on LD_LIBRARY_PATH",
    "Ascend": "the driver and the CANN toolkit that this MindSpore was built for, and the "
    "toolkit's set_env.sh sourced in this shell",
}


def prepare(device: str = "CPU") -> None:
    """Set up this process for graph mode on ``device`` ("CPU", "GPU" or "Ascend").

    Raises UserError for another device, one that this build of MindSpore cannot drive, and a
    process that MindSpore cannot load in any more.
    """
    if device not in DEVICES:
        raise UserError(f"no device {device!r}; choose one of {', '.join(DEVICES)}")
    set_variables()
    _check_protobuf()
    LOG.info(
        "%s=%s (AVX-512 machines: oneDNN's convolutions take a slow reference path without AVX2; "
        "set the variable yourself to choose otherwise)",
        _INSTRUCTION_SETS,
        os.environ.get(_INSTRUCTION_SETS, "not set"),
    )
    import mindspore

    try:
        mindspore.set_context(mode=mindspore.GRAPH_MODE)
        mindspore.set_device(device)
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().split(". ")[0].splitlines()[0].rstrip(".")
        raise UserError(
            f"MindSpore cannot use {device} here: {reason}. It needs "
            f"{_NEEDS.get(device, 'a MindSpore for this processor')}; "
            "https://www.mindspore.cn/install says which. Without --device it runs on the CPU"
        ) from error


def set_variables(cpuinfo: Path = Path("/proc/cpuinfo")) -> None:
    """Set the variables that MindSpore and protobuf read once, where the person has not.

    Where a process has MindSpore loaded already, most would come too late, and are left as they
    are. oneDNN reads its own when the first network is built, so that one still helps.
    """
    if _INSTRUCTION_SETS not in os.environ and has_avx512(cpuinfo):
        os.environ[_INSTRUCTION_SETS] = "AVX2"
    if "mindspore" in sys.modules:
        return
    os.environ.setdefault(_LOG_LEVEL, "3")
    # The recurrence runs in NumPy while MindSpore's threads spin for work: a second thread of
    # NumPy's own makes its small matrix products 20 times slower.
    os.environ.setdefault(_BLAS_THREADS, "1")
    # Beam and MindSpore register the same message types; only the Python implementation lets
    # both live in one process whatever their order.
    if "google.protobuf" not in sys.modules:
        os.environ.setdefault(_PROTOCOL_BUFFERS, "python")


def _check_protobuf() -> None:
    """Raise UserError where a package before us (onnx, Beam) chose a protobuf implementation with
    which MindSpore does not load: it would end the process instead of raising."""
    if "mindspore" in sys.modules or "google.protobuf" not in sys.modules:
        return
    from google.protobuf.internal import api_implementation

    if api_implementation.Type() != "python":
        raise UserError(
            "another package has loaded Protocol Buffers in a way that MindSpore cannot share; set "
            f"{_PROTOCOL_BUFFERS}=python before Python starts, or load the detector first"
        )


def has_avx512(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor has AVX-512; False where ``cpuinfo`` cannot be read."""
    try:
        return "avx512f" in cpuinfo.read_text(encoding="utf-8").split()
    except OSError:
        return False
