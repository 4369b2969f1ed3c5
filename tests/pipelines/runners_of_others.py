"""Runners as people write them outside of Beam."""

from apache_beam.runners.runner import PipelineRunner


class DaskLike(PipelineRunner):
    """Stands for Beam's runner on Dask, which cannot be imported where Dask is not installed."""


class Renamed(DaskLike):
    """What loses data under another name loses data."""


class Another(PipelineRunner):
    """A runner of which nothing is known."""
