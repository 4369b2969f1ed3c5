"""``python -m model serve``: a page and an HTTP endpoint that find text lines."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from manifests.identity import sha256_file
from model.commands.options import add_backend, add_changes, add_device
from model.pretrained import DEFAULT, names, resolve
from model.serving.limits import Limits, check

if TYPE_CHECKING:
    from model.serving.desk import Desk
    from model.serving.service import Service

PATIENCE = 5.0
"""Seconds for the network to come to rest at the end; then the process ends over it."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``serve`` and its arguments."""
    parser = subparsers.add_parser(
        "serve",
        help="a local web page and an HTTP endpoint that find text lines",
        description="A page on which a dropped picture shows its slices, proposals and lines, "
        "and on which thresholds can be moved; and an HTTP endpoint, POST /api/detect, which "
        "/openapi.json describes. There is no password: whoever reaches the address can use it, "
        "so it is this machine's alone unless --host says otherwise. Pictures are not kept; what "
        "the network said of the last ones is, in memory. Ctrl-C or SIGTERM ends it, exit code 0.",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)"
    )
    parser.add_argument(
        "--port", type=int, default=8000, help="0 takes any that is free (default: 8000)"
    )
    parser.add_argument(
        "--allow-host",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="names under which browsers reach it, beside localhost and all addresses",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=Path(DEFAULT),
        metavar="FILE|NAME",
        help="detector: a file (.ckpt, .safetensors, .mindir, .onnx), a run's folder, or the name "
        f"of weights that come with the project, {', '.join(names())} (default: {DEFAULT})",
    )
    _add_limits(parser)
    add_changes(
        parser,
        "proposals, lines or the input's size, such as lines.min_score=0.7; here the sliders begin",
    )
    add_backend(parser)
    add_device(parser)
    parser.set_defaults(run=run)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    limits = Limits()
    parser.add_argument(
        "--max-bytes",
        type=int,
        default=limits.bytes,
        metavar="N",
        help=f"largest file of a picture (default: {limits.bytes:,})",
    )
    parser.add_argument(
        "--max-pixels",
        type=int,
        default=limits.pixels,
        metavar="N",
        help=f"largest picture, width times height (default: {limits.pixels:,})",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=limits.seconds,
        metavar="SECONDS",
        help=f"for the answer to a picture that is here (default: {limits.seconds:g})",
    )
    parser.add_argument(
        "--upload-timeout",
        type=float,
        default=limits.upload_seconds,
        metavar="SECONDS",
        help=f"for a picture to come (default: {limits.upload_seconds:g})",
    )
    parser.add_argument(
        "--queue",
        type=int,
        default=limits.queue,
        metavar="N",
        help=f"pictures in hand at a time; more are told to come again (default: {limits.queue})",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until a signal. Raises UserError."""
    limits = Limits(
        bytes=args.max_bytes,
        pixels=args.max_pixels,
        seconds=args.timeout,
        upload_seconds=args.upload_timeout,
        queue=args.queue,
    )
    check(limits)
    from model.export.packages import needing
    from model.serving.guard import is_loopback

    with needing("fastapi"), needing("uvicorn"):
        from model.serving.server import address, listen, serve

    with listen(args.host, args.port) as listener:
        print(f"loading {args.checkpoint} ...", flush=True)
        desk, service = _service(args, limits)
        if not is_loopback(args.host):
            print(
                f"warning: {args.host} is reached from other machines, and there is no password: "
                "whoever reaches it can use it",
                file=sys.stderr,
            )
        print(f"{address(listener)}  (Ctrl-C ends it)", flush=True)
        serve(service, listener, {args.host.lower(), *map(str.lower, args.allow_host)})
    return _end(desk)


def _service(args: argparse.Namespace, limits: Limits) -> "tuple[Desk, Service]":
    from model.decoding_changes import with_decoding
    from model.export.backends import open_backend
    from model.serving.desk import Desk
    from model.serving.service import About, Service
    from model.serving.thresholds import check_begin

    path = resolve(args.checkpoint)
    sizes = [change for change in args.changes if change.strip().startswith("network.")]
    thresholds = [change for change in args.changes if change not in sizes]
    desk = Desk(lambda: open_backend(path, args.backend, args.device, sizes), limits)
    own = desk.open().config
    about = About(str(args.checkpoint), sha256_file(path), own)
    config = with_decoding(own, thresholds)
    check_begin(config)
    return desk, Service(desk, config, about, limits)


def _end(desk: "Desk") -> int:
    if not desk.wait(PATIENCE):
        sys.stdout.flush()
        os._exit(0)  # a thread cannot be ended, and the interpreter would wait for it
    print("ended", flush=True)
    return 0
