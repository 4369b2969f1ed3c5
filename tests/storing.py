"""A store that speaks S3, in a thread of the tests, on the loopback device."""

import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REGION = "us-east-1"


@dataclass(frozen=True)
class Store:
    """A server, and a bucket of it that one test has for itself."""

    url: str
    client: Any
    bucket: str = ""

    @property
    def uri(self) -> str:
        """Of the bucket."""
        return f"s3://{self.bucket}"

    def put(self, key: str, data: bytes = b"") -> None:
        """Store an object."""
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)

    def read(self, key: str) -> bytes:
        """The bytes of an object."""
        return bytes(self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def delete(self, key: str) -> None:
        """Delete an object."""
        self.client.delete_object(Bucket=self.bucket, Key=key)

    def list_keys(self, prefix: str = "") -> list[str]:
        """All keys that begin so; markers of folders left out."""
        pages = self.client.get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.bucket, Prefix=prefix)
        return [
            item["Key"]
            for page in found
            for item in page.get("Contents", ())
            if not item["Key"].endswith("/")
        ]

    def upload(self, folder: Path, prefix: str) -> None:
        """Store every file below a folder."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes())


@contextmanager
def serving() -> Iterator[Store]:
    """A server on a free port."""
    boto3 = pytest.importorskip("boto3")
    moto = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        keys = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
        yield Store(url, boto3.client("s3", endpoint_url=url, region_name=REGION, **keys))
    finally:
        server.stop()


def point_to(url: str, patch: pytest.MonkeyPatch) -> None:
    """Let the environment lead to a server."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    patch.setenv("AWS_ENDPOINT_URL", url)
    patch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    patch.setenv("AWS_REGION", REGION)
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def own_bucket(server: Store) -> Store:
    """The server with a new bucket."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    server.client.create_bucket(Bucket=name)
    return Store(server.url, server.client, name)
