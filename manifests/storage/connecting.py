"""The file system of a store, from the environment, and what its errors mean.

Credentials and endpoint come as every program of the store's vendor takes them. Each request has a
time limit, and a few retries.
"""

import contextlib
import datetime
import errno
import functools
import os
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs

from manifests.errors import UserError
from manifests.storage.address import Remote

CONNECT_SECONDS = 5.0
REQUEST_SECONDS = 30.0
ATTEMPTS = 4
_ENVIRONMENT = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "STORAGE_EMULATOR_HOST",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "TEXTLINES_ANONYMOUS",
)
_ADVICE = (
    (
        "NO_SUCH_BUCKET|bucket does not exist",
        "there is no such bucket: correct the name, or AWS_ENDPOINT_URL",
    ),
    (
        "HTTP status 301|PermanentRedirect|AuthorizationHeaderMalformed|region '",
        "the bucket is in another region: set AWS_REGION to its own",
    ),
    (
        "ACCESS_DENIED|INVALID_ACCESS_KEY|InvalidAccessKeyId|INVALID_CLIENT_TOKEN|SIGNATURE|"
        "Signature|HTTP status 40[13]|UNAUTHENTICATED|PERMISSION_DENIED|[Cc]redentials",
        "the store refuses: check the credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
        "AWS_PROFILE; for gs:// GOOGLE_APPLICATION_CREDENTIALS), and what they allow in the bucket",
    ),
    (
        "NETWORK_CONNECTION|curlCode|[Tt]imeout|timed out|UNAVAILABLE|resolve host",
        "the store does not answer: check the network and AWS_ENDPOINT_URL, then run it again",
    ),
    (
        "SLOW_DOWN|HTTP status 503|THROTTL|Throttl",
        "the store asks to slow down: run it again later, with fewer workers",
    ),
)


class StorageError(UserError):
    """The store could not be asked: nothing is known of the object, so nothing is decided of it."""


@contextlib.contextmanager
def guarded(remote: Remote) -> Iterator[None]:
    """Raise StorageError for what a store's client raises, FileNotFoundError in the words of every
    other file where there is no such object."""
    try:
        yield
    except FileNotFoundError as error:
        words = os.strerror(errno.ENOENT)
        raise FileNotFoundError(errno.ENOENT, words, str(remote)) from error
    except (OSError, pa.ArrowException) as error:
        raise StorageError(f"{remote}: {advice(str(error))} ({_short(error)})") from error


def advice(text: str) -> str:
    """What to do about an error of a store, by its text."""
    found = (words for pattern, words in _ADVICE if re.search(pattern, text))
    return next(found, "the store could not be used")


def _short(error: BaseException) -> str:
    text = re.sub(r"\s*\(Request ID:[^)]*\)", "", str(error)).split("; Details:")[0]
    return " ".join(text.split())[:300]


def filesystem(scheme: str) -> Any:
    """The file system of a scheme, made once a process and environment. Raises UserError."""
    return _filesystem(scheme, tuple(os.environ.get(name, "") for name in _ENVIRONMENT))


@functools.lru_cache(maxsize=8)
def _filesystem(scheme: str, environment: tuple[str, ...]) -> Any:
    given = dict(zip(_ENVIRONMENT, environment, strict=True))
    anonymous = given["TEXTLINES_ANONYMOUS"] not in ("", "0")
    return _s3(given, anonymous) if scheme == "s3" else _gcs(given, anonymous)


def _s3(given: dict[str, str], anonymous: bool) -> Any:
    options: dict[str, Any] = {}
    if endpoint := given["AWS_ENDPOINT_URL_S3"] or given["AWS_ENDPOINT_URL"]:
        options |= _endpoint(endpoint)
    if region := given["AWS_REGION"] or given["AWS_DEFAULT_REGION"]:
        options["region"] = region
    return pafs.S3FileSystem(
        anonymous=anonymous,
        connect_timeout=CONNECT_SECONDS,
        request_timeout=REQUEST_SECONDS,
        retry_strategy=pafs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
        allow_delayed_open=True,
        **options,
    )


def _gcs(given: dict[str, str], anonymous: bool) -> Any:
    options: dict[str, Any] = {}
    if endpoint := given["STORAGE_EMULATOR_HOST"]:
        options |= _endpoint(endpoint if "://" in endpoint else f"http://{endpoint}")
        anonymous = True
    limit = datetime.timedelta(seconds=REQUEST_SECONDS)
    return pafs.GcsFileSystem(anonymous=anonymous, retry_time_limit=limit, **options)


def _endpoint(url: str) -> dict[str, str]:
    scheme, found, host = url.partition("://")
    if not found or scheme not in ("http", "https") or not host.strip("/"):
        raise UserError(f"the endpoint {url!r} is no URL; one is like https://host:port")
    return {"scheme": scheme, "endpoint_override": host.rstrip("/")}


def endpoint_of(scheme: str) -> str:
    """Which store a scheme is, for folders that keep what several hold apart; empty for the
    vendor's own."""
    names = _ENVIRONMENT[:2] if scheme == "s3" else ("STORAGE_EMULATOR_HOST",)
    return next(filter(None, (os.environ.get(name, "") for name in names)), "")
