"""The pickle inside a .pth file, read by a machine that builds a state dict and nothing else.

A pickle is a program. This machine knows the operations that ``torch.save`` writes and five names,
calls nothing that a file names, hashes and compares nothing that a file nests, and copies nothing
that a file repeats: the work grows with the length of the pickle, whatever stands in it.

Format: Python's ``pickletools``; the persistent ids and rebuild functions of ``torch.save`` since
PyTorch 1.6.
"""

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_MOST_DIMENSIONS = 64
_STORAGES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "BFloat16Storage": "bf16",
    "LongStorage": "<i8", "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1",
    "ByteStorage": "u1", "BoolStorage": "?",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Storage:
    """Numbers in the archive: the entry's key, its NumPy type ("bf16" for bfloat16), how many."""

    key: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A view of a storage, in elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class RefusedError(Exception):
    """The pickle asks for something that no tensor needs."""


@dataclass(frozen=True, slots=True, eq=False)
class _Name:
    """A global that the pickle names; nothing is imported."""

    text: str


@dataclass(slots=True, eq=False)
class _Dict:
    """Keys and values as they came: no key is hashed."""

    pairs: list[tuple[Any, Any]]


_ORDERED_DICT = "collections.OrderedDict"
_REBUILD = "torch._utils._rebuild_tensor_v2"
_PARAMETER = "torch._utils._rebuild_parameter"


def read_tensors(content: bytes) -> dict[str, Tensor]:
    """The tensors of a pickled state dict by name; its other entries are left out.

    Raises RefusedError for a name that no tensor needs, and ValueError, IndexError or KeyError for
    what is no such pickle.
    """
    tree = _Machine().run(content)
    if not isinstance(tree, _Dict):
        raise ValueError("it holds no state dict; save network.state_dict()")
    return {n: v for n, v in tree.pairs if type(n) is str and isinstance(v, Tensor)}


class _Machine:
    """``stack`` is what stands above the last mark, ``below`` what stands under each mark."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def run(self, content: bytes) -> Any:
        """What the pickle builds."""
        for operation, argument, _ in pickletools.genops(content):
            if operation.name == "STOP":
                return self.stack.pop()
            if operation.name in _LITERALS:
                self.stack.append(argument)
            elif operation.name in _OPERATIONS:
                _OPERATIONS[operation.name](self, argument)
            else:
                raise ValueError(f"its pickle has the operation {operation.name}")
        raise ValueError("its pickle has no end")

    def mark(self, _: Any) -> None:
        self.below.append(self.stack)
        self.stack = []

    def to_mark(self) -> list[Any]:
        """Take what stands above the last mark, and the mark."""
        items, self.stack = self.stack, self.below.pop()
        return items

    def put(self, place: Any) -> None:
        self.memo[len(self.memo) if place is None else place] = self.stack[-1]

    def get(self, place: Any) -> None:
        self.stack.append(self.memo[place])

    def tuple(self, count: int | None) -> None:
        items = self.to_mark() if count is None else [self.stack.pop() for _ in range(count)][::-1]
        self.stack.append(tuple(items))

    def append(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not list:
            raise ValueError("it appends to something else than a list")
        target.extend(items)

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, _Dict):
            raise ValueError("it sets items of something else than a dictionary")
        target.pairs.extend(zip(items[::2], items[1::2], strict=True))

    def two(self) -> list[Any]:
        """Take the two uppermost, in order."""
        value = self.stack.pop()
        return [self.stack.pop(), value]

    def reduce(self) -> None:
        function, arguments = self.two()
        if not isinstance(function, _Name) or type(arguments) is not tuple:
            raise ValueError("it calls something else than a function")
        self.stack.append(_call(function.text, arguments))

    def build(self) -> None:
        """An object would be given attributes here; none of these has any."""
        self.stack.append(self.two()[0])


_LITERALS = frozenset({
    "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT",
    "BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES",
})  # fmt: skip
"""Operations that put down a value which stands in the pickle."""
_OPERATIONS: Mapping[str, Callable[[_Machine, Any], None]] = {
    "PROTO": lambda machine, _: None,
    "FRAME": lambda machine, _: None,
    "MARK": _Machine.mark,
    "PUT": _Machine.put,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.put,
    "GET": _Machine.get,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "EMPTY_TUPLE": lambda machine, _: machine.tuple(0),
    "TUPLE1": lambda machine, _: machine.tuple(1),
    "TUPLE2": lambda machine, _: machine.tuple(2),
    "TUPLE3": lambda machine, _: machine.tuple(3),
    "TUPLE": lambda machine, _: machine.tuple(None),
    "EMPTY_LIST": lambda machine, _: machine.stack.append([]),
    "APPEND": lambda machine, _: machine.append([machine.stack.pop()]),
    "APPENDS": lambda machine, _: machine.append(machine.to_mark()),
    "EMPTY_DICT": lambda machine, _: machine.stack.append(_Dict([])),
    "SETITEM": lambda machine, _: machine.set_items(machine.two()),
    "SETITEMS": lambda machine, _: machine.set_items(machine.to_mark()),
    "GLOBAL": lambda machine, words: machine.stack.append(_named(*words.split(" ", 1))),
    "STACK_GLOBAL": lambda machine, _: machine.stack.append(_named(*machine.two())),
    "BINPERSID": lambda machine, _: machine.stack.append(_stored(machine.stack.pop())),
    "REDUCE": lambda machine, _: machine.reduce(),
    "BUILD": lambda machine, _: machine.build(),
}


def _named(module: Any, name: Any) -> _Name | str:
    """A known function, or the name of a kind of storage. Raises RefusedError."""
    if type(module) is not str or type(name) is not str:
        raise ValueError("it names something by what is no text")
    text = f"{module}.{name}"
    if text in (_ORDERED_DICT, _REBUILD, _PARAMETER):
        return _Name(text)
    if module in ("torch", "torch.storage") and name in _STORAGES:
        return name
    raise RefusedError(text)


def _call(name: str, arguments: tuple[Any, ...]) -> Any:
    """What stands for the function's answer: a dictionary, a tensor, or the tensor inside a
    parameter."""
    if name == _REBUILD:
        return _tensor(*arguments[:4])
    if name == _PARAMETER:
        return arguments[0]
    if arguments:
        raise ValueError("it fills a dictionary in a way that PyTorch does not")
    return _Dict([])


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any) -> Tensor:
    sizes = isinstance(shape, tuple) and isinstance(strides, tuple) and len(shape) == len(strides)
    if not isinstance(storage, Storage) or not sizes:
        raise ValueError("a tensor is described by something else than numbers")
    if len(shape) > _MOST_DIMENSIONS:
        raise ValueError(f"a tensor has {len(shape)} dimensions")
    if not all(type(number) is int and number >= 0 for number in (offset, *shape, *strides)):
        raise ValueError("a tensor is described by something else than numbers")
    return Tensor(storage, offset, shape, strides)


def _stored(pid: Any) -> Storage:
    if type(pid) is not tuple or len(pid) != 5 or type(pid[0]) is not str or pid[0] != "storage":
        raise ValueError("an unknown kind of stored object")
    _, kind, key, _, count = pid
    if type(kind) is not str or type(key) is not str or type(count) is not int:
        raise ValueError("a storage is described by something else")
    return Storage(key, _STORAGES[kind], count)
