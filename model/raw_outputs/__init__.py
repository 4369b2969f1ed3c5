"""What a program on a device wrote of the network's outputs, picture by picture, as text lines.

``deploy/ascend310`` writes such folders. MindSpore is not needed to read them.
"""
