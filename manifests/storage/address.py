"""What a raw root or a DATA folder is called: a path of this machine, or a URI of a store."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePath

from manifests.errors import UserError

SCHEMES = ("s3", "gs")
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/{1,2}(.*)", re.DOTALL)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, order=True)
class Remote:
    """A place in an object store: a prefix, or an object. ``key``: its name below the bucket,
    without ``/`` at either end; empty for the bucket itself.

    It answers what a ``Path`` answers where a root may be either.
    """

    scheme: str
    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}" + (f"/{self.key}" if self.key else "")

    def __truediv__(self, below: str | PurePath) -> "Remote":
        """What stands below it. Nothing is checked: see ``key_fault``."""
        return Remote(self.scheme, self.bucket, "/".join(filter(None, (self.key, str(below)))))

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The last suffix of the name, with its dot."""
        return PurePath(self.name).suffix

    @property
    def below_bucket(self) -> str:
        """``bucket/key``, as file systems of pyarrow have it."""
        return f"{self.bucket}/{self.key}" if self.key else self.bucket

    def resolve(self) -> "Remote":
        """Itself: a URI is absolute, and a store has no links."""
        return self

    def is_relative_to(self, other: "Path | Remote") -> bool:
        """True where it is the other or stands below it."""
        if not isinstance(other, Remote):
            return False
        same = (self.scheme, self.bucket) == (other.scheme, other.bucket)
        return same and f"{self.key}/".startswith(f"{other.key}/" if other.key else "")

    def is_file(self) -> bool:
        """True where there is an object of this name. Asks the store; raises UserError."""
        from manifests.storage import client

        return client.find(self) is not None

    def is_dir(self) -> bool:
        """True where objects stand below it. Asks the store; raises UserError."""
        from manifests.storage import client

        return client.has_any(self)

    def exists(self) -> bool:
        """True where it is either. Asks the store; raises UserError."""
        return self.is_file() or self.is_dir()


Root = Path | Remote


def parse_root(text: str | Path) -> Root:
    """A path, or what a URI names; ``Path("s3://bucket")``, which lost a slash, counts as that too.

    Raises UserError for a URI that names no place this program can read.
    """
    found = _URI.fullmatch(str(text))
    if found is None or len(found[1]) == 1:  # C:/ is no scheme
        return Path(text)
    scheme, rest = found[1], found[2]
    if scheme not in SCHEMES:
        if "//" in str(text):
            raise UserError(f"{text}: only {_known()} and paths of this machine can be read")
        return Path(text)
    bucket, _, key = rest.partition("/")
    key = key.strip("/")
    if not _BUCKET.fullmatch(bucket):
        raise UserError(
            f"{scheme}://{bucket} names no bucket; one is like {scheme}://bucket/prefix, and "
            "credentials come from the environment (docs/storage.md)"
        )
    if key and (fault := key_fault(key)):
        raise UserError(f"{scheme}://{bucket}/{key}: {fault}; give a prefix without")
    return Remote(scheme, bucket, key)


def is_remote(path: object) -> bool:
    """True where a value is the URI of a store, or was before it became a ``Path``."""
    return isinstance(path, str | Path) and str(path).startswith(
        tuple(f"{scheme}:/" for scheme in SCHEMES)
    )


def key_fault(key: str) -> str | None:
    """Why a key cannot be the path of a file, as a clause; None where it can."""
    parts = key.split("/")
    if any(part in (".", "..") for part in parts):
        return "a part of its key is . or .."
    if "" in parts:
        return "a part of its key is empty"
    if _CONTROL.search(key):
        return "a control character is in its key"
    if any(len(part.encode("utf-8", "surrogateescape")) > 255 for part in parts):
        return "a part of its key is longer than a file name can be"
    return None


def _known() -> str:
    return " and ".join(f"{scheme}://bucket/prefix" for scheme in SCHEMES)
