"""Refusals: the status, what is wrong in a word, and a sentence that says what to do."""

from dataclasses import dataclass
from typing import Any

from manifests.images import ImageError
from manifests.vocabulary import Reason
from model.serving.limits import Limits

RETRY_AFTER = 2
"""Seconds after which a full queue has likely moved."""


@dataclass
class Problem(Exception):  # noqa: N818
    """An answer that is no result. ``error``: one word for programs, of the list in the
    description of the API; ``detail``: sentences for people."""

    status: int
    error: str
    detail: str
    retry_after: int | None = None

    def body(self) -> dict[str, Any]:
        """The JSON that is sent."""
        return {"error": self.error, "detail": self.detail}

    def headers(self) -> dict[str, str]:
        """Headers beside those of every answer."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


def empty() -> Problem:
    """A request without a picture."""
    return Problem(400, "empty", "The body is empty. Send the bytes of a picture as the body.")


def too_many_bytes(limits: Limits) -> Problem:
    """A body beyond the limit."""
    return Problem(
        413,
        "too_many_bytes",
        f"The picture's file is larger than {limits.bytes:,} bytes. Send a smaller file, or start "
        "the server with a larger --max-bytes.",
    )


def form(content_type: str) -> Problem:
    """A body that wraps the picture."""
    return Problem(
        415,
        "not_a_picture",
        f"The body is {content_type!r}, not a picture. Send the file's bytes as they are: "
        "curl --data-binary @FILE, without -F.",
    )


def of_image(error: ImageError) -> Problem:
    """A body that is not a picture that can be used."""
    if error.reason == Reason.IMAGE_TOO_LARGE:
        detail = (
            f"{error.detail}. Send a smaller picture; --max-pixels of the server sets the limit"
        )
        return Problem(413, "too_many_pixels", _sentence(detail))
    detail = f"The body cannot be decoded: {error.detail}. Send the whole file of a picture"
    return Problem(415, "not_a_picture", _sentence(detail))


def slow_upload(limits: Limits) -> Problem:
    """A body that does not come to its end."""
    return Problem(
        408,
        "slow_upload",
        f"The picture was not here within {limits.upload_seconds:g} s, or hardly any of it came "
        f"for {limits.progress_seconds:g} s, or it gave way to one that is faster. Check that the "
        "length sent is the file's, and send it again, or start the server with a larger "
        "--upload-timeout.",
    )


def busy() -> Problem:
    """More pictures at a time than there are places."""
    detail = "As many pictures wait as there are places. Send it again in some seconds."
    return Problem(503, "busy", detail, RETRY_AFTER)


def late(limits: Limits) -> Problem:
    """No answer in time."""
    return Problem(
        504,
        "late",
        f"There was no answer within {limits.seconds:g} s. Send it again when fewer pictures wait, "
        "or start the server with a larger --timeout.",
        RETRY_AFTER,
    )


def ending() -> Problem:
    """The server is being stopped."""
    return Problem(503, "ending", "The server is being stopped. Send it to the next one.", 10)


def unknown_picture() -> Problem:
    """An id that is none, or one of a picture that is not kept any more."""
    return Problem(
        404,
        "unknown_picture",
        "No picture is kept under this id: it was deleted, unused for too long, or gave way to "
        "newer ones. Send it again with POST /api/pictures.",
    )


def bad_query(detail: str) -> Problem:
    """A threshold or another word of the query that cannot be used."""
    return Problem(422, "bad_query", detail)


def foreign(detail: str) -> Problem:
    """A browser sent the request for a page that is not the server's own."""
    return Problem(403, "foreign", detail)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
