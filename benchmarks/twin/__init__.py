"""A twin of the network in PyTorch (``pip install torch``; the dependency group ``twin``).

It reads the same shards and presets, starts from the same weights and has parameters of the same
names, so what it learns is carried over by ``python -m model import-weights``. It is for searching
recipes, and for training where MindSpore has no fast build. Its figures are never reported: a
checkpoint's score is always that of the network in ``model``.
"""
