"""Weights from elsewhere: read safely, renamed, and folded into this network's conventions.

``open_weights`` (opening.py) reads a file of named arrays in any of four formats; caffe.py,
torchvision.py and public_ctpn.py know the names of a source; stack.py brings its VGG16 into the
parameters of ``model.backbone``; importing.py puts all of it together.
"""
