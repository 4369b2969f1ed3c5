"""The commands of ``python -m manifests``, a module each: ``add_parser`` and ``run``."""
