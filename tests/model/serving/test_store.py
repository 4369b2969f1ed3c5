"""What is kept, and for how long."""

from hypothesis import given
from hypothesis import strategies as st

from model.serving.store import Store


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_longest_unused_gives_way() -> None:
    store = Store[str](2, 100)
    first, second = store.add("a"), store.add("b")
    assert store.get(first) == "a"
    third = store.add("c")
    assert [store.get(name) for name in (first, second, third)] == ["a", None, "c"]


def test_what_is_unused_for_too_long_goes() -> None:
    clock = Clock()
    store = Store[str](9, 10, clock)
    first, second = store.add("a"), store.add("b")
    clock.now = 9
    assert store.get(first) == "a"
    clock.now = 10
    assert (store.get(second), len(store)) == (None, 1)
    clock.now = 18.9
    assert store.get(first) == "a"
    clock.now = 28.9
    assert (len(store), store.remove(first)) == (0, False)


def test_what_is_removed_is_gone() -> None:
    store = Store[str](9, 10)
    name = store.add("a")
    assert store.remove(name)
    assert (store.get(name), store.remove(name), len(store)) == (None, False, 0)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=60), st.integers(1, 4))
def test_it_is_as_a_plain_list_of_uses(steps: list[tuple[int, int]], count: int) -> None:
    clock = Clock()
    store = Store[int](count, 10, clock)
    names: list[str] = []
    used: list[tuple[int, float]] = []
    for step, passed in steps:
        clock.now += passed
        used = [(value, at) for value, at in used if clock.now - at < 10]
        if step < 4:
            names.append(store.add(len(names)))
            used = [*used, (len(names) - 1, clock.now)][-count:]
        elif step < len(names) + 4:
            value = step - 4
            kept = value in [each for each, _ in used]
            assert store.get(names[value]) == (value if kept else None)
            if kept:
                used = [each for each in used if each[0] != value] + [(value, clock.now)]
        assert len(store) == len(used)
    assert len(set(names)) == len(names)
