"""Data parallel training: each worker, a process with a device of its own, takes a part of every
batch, and the gradients are averaged.

Importing this module does not import MindSpore.
"""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from model.meeting import Meeting, host, open_door, visit

_KEY_BYTES = 16


@dataclass(frozen=True)
class Team:
    """The workers of a training, as one of them sees them."""

    rank: int = 0
    size: int = 1
    meeting: Meeting | None = None

    @property
    def leads(self) -> bool:
        """Whether this worker writes the run's folder and evaluates."""
        return self.rank == 0

    def exchange(self, text: str = "") -> list[str]:
        """Everybody's text in the order of ranks; nobody goes on before all have come."""
        return [text] if self.meeting is None else self.meeting.exchange(text)

    def require_equal(self, what: str, digest: str) -> None:
        """Raise UserError unless all workers bring the same digest."""
        digests = self.exchange(digest)
        others = [rank for rank, other in enumerate(digests) if other != digests[0]]
        if others:
            raise UserError(
                f"the workers {', '.join(map(str, others))} begin with other {what} than worker 0; "
                "give all of them the same command and the same files"
            )


ALONE = Team()


def is_worker(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process was started as one of several: by ``msrun``, or by hand with a rank
    table."""
    by_hand = "RANK_TABLE_FILE" in environment and "RANK_ID" in environment
    return "MS_ROLE" in environment or by_hand


def worker_count(environment: Mapping[str, str] = os.environ) -> int:
    """How many there are by the word of what started this process; 1 for one alone."""
    said = environment.get("MS_WORKER_NUM") or environment.get("RANK_SIZE") or "1"
    return int(said) if is_worker(environment) else 1


def join_team() -> Team:
    """Find the other workers, where there are any. MindSpore's device is set before, and no tensor
    was made. The process that ``msrun`` starts as scheduler stays here and exits."""
    if not is_worker():
        return ALONE
    from mindspore import communication

    communication.init()
    rank, size = communication.get_rank(), communication.get_group_size()
    return Team(rank, size, _meet(rank, size)) if size > 1 else ALONE


def _meet(rank: int, size: int) -> Meeting:
    """Worker 0 tells the others its address, port and a key by the one way there is already."""
    address, key = _own_address(), secrets.token_bytes(_KEY_BYTES)
    door = open_door(address, key) if rank == 0 else None
    port = door.address[1] if door else 0
    words = _from_first(np.array([*socket.inet_aton(address), port, *key], np.int32))
    if door:
        return host(door, size)
    there = socket.inet_ntoa(bytes(words[:4].tolist()))
    return visit(there, int(words[4]), bytes(words[5:].tolist()), rank)


def _own_address() -> str:
    """Where the other workers find this machine, if it is worker 0's."""
    name = os.environ.get("MS_SCHED_HOST") or socket.gethostname()
    return socket.gethostbyname(name)


def _from_first(words: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Worker 0's words, at each worker."""
    import mindspore as ms
    from mindspore import nn, ops

    class Gather(nn.Cell):
        def __init__(self) -> None:
            super().__init__()
            self.gather = ops.AllGather()

        def construct(self, values: ms.Tensor) -> ms.Tensor:
            return self.gather(values)

    everybody = Gather()(ms.Tensor(words[None]))
    return np.asarray(everybody.asnumpy()[0], dtype=np.int32)
