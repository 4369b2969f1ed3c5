"""Where Arrow takes the memory of tables from."""

import pyarrow as pa


def use_system_memory() -> None:
    """Have this process take it from the system, for steps that go through a whole split: Arrow's
    own allocator keeps tens of MiB of what it was given back, the more the longer it runs."""
    pa.set_memory_pool(pa.system_memory_pool())
