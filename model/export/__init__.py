"""A detector as one file that other programs run: ONNX, and MindSpore's MINDIR and AIR.

The picture's way to the network's input is part of the graph; the way from its outputs to text
lines (``model.outputs``) is NumPy and stays outside.
"""
