"""One module for each command of ``python -m model``.

A module has ``add_parser(subparsers)``, which declares its arguments and sets ``run`` as a default,
and ``run(args) -> int``, the exit status. Importing one must not import MindSpore.
"""
