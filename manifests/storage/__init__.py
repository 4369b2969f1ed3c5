"""RAW and DATA in an object store, ``s3://bucket/prefix`` or ``gs://bucket/prefix``.

``address``   what such a root is called, and what stands below it
``client``    listing, reading, writing and deleting objects, with errors a person can act on
``mirror``    a DATA folder in a store, as a folder on this machine
``unsent``    what was changed on this machine and has not gone up: never removed or written over
``sending``   what is written there, on its way back: whole, and what makes it readable last
``leases``    one writer at a time, as far as a store can promise it
``edge``      where a command's --raw and --data become what the command works on

Nothing here is in the way of a local path: whoever has a ``Path`` that is in no mirror is through
after one comparison, and nothing of pyarrow's file systems is loaded.
"""
