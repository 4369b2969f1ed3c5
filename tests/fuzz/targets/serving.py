"""What a stranger may send to the server: headers, queries and bodies, without a socket."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from model.config import load_config
from model.serving.guard import host_name, is_known_host, is_own_origin
from model.serving.limits import Limits
from model.serving.problems import Problem
from model.serving.seats import Seats
from model.serving.thresholds import changed
from model.serving.uploads import check_headers, decode_picture, read_body
from tests.fuzz.running import Run, Target
from tests.fuzz.targets.pictures import ROOM, _seeds

_FORM = (
    b"POST /?lines.min_score=0.9&proposals.min_score=0.5\r\nhost: 127.0.0.1:8000\r\n"
    b"content-type: multipart/form-data; boundary=x\r\norigin: http://127.0.0.1:8000\r\n"
    b"content-length: 45\r\n\r\n--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"
)
_RAW = b"POST /?lines.gap=50\r\nhost: [::1]:8000\r\ncontent-type: image/png\r\n\r\n"


def _open(folder: Path) -> Run:
    config, limits = load_config("lite"), Limits(bytes=1 << 16)
    loop = asyncio.new_event_loop()

    def run(content: bytes) -> None:
        head, _, body = content.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        headers = {key.lower(): value for key, _, value in (it.partition(": ") for it in fields)}
        try:
            host = headers.get("host")
            host_name(host or ""), is_known_host(host, ["example"])
            is_own_origin(headers.get("origin"), headers.get("sec-fetch-site"), host)
            changed(config, parse_qsl(first.partition("?")[2], keep_blank_values=True))
            check_headers(headers, limits)
            decode_picture(loop.run_until_complete(_body(body, limits)), limits)
        except Problem as problem:
            json.dumps(problem.body()).encode()

    return run


async def _body(body: bytes, limits: Limits) -> bytes:
    async def parts() -> Any:
        for at in range(0, len(body), 1000):
            yield body[at : at + 1000]

    with Seats(limits).take() as seat:
        return await read_body(parts(), limits, seat)


TARGETS = (
    Target("serve", _open, lambda: (_FORM, *(_RAW + picture for picture in _seeds())),
           (b"&lines.gap=", b"nan", b"inf", b"%00", b"host: ", b"origin: ", b"multipart/"), ROOM),
)  # fmt: skip
