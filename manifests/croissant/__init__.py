"""Croissant: a dataset or a mix as JSON-LD (version 1.0), with the tables that it describes."""
