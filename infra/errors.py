"""Faults that a person can do something about, said in one sentence with the way out."""


class SightlineError(Exception):
    """A known fault: its text is one sentence for the person at the keyboard, and names the way out.

    The command line prints the text as it stands and ends with exit code 2; nobody sees a traceback. The text holds
    no personal data: no name, no free text, no case number.
    """


class Unreachable(SightlineError):
    """A server that does not answer (yet): trying again later may help."""
