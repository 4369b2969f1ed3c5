"""The backbone as a classifier: where its weights come from when there are none to bring in.

``python -m model train --task backbone`` trains VGG16 on a folder of pictures by class; the
detector then starts from its convolutions.
"""
