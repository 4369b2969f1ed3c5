"""Raw archives to manifests, manifests to shards: Beam pipelines around pure functions."""

import os

# MindSpore and Beam bring clashing builds of protobuf's C++ descriptors into one process; the pure
# Python ones live side by side. It must be set before either is imported; workers inherit it.
os.environ.setdefault("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "python")
