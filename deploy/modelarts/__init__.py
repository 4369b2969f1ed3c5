"""The project's commands as jobs of ModelArts: data in, a command, results out.

It stands beside the project and imports nothing of it: commands are started as processes. The boot
file of a job is ``deploy/modelarts/start.py``.
"""
