"""Scripts planted into a finished page, as if a value had not been escaped: the policy is the
second wall, and must hold where the first does not."""

import select
import socket
from pathlib import Path

from tests.browser import Page

_PLANTED = """
<script>document.documentElement.dataset.ran = 'inline'</script>
<img src="nothing.png" alt="" onerror="document.documentElement.dataset.ran = 'handler'">
<a id="planted" href="javascript:document.documentElement.dataset.ran = 'address'">x</a>
<iframe srcdoc="<script>parent.document.documentElement.dataset.ran = 'frame'</script>"></iframe>
<script src="http://127.0.0.1:PORT/x.js"></script>
<form action="http://127.0.0.1:PORT/" id="form"><input name="a"></form>
<img src="http://127.0.0.1:PORT/x.png" alt="">
"""
_TRY = """
document.querySelector('#planted').click();
document.querySelector('#form').submit();
new Promise(done => setTimeout(() => done(document.documentElement.dataset.ran ?? ''), 150))
"""


def scripts_that_ran(page: Page, html: Path) -> tuple[str, bytes]:
    """Which of some planted scripts ran on a copy of a page beside it (empty: none), and what came
    to a server on the loopback."""
    copy = html.with_name("planted.html")
    with socket.create_server(("127.0.0.1", 0)) as server:
        planted = _PLANTED.replace("PORT", str(server.getsockname()[1]))
        text = html.read_text(encoding="utf-8")
        end = "</main>" if "</main>" in text else "</body>"
        assert end in text
        copy.write_text(text.replace(end, planted + end, 1), encoding="utf-8")
        try:
            page.open(copy.as_uri())
            ran = str(page.value(_TRY))
        finally:
            copy.unlink()
        asked = _received(server)
    page.problems.clear()
    page.requests.clear()
    return ran, asked


def _received(server: socket.socket) -> bytes:
    """What came over all connections; a browser opens some before it knows that it may not."""
    received = b""
    while select.select([server], [], [], 0.2)[0]:
        connection, _ = server.accept()
        with connection:
            if select.select([connection], [], [], 0.2)[0]:
                received += connection.recv(1000)
    return received
