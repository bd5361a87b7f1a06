"""Who computes: the threads of one interpreter cannot at once, and cost each other time when they try."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST_SECONDS = 0.005
"""How long a thread waits for its turn, as long as the interpreter lets one thread compute while others wait for it."""


class Turns:
    """Has threads that wait for nothing but each other compute one after another.

    With each statement to SQLite, and with each piece of an answer, a thread lets go of the interpreter. Another takes
    it, and the first must be woken to go on, several times for each request that is read. So requests take turns
    instead. Nobody waits long: whoever has no turn in time, since another computes much or its client is slow to take
    the answer, goes on without, as all would.
    """

    def __init__(self) -> None:
        """Begin with nobody's turn."""
        self._turn = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a turn, which lasts as long as the block."""
        taken = self._turn.acquire(timeout=MOST_SECONDS)
        try:
            yield
        finally:
            if taken:
                self._turn.release()
