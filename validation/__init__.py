"""The gate: Great Expectations suites over the manifests, and their pages."""
