"""Gunicorn's arbiter, which keeps one more process beside those that serve: the one that delivers mail."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn.arbiter import Arbiter

from scim_server.cli.work import STOP_SIGNALS

RESTART_SECONDS = 5.0
"""How soon after its start a process that has ended is started again, lest it ends and starts without a pause."""

_LOOK_SECONDS = 0.05


class AttendedArbiter(Arbiter):  # type: ignore[misc]
    """Starts the attendant with the workers, again when it has ended, and ends it with them."""

    def __init__(self, app: Any, attend: Callable[[], None]) -> None:
        """Serve an application, with a function that runs in a process beside it until that gets SIGTERM."""
        super().__init__(app)
        self._attend = attend
        self._attendant = 0
        self._started = float("-inf")

    def manage_workers(self) -> None:
        """Start what is missing; called once a second at least."""
        super().manage_workers()
        if not self._is_attended() and time.monotonic() - self._started > RESTART_SECONDS:
            self._start_attendant()

    def stop(self, graceful: bool = True) -> None:  # noqa: FBT001, FBT002 - gunicorn's own signature
        """End every process in order."""
        until = time.monotonic() + self.cfg.graceful_timeout
        self._signal(signal.SIGTERM)
        super().stop(graceful)
        while self._is_attended() and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        self._signal(signal.SIGKILL)

    def _is_attended(self) -> bool:
        if self._attendant:
            try:
                ended = os.waitpid(self._attendant, os.WNOHANG)[0]
            except ChildProcessError:
                # Gunicorn waits for any child, and has been told first.
                ended = self._attendant
            if ended:
                self._attendant = 0
        return bool(self._attendant)

    def _signal(self, number: int) -> None:
        if self._is_attended():
            with suppress(ProcessLookupError):
                os.kill(self._attendant, number)

    def _start_attendant(self) -> None:
        self._started = time.monotonic()
        # Blocked until the new process listens itself: a signal in between would reach gunicorn's handler, and be lost.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            self._attendant = os.fork()
            if not self._attendant:
                self._run_attendant()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _run_attendant(self) -> None:
        """Run the attendant in this process, which then ends without running what gunicorn would do at its own end."""
        status = 1
        try:
            for number in {*self.SIGNALS, signal.SIGCHLD} - STOP_SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            for listener in self.LISTENERS:
                listener.close()
            self._attend()
            status = 0
        except BaseException:
            self.log.exception("The worker that delivers mail has ended.")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
