"""What can go wrong with a job and be put right by who started it."""


class JobError(Exception):
    """The message says what to do next; it is shown without a traceback."""
