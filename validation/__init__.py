"""The gate: Great Expectations suites over the manifests, and their pages."""

import os

# Read when Great Expectations is imported, so it stands before any module that does.
os.environ["GX_ANALYTICS_ENABLED"] = "false"
