"""What holds for every request, around the application: who may ask, what every answer says, and
that a refusal reaches a client that is still sending."""

import asyncio
import contextlib
from collections.abc import Callable, Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from model.serving import problems
from model.serving.guard import is_known_host, is_own_origin, is_visit
from model.serving.problems import Problem

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
DRAIN_SECONDS = 2.0
"""For so long what a refused client still sends is read and thrown away: a connection that is
closed over unread bytes is reset, and the client never sees why."""


class Edge:
    """The application inside, for the hosts of ``names`` and every written address. is_crowded:
    asks whether there are more connections than can be served."""

    def __init__(
        self, app: ASGIApp, names: Collection[str], is_crowded: Callable[[], bool]
    ) -> None:
        self._app, self._names, self._is_crowded = app, names, is_crowded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(Headers(scope=scope), receive, send)
        refusal = self._refusal(scope["method"], exchange.headers)
        if refusal is None:
            await self._app(scope, exchange.receive, exchange.send)
        else:
            await answer(refusal)(scope, exchange.receive, exchange.send)

    def _refusal(self, method: str, headers: Headers) -> Problem | None:
        if self._is_crowded():
            return problems.busy()
        host = headers.get("host")
        if not is_known_host(host, self._names):
            return problems.foreign(
                f"The host {(host or '')[:80]!r} is not known here. Use the address that the "
                "server printed, or start it with --allow-host NAME."
            )
        own = is_own_origin(headers.get("origin"), headers.get("sec-fetch-site"), host)
        fetch = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
        if not own and not is_visit(method, *fetch):
            return problems.foreign("Pages of other sites cannot use this server.")
        return None


def answer(problem: Problem) -> JSONResponse:
    """The response of a refusal."""
    return JSONResponse(problem.body(), problem.status, problem.headers())


class _Exchange:
    """One request and its response; knows how far the body was read."""

    def __init__(self, headers: Headers, receive: Receive, send: Send) -> None:
        self.headers = headers
        self._receive, self._send = receive, send
        has_body = "content-length" in headers or "transfer-encoding" in headers
        self._unread = has_body and headers.get("content-length") != "0"
        self._begun = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._begun = True
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._unread = False
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", "no-store")
            if self._unread:
                await self._drain(message["status"])
                headers["Connection"] = "close"
        await self._send(message)

    async def _drain(self, status: int) -> None:
        waits = not self._begun and self.headers.get("expect", "").lower() == "100-continue"
        if waits or status == 408:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._unread:
                    await self.receive()
