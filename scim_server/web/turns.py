"""Who computes: the threads of one interpreter cannot at once, and cost each other time when they try."""

import threading
from typing import Any

MOST_SECONDS = 0.005
"""How long a thread waits for its turn, as long as the interpreter lets one thread compute while others wait for it."""


def in_turns(application: Any) -> Any:
    """Return a WSGI application that answers one GET after another, where answers wait for nothing but other threads.

    With each statement to SQLite a thread lets go of the interpreter. Another takes it, and the first must be woken to
    go on, several times for each request. So requests that read take turns instead, which end before anything is sent.
    Nobody waits long: whoever has no turn in time, since another computes much, goes on without, as all would.
    """
    turn = threading.Lock()

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        taken = environ["REQUEST_METHOD"] == "GET" and turn.acquire(timeout=MOST_SECONDS)
        try:
            return application(environ, start_response)
        finally:
            if taken:
                turn.release()

    return answer
