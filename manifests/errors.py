"""The one exception type whose message is written for the person at the keyboard."""


class UserError(Exception):
    """Something the person running the command can put right; the message says how.

    Command lines print it as ``error: <message>`` and exit with status 2, without a traceback.
    Anything else that escapes is a bug of this project and keeps its traceback.
    """
