"""What a killed supervisor left running."""

import signal

from infra.stack import child
from infra.stack.home import Home
from infra.stack.state import State


def end_left_overs(home: Home) -> list[str]:
    """End what an earlier supervisor started and could not stop, services first; gives the parts' names.

    Only processes that this folder's state file names by number, start time and program are touched.
    """
    state = State.read(home.state_file)
    if state is None:
        return []
    ended = []
    for name in reversed(list(state.parts)):
        process = state.parts[name].process
        how = signal.SIGINT if name == "postgres" else signal.SIGTERM
        if process is not None and child.end_left_over(process, how, 20):
            ended.append(name)
    return ended


def left_over(home: Home) -> list[str]:
    """Name the parts that a killed supervisor left running and that still do."""
    state = State.read(home.state_file)
    if state is None or home.is_locked():
        return []
    return [name for name, part in state.parts.items() if part.process is not None and part.process.alive]
