"""Beam's job server, made to ask its pool for several workers instead of one.

    python many_workers.py WORKERS --port PORT

Run as a file, so that it sees no package of the checkout.
"""

import functools
import logging
import signal
import sys

from apache_beam.runners.portability import local_job_service_main
from apache_beam.runners.portability.fn_api_runner import FnApiRunner


def _ask_for(workers: int) -> None:
    plain = FnApiRunner.__init__

    @functools.wraps(plain)
    def init(self: FnApiRunner, *args: object, **kwargs: object) -> None:
        plain(self, *args, **kwargs)
        self._num_workers = workers

    FnApiRunner.__init__ = init


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.basicConfig(level=logging.INFO)
    _ask_for(int(sys.argv[1]))
    local_job_service_main.run(sys.argv[2:])
