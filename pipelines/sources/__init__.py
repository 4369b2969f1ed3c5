"""People's own data: pictures with annotations in a common format, read without any code.

``definition`` says what is to be read (from the options of ``normalize --source``, or from
``RAW/sources.yaml``), ``own`` makes a ``pipelines.source.Dataset`` of it. A format is a folder of
functions: ``coco``, ``labelme``, ``rrc``.
"""
