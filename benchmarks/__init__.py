"""Measurements, side by side in one run, and the PyTorch twin of the network."""
