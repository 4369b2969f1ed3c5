"""The shapes of the answers, as the API's description shows them."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

EXAMPLE_LINE = {
    "polygon": [376.1, 116.4, 463.9, 117.2, 463.7, 133.9, 376.0, 133.1],
    "box": [376.0, 116.4, 463.9, 133.9],
    "score": 0.9731,
}
Marked = Annotated[list[float], Field(min_length=5, max_length=5)]


class Line(BaseModel):
    """A text line, in half-open pixels of the original picture, EXIF rotation applied."""

    polygon: list[float] = Field(
        min_length=8,
        max_length=8,
        description="x, y of the four corners, clockwise from the top left",
        examples=[EXAMPLE_LINE["polygon"]],
    )
    box: list[float] = Field(
        min_length=4,
        max_length=4,
        description="left, top, right, bottom of the upright box around it",
        examples=[EXAMPLE_LINE["box"]],
    )
    score: float = Field(ge=0, le=1, description="mean text probability of its proposals")


class Detection(BaseModel):
    """The text lines of a picture, by falling score."""

    width: int = Field(description="px, after EXIF rotation", examples=[1280])
    height: int = Field(examples=[720])
    lines: list[Line] = Field(examples=[[EXAMPLE_LINE]])


class Counts(BaseModel):
    """How many there are of each layer."""

    slices: int
    proposals: int
    lines: int


class Seconds(BaseModel):
    """What it took."""

    picture: float = Field(description="decoding the picture's file")
    network: float = Field(description="running the network; once for a picture")
    lines: float = Field(description="from the network's outputs to all layers")


class Picture(Detection):
    """A detection with the steps before it."""

    id: str = Field(description="for GET and DELETE /api/pictures/{id}")
    counts: Counts
    slices: list[Marked] = Field(
        description="left, top, right, bottom and score of the candidates after the first "
        "suppression, before the threshold on their scores; those below 0.02 are left out"
    )
    proposals: list[Marked] = Field(
        description="left, top, right, bottom and score of those that lines are made of"
    )
    thresholds: dict[str, float | int | bool] = Field(
        description="all thresholds as they were", examples=[{"proposals.min_score": 0.4}]
    )
    seconds: Seconds


class Health(BaseModel):
    """How the server is."""

    ready: bool = Field(description="whether a picture sent now would be looked at")
    checkpoint: str = Field(examples=["lite"])
    checkpoint_sha256: str
    queue: int = Field(description="pictures that wait or are at work")
    pictures: int = Field(description="pictures whose outputs are kept")
    uptime_seconds: float


class Refusal(BaseModel):
    """Why there is no result."""

    error: str = Field(description="one word, for programs", examples=["too_many_bytes"])
    detail: str = Field(description="what is wrong and what to do, for people")


_REFUSALS = {
    400: "`empty`: no body",
    403: "`foreign`: a browser asks for a page of another site, or under an unknown host name",
    404: "`unknown_picture`: no picture is kept under this id (any more)",
    408: "`slow_upload`: the body did not come to its end in time, or hardly at all",
    413: "`too_many_bytes` of the file, or `too_many_pixels` of the picture",
    415: "`not_a_picture`: not a picture of a format that is read, or a damaged one",
    422: "`bad_query`: an unknown threshold, or a value beyond its range",
    503: "`busy`: no place is free; `Retry-After` says when to come again. `ending`: being stopped",
    504: "`late`: no answer in time",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of one path, for its description."""
    return {status: {"model": Refusal, "description": _REFUSALS[status]} for status in statuses}
