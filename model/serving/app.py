"""The addresses of the server."""

import asyncio
import contextlib
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from model.serving import problems
from model.serving.answers import Detection, Health, Picture, refusals
from model.serving.edge import answer
from model.serving.problems import Problem
from model.serving.seats import Seats
from model.serving.service import Service
from model.serving.thresholds import parameters
from model.serving.uploads import check_headers, read_body

T = TypeVar("T")

STATIC = Path(__file__).parent / "static"
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" '
    'rx="3" fill="#0b57a4"/><path d="M3 5h10M3 8h7M3 11h9" stroke="#fff" stroke-width="1.6"/></svg>'
)
ABOUT = """Finds text lines in pictures: a CTPN detector.

Send the bytes of a picture as the body, in any of the formats JPEG, PNG, GIF, BMP, TIFF, WEBP:

    curl --data-binary @picture.jpg "http://127.0.0.1:8000/api/detect?lines.min_score=0.9"

All coordinates are half-open pixels of the original picture, its EXIF rotation applied: pixel
(0, 0) covers 0 to 1 in x and in y. Errors are `{"error": WORD, "detail": SENTENCES}`.
"""
_NO_TELEMETRY: Any = dict.fromkeys(
    ("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False
)
"""Whatever the environment says: nothing about pictures leaves the machine."""
_UPLOADS = (400, 403, 408, 413, 415, 422, 503, 504)
_GONE = 499
_BODY = {
    "required": True,
    "description": "The bytes of the picture's file, as they are.",
    "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
}


def create_app(service: Service) -> FastAPI:
    """The application around a service. It wants ``edge.Edge`` around it."""
    app = FastAPI(
        title="textlines",
        summary="Text lines in pictures",
        description=ABOUT,
        version="1",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        telemetry=_NO_TELEMETRY,
    )
    _add_refusals(app)
    _add_pictures(app, service)
    _add_kept(app, service)
    _add_rest(app, service)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _add_pictures(app: FastAPI, service: Service) -> None:
    takes: dict[str, Any] = {"parameters": parameters(service.config), "requestBody": _BODY}
    seats = Seats(service.limits)

    async def upload(request: Request) -> bytes:
        check_headers(request.headers, service.limits)
        if service.desk.in_hand >= service.limits.queue:
            raise problems.busy()
        with seats.take() as seat:
            return await read_body(request.stream(), service.limits, seat)

    @app.post(
        "/api/detect",
        summary="The text lines of a picture",
        response_model=Detection,
        responses=refusals(*_UPLOADS),
        openapi_extra=takes,
    )
    async def detect(request: Request) -> Response:
        """The lines of a picture, as in the file predictions.jsonl. Nothing is kept."""
        config = service.changed(request.query_params.multi_items())
        data = await upload(request)
        return JSONResponse(await _attended(request, service.detect(data, config)))

    @app.post(
        "/api/pictures",
        summary="Keep a picture, and see its layers",
        status_code=201,
        response_model=Picture,
        responses=refusals(*_UPLOADS),
        openapi_extra=takes,
    )
    async def add(request: Request) -> Response:
        """Slices, proposals and lines of a picture. What the network said of it is kept for some
        time, so that other thresholds take milliseconds; the picture itself is not."""
        config = service.changed(request.query_params.multi_items())
        data = await upload(request)
        found = await _attended(request, service.add(data, config))
        return JSONResponse(found, 201, {"Location": f"/api/pictures/{found['id']}"})


def _add_kept(app: FastAPI, service: Service) -> None:
    @app.get(
        "/api/pictures/{id}",
        summary="The layers of a kept picture with other thresholds",
        response_model=Picture,
        responses=refusals(403, 404, 422),
        openapi_extra={"parameters": parameters(service.config)},
    )
    async def again(id: str, request: Request) -> Response:
        """As the answer of POST /api/pictures. Thresholds that are not named are as the server was
        started with."""
        config = service.changed(request.query_params.multi_items())
        return JSONResponse(await service.again(id, config))

    @app.delete(
        "/api/pictures/{id}",
        summary="Forget a picture",
        status_code=204,
        responses=refusals(403, 404),
    )
    async def remove(id: str) -> Response:
        """What the network said of it is freed at once."""
        service.remove(id)
        return Response(status_code=204)


def _add_rest(app: FastAPI, service: Service) -> None:
    @app.get(
        "/health",
        summary="How the server is",
        response_model=Health,
        responses={503: {"model": Health, "description": "not ready"}},
    )
    async def health() -> Response:
        """200 when a picture sent now would be looked at, else 503."""
        found = service.health()
        return JSONResponse(found, 200 if found["ready"] else 503)

    @app.get("/api/settings", include_in_schema=False)
    async def settings() -> Response:
        return JSONResponse(service.settings())

    @app.get("/icon.svg", include_in_schema=False)
    async def icon() -> Response:
        return Response(ICON, media_type="image/svg+xml")

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


def _add_refusals(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> Response:
        return answer(error)

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=_GONE)  # for nobody to read

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> Response:
        detail = f"{error.detail}. The description of the API is at /openapi.json."
        word = str(error.detail).lower().replace(" ", "_")
        return answer(Problem(error.status_code, word, detail))

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        detail = "A bug of the server; its log has the details."
        return answer(Problem(500, "internal_error", detail))


async def _attended(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of work for a client that is still there; else the work is cancelled."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_leaves(request))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        for each in (task, gone):
            each.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone


async def _leaves(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
