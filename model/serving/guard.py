"""Who may speak to the server through a browser: pages of its own, and no others.

A page of any site can send requests to 127.0.0.1, and one whose name was made to point there ("DNS
rebinding") can read the answers too. The first names its own origin, the second its own host. A
host written as an address cannot be rebound, so every address will do.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

_OWN = ("same-origin", "none")
"""What a browser says of requests of the page's own and of those that a person began."""


def host_name(host: str) -> str | None:
    """The name in a Host header, in lower case and without its port; None where it is none."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return None
    strange = parts.netloc != host or parts.username is not None or parts.password is not None
    return None if strange or not name else name.rstrip(".")


def is_known_host(host: str | None, names: Collection[str]) -> bool:
    """Whether a Host header names this server: ``localhost``, an address, or one of ``names``."""
    name = host_name(host or "")
    if name is None:
        return False
    return name == "localhost" or name in names or is_address(name)


def is_address(name: str) -> bool:
    """Whether a name is a written address, IPv4 or IPv6."""
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


def is_own_origin(origin: str | None, site: str | None, host: str | None) -> bool:
    """Whether a request is of the server's own page, or of no page at all.

    origin, site: the headers Origin and Sec-Fetch-Site, which a page's script cannot set; None
    where absent, as with every program that is no browser. ``null`` is the origin of pages that
    hide theirs.
    """
    if site is not None and site not in _OWN:
        return False
    return origin is None or (host is not None and origin.lower() == f"http://{host.lower()}")


def is_visit(method: str, mode: str | None, destination: str | None) -> bool:
    """Whether a person follows a link to the page, from wherever, into a window of its own.

    mode, destination: the headers Sec-Fetch-Mode and Sec-Fetch-Dest.
    """
    return method == "GET" and mode == "navigate" and destination == "document"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on ``host``, an address or a name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
