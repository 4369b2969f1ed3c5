"""Whether everything below DATA is what was written: each artifact by its digest.

``manifests`` knows no other package, so what those write is checked by what stands in the files
themselves: ``manifests.sealing`` (a file with its own digest), ``manifests.digests`` (a folder with
those of its files), an index that names files with ``sha256``, and the checksum of a ``.ckpt``.
"""
