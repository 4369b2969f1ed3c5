"""Raw archives to manifests, manifests to shards: Beam pipelines around pure functions."""

import os

# MindSpore and Beam bring clashing builds of protobuf's C++ descriptors into one process; the pure
# Python ones live side by side. It must be set before either is imported; workers inherit it.
os.environ.setdefault("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "python")
# The system clears memory page by page before it hands it out, and to get that of each picture anew
# takes as long as decoding it. Read when a process starts: these are for Beam's workers.
os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(32 << 20))
os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(256 << 20))
