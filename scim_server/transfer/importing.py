"""Bring a file into a tenant: through the one door, all of it or none, or line by line as far as it goes."""

from collections.abc import Callable, Iterator

from scim_server.db import Transaction
from scim_server.extension import Principal
from scim_server.journal.record import Entry, record
from scim_server.protocol.guarded import actor_of
from scim_server.protocol.server import ScimServer
from scim_server.transfer.batch import Batch, Seen
from scim_server.transfer.records import Record, RecordFile, Refused, UnreadableFileError
from scim_server.transfer.report import Outcome, Report

__all__ = ["Import", "Progress"]

_LINES = 200
_BYTES = 2**20

Progress = Callable[[int], None]
"""Is told how many bytes of the file are done."""


class _UndoneError(Exception):
    """Undoes the transaction of an import that shall leave nothing behind."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


class Import:
    """Imports one file into one tenant for one principal."""

    def __init__(
        self, server: ScimServer, tenant: str, principal: Principal, progress: Progress = lambda _done: None
    ) -> None:
        """Import through a server's door; the tenant must exist."""
        self._server = server
        self._tenant = tenant
        self._principal = principal
        self._progress = progress

    def whole(self, file: RecordFile, *, dry_run: bool = False) -> Report:
        """Import a file in one transaction, or nothing of it when a line is refused.

        :raises UnreadableFileError: When the file is not what it is said to be.
        """

        def work(transaction: Transaction) -> Report:
            report = self.within(transaction, file)
            if report.failed or dry_run:
                raise _UndoneError(report)
            return report

        try:
            return self._server.database.run(work, writing=True)
        except _UndoneError as undone:
            undone.report.stored = False
            if not dry_run:
                self._journal(undone.report)
            return undone.report

    def within(self, transaction: Transaction, file: RecordFile) -> Report:
        """Import a file in a transaction that somebody else ends.

        :raises UnreadableFileError: When the file is not what it is said to be.
        """
        report, seen = Report(), Seen()
        for batch in _batches(file):
            self._note(report, seen, self._batch(transaction, seen, batch))
        return report

    def line_by_line(self, file: RecordFile) -> Report:
        """Import what can be imported of a file; what is done stays done."""
        report, seen = Report(), Seen()
        batches = _batches(file)
        while True:
            try:
                batch = next(batches, None)
            except UnreadableFileError as error:
                report.unreadable = str(error)
                break
            if batch is None:
                break
            self._note(report, seen, self._alone(seen, batch))
        self._journal(report)
        return report

    def _alone(self, seen: Seen, batch: list[Record | Refused]) -> list[Outcome]:
        """Store lines in a transaction of their own, so that other writers get their turn between two."""
        return self._server.database.run(lambda transaction: self._batch(transaction, seen, batch), writing=True)

    def _batch(self, transaction: Transaction, seen: Seen, batch: list[Record | Refused]) -> list[Outcome]:
        outcomes: list[Outcome] = [each for each in batch if isinstance(each, Refused)]
        records = [each for each in batch if isinstance(each, Record)]
        if records:
            guarded = self._server.guarded(transaction, self._tenant, self._principal)
            outcomes += Batch(guarded, self._server.service_for(self._principal), seen, records).run()
        return outcomes

    def _note(self, report: Report, seen: Seen, outcomes: list[Outcome]) -> None:
        for outcome in sorted(outcomes, key=lambda each: each.line):
            report.add(outcome)
            seen.add(outcome)
        self._progress(sum(outcome.size for outcome in outcomes))

    def _journal(self, report: Report) -> None:
        """Record what was refused, as any other refusal."""
        entries = [
            Entry(
                actor=actor_of(self._principal),
                operation=each.operation,
                resource_type=each.type_name,
                resource_id=each.resource_id,
                display=each.name,
                status=each.status,
                scim_type=each.scim_type,
                detail=f"Line {each.line}: {each.reason}",
            )
            for each in report.refused
        ]
        self._server.database.run(lambda transaction: record(transaction, self._tenant, entries), writing=True)


def _batches(file: RecordFile) -> Iterator[list[Record | Refused]]:
    """Yield lines that are stored together: of one type, not too many, and not too long."""
    batch: list[Record | Refused] = []
    size, type_name = 0, None
    fault = None
    try:
        for each in file:
            kind = each.type_name if isinstance(each, Record) else type_name
            if batch and (len(batch) == _LINES or size > _BYTES or kind != type_name):
                yield batch
                batch, size = [], 0
            batch.append(each)
            size, type_name = size + each.size, kind
    except UnreadableFileError as error:
        fault = error
    if batch:
        yield batch
    if fault is not None:
        raise fault
