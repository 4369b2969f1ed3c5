"""Ours beside yardsticks: a module for each benchmark of ``make bench`` (``benchmarks.suite``)."""
