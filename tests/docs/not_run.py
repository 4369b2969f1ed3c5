"""What stands on the pages and is not run, and why; everything else is.

A command is told by how it begins. Each entry must be the begin of a command that is there.
"""

ENVIRONMENT = "makes or wants the environment that the tests run in"
MINUTES = "minutes; its targets are run one by one"
CHECKOUT = "writes into the checkout; tests/pipelines/test_scaffold.py runs it in a copy"
BACKBONE = "wants ImageNet weights of half a gigabyte, and an accelerator"
CLUSTER = "wants several devices; tests/deploy runs its scripts dry"
STOPPED = "wants a training that was stopped; tests/model/test_resume.py stops one and goes on"
BENCHMARK = "a measurement of minutes; its parts are tested in tests/benchmarks"
FOREIGN = "wants a file of another project; tests/model/weights read small ones of the same form"
BUCKET = (
    "wants an object store; tests that start one of their own (tests/storing.py) run these there"
)
WHEEL = (
    "wants the wheel installed; tests/test_fresh_environment.py builds and installs it, and detects"
)
DEVICE = "wants a C++ compiler; tests/deploy/test_device_to_lines.py builds and runs it"
IMAGENET = "wants ImageNet; tests/model/classifier trains on 33 pictures"
STREET = "a step of a walk that writes into the checkout; tests/pipelines/test_scaffold.py takes it"
SAME = "compiles for long what `train --task finetune ... --mix shop` of docs/datasets.md runs"
DOUBTS = "a detector over every picture; tests/model/commands/test_inspect.py runs it"
PROCESSES = "two processes compile for a minute; tests/model/test_parallel.py trains so"

WORKERS = "wants servers that stay; tests/pipelines/test_portable.py starts them and runs these"

NOT_RUN = {
    "source worker/bin/activate": WORKERS,
    "pip install -r requirements.lock": WORKERS,
    "pip install --no-deps textlines": WORKERS,
    "export PROTOCOL_BUFFERS": WORKERS,
    "python -m apache_beam.runners": WORKERS,
    "python -m pipelines normalize --raw /mnt/RAW": WORKERS,
    "docker run --net=host": CLUSTER,
    "python -m pipelines normalize --raw gs:": CLUSTER,
    "make env": ENVIRONMENT,
    "source .venv/bin/activate": ENVIRONMENT,
    "make demo": MINUTES,
    "make test": MINUTES,
    "make pretrain RAW=path/to/RAW PRESET=full": BACKBONE,
    "make finetune RAW=path/to/RAW PRESET=full": BACKBONE,
    "make finetune RAW=path/to/RAW": SAME,
    "make pretrain RAW=path/to/RAW ARGS=--resume": STOPPED,
    "make pretrain RAW=path/to/RAW WORKERS=2": PROCESSES,
    "make inspect": DOUBTS,
    "python -m model inspect --data DATA": DOUBTS,
    "python -m model train --resume": STOPPED,
    "python -m model train --task pretrain|finetune": BACKBONE,
    "python -m model train --task pretrain --data data/samples": SAME,
    "python -m model train --task finetune --data DATA --preset lite_scratch": SAME,
    "python -m model train --task backbone": IMAGENET,
    "python -m model import-weights": FOREIGN,
    "python -m pipelines add-dataset": CHECKOUT,
    "make build": WHEEL,
    "pip install 'build/dist/textlines": WHEEL,
    "textlines model ": WHEEL,
    "python -m pytest -q tests/pipelines/datasets -k street": STREET,
    "python -m pipelines normalize --raw RAW --data data/street": STREET,
    "python -m benchmarks.": BENCHMARK,
    "deploy/launch/": CLUSTER,
    "python deploy/modelarts/": CLUSTER,
    "make bench": BENCHMARK,
    "export AWS_ACCESS_KEY_ID": BUCKET,
    "make data RAW=s3:": BUCKET,
    "make pretrain RAW=s3:": BUCKET,
    "make eval RAW=s3:": BUCKET,
    "python -m pipelines normalize --raw s3:": BUCKET,
    "python -m manifests show icdar15/train/img_36#4 --data s3:": BUCKET,
    "python -m manifests verify s3:": BUCKET,
    "msrun": CLUSTER,
    "for i in 0 1 2 3": CLUSTER,
    "deploy/ascend310/build.sh": DEVICE,
    "build/ascend310/textlines_cells": DEVICE,
}

NO_CODE = {
    ("README.md", "protocol                precision"),
    ("README.md", "RAW/icdar11/     Challenge1_Training"),
    ("docs/architecture.md", "RAW/<dataset>/..."),
    ("docs/datasets.md", "shop/photos_train/photo 1.jpg"),
    ("docs/datasets.md", "shop/train                  24"),
    ("docs/datasets.md", "RAW/street/train_images"),
    ("docs/datasets.md", "23 passed"),
    ("docs/quality.md", "normalize -> decide"),
    ("docs/quality.md", "allow_pairs:"),
    ("docs/scale.md", "FROM apache/beam_python3.11_sdk"),
    ("docs/scores.md", "checkpoint + mix ->"),
}
"""Page and begin of each block without a command: layouts of folders, outputs that stand apart."""


def why_not(command: str) -> str | None:
    """The reason for which a command is not run; None where it is."""
    return next((why for begin, why in NOT_RUN.items() if command.startswith(begin)), None)
