"""Raw archives to manifests, manifests to shards: Beam pipelines around pure functions."""
