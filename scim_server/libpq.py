"""The line to a PostgreSQL, as thin as libpq has it: statements are prepared once, and travel together.

What psycopg's cursors and pipelines do for each execution costs several times what the execution does. The statements
of the hot path have plain parameters and columns, so they go through the layer below (``psycopg.pq``, see
https://www.psycopg.org/psycopg3/docs/api/pq.html) over the same connection. For any other statement the connection is
psycopg's as before, which must prepare none itself: it would forget all prepared ones after a ``ROLLBACK``.
"""

import select
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import pq

from scim_server.line import Statement, StatementFailedError

_DONE = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)
_TEXT: Callable[[bytes], Any] = bytes.decode
#: How columns are read, by the number of their type (``SELECT oid, typname FROM pg_type``).
_READERS: dict[int, Callable[[bytes], Any]] = {
    16: b"t".__eq__,  # bool
    20: int, 21: int, 23: int,  # int8, int2, int4
    19: _TEXT, 25: _TEXT, 1043: _TEXT,  # name, text, varchar
}  # fmt: skip
_Encoded = list[Any]


class Answer:
    """What a PostgreSQL answered to a statement."""

    def __init__(self, result: Any) -> None:
        """Read a result of libpq."""
        self._result = result

    @property
    def status(self) -> str:
        """What was done, such as ``COMMIT`` or ``INSERT 0 1``."""
        return (self._result.command_status or b"").decode()

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the rows.

        :raises KeyError: When a column is of a type that no statement here has.
        """
        result, value = self._result, self._result.get_value
        columns = [(column, _READERS[result.ftype(column)]) for column in range(result.nfields)]
        return [
            tuple([None if (raw := value(row, column)) is None else read(raw) for column, read in columns])
            for row in range(result.ntuples)
        ]


class PostgresqlLine:
    """The line over a connection of psycopg, as :class:`~scim_server.line.Line` has it."""

    def __init__(self, driver: psycopg.Connection[Any], *, prepares: bool) -> None:
        """Use a connection; behind a proxy that shares the server's connections, nothing is prepared on them."""
        self._driver, self._pg = driver, driver.pgconn
        self._names: dict[str, bytes] | None = {} if prepares else None
        self._preparing: dict[str, bytes] = {}
        self._under_way: list[Statement] = []
        self._readable, self._open = select.poll(), select.poll()
        self._readable.register(driver.pgconn.socket, select.POLLIN)
        self._open.register(driver.pgconn.socket, select.POLLIN | select.POLLOUT)

    def send(self, statements: Sequence[Statement]) -> None:
        """Send statements, each with one row, without waiting for their answers.

        :raises StatementFailedError: When they cannot be sent.
        """
        with self._closing(statements):
            self._send(statements)

    def exchange(self, statements: Sequence[Statement]) -> Answer:
        """Send statements, each with one row, and return the answer to the last of all that were sent.

        :raises StatementFailedError: When one of them failed.
        """
        with self._closing(statements):
            if len(statements) == 1 and not self._under_way:
                return self._exchange_one(statements[0])
            self._send(statements)
            return self._end_pipeline()

    @contextmanager
    def _closing(self, statements: Sequence[Statement]) -> Iterator[None]:
        """Close the connection when nobody knows any more what is under way on it."""
        try:
            yield
        except StatementFailedError:
            raise
        except BaseException as error:
            self._driver.close()
            if isinstance(error, psycopg.Error):
                raise StatementFailedError([*self._under_way, *statements][-1]) from error
            raise

    def _exchange_one(self, statement: Statement) -> Answer:
        values = _encoded(statement)
        if self._names is None:
            return _answer(statement, self._pg.exec_params(statement.text.encode(), values))
        name = self._names.get(statement.text)
        if name is None:
            name = self._new_name()
            _answer(statement, self._pg.prepare(name, statement.text.encode()))
            self._names[statement.text] = name
        return _answer(statement, self._pg.exec_prepared(name, values))

    def _new_name(self) -> bytes:
        return b"hot_%d" % (len(self._names or ()) + len(self._preparing))

    def _send(self, statements: Sequence[Statement]) -> None:
        """Send statements in the pipeline that is under way, or a new one."""
        encoded = [_encoded(statement) for statement in statements]
        if not self._under_way:
            self._pg.enter_pipeline_mode()
        for statement, values in zip(statements, encoded, strict=True):
            self._under_way.append(statement)
            if self._names is None:
                self._pg.send_query_params(statement.text.encode(), values)
            else:
                self._pg.send_query_prepared(self._prepared(statement.text, self._names), values)
        self._push()

    def _prepared(self, text: str, names: dict[str, bytes]) -> bytes:
        """Return the name of a statement, which is prepared on the way when it is new."""
        name = names.get(text) or self._preparing.get(text)
        if name is None:
            name = self._preparing[text] = self._new_name()
            self._pg.send_prepare(name, text.encode())
        return name

    def _push(self) -> None:
        """Hand what was sent to the socket."""
        while self._pg.flush():
            # What comes back meanwhile must be taken in, or neither side could go on.
            if self._open.poll()[0][1] & ~select.POLLOUT:
                self._pg.consume_input()

    def _end_pipeline(self) -> Answer:
        """Take the answer to each statement under way, and return the last; all after one that failed were skipped."""
        self._pg.pipeline_sync()
        self._push()
        statements, self._under_way = self._under_way, []
        answered = [(statement, result) for statement in statements for result in self._results(statement)]
        if self._pg.status == pq.ConnStatus.OK:
            self._expect_end()
            self._pg.exit_pipeline_mode()
        for statement, result in answered:
            _answer(statement, result)
        return Answer(answered[-1][1])

    def _results(self, statement: Statement) -> Iterator[Any]:
        """Yield what came of preparing a statement, if it was, and of executing it."""
        result = self._next_result()
        if self._names is not None and (name := self._preparing.pop(statement.text, None)):
            if result.status == pq.ExecStatus.COMMAND_OK:
                self._names[statement.text] = name
            yield result
            result = self._next_result()
        yield result

    def _next_result(self) -> Any:
        """Return the result of one message to the server, after which libpq returns None."""
        result = self._waited_for()
        if result is None:
            raise psycopg.OperationalError(f"The connection was lost: {self._pg.get_error_message()}")
        if self._pg.status == pq.ConnStatus.OK:
            self._waited_for()
        return result

    def _expect_end(self) -> None:
        result = self._waited_for()
        if result is None or result.status != pq.ExecStatus.PIPELINE_SYNC:
            raise psycopg.OperationalError(f"The pipeline ended in another way: {self._pg.get_error_message()}")

    def _waited_for(self) -> Any:
        while self._pg.is_busy():
            self._readable.poll()
            self._pg.consume_input()
        return self._pg.get_result()


def _answer(statement: Statement, result: Any) -> Answer:
    if result.status not in _DONE:
        raise StatementFailedError(statement) from psycopg.errors.error_from_result(result)
    return Answer(result)


def _encoded(statement: Statement) -> _Encoded:
    (row,) = statement.rows
    try:
        return [_encoded_value(value) for value in row]
    except psycopg.DataError as error:
        raise StatementFailedError(statement) from error


def _encoded_value(value: Any) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, str):
        encoded = value.encode()
        if b"\0" in encoded:
            # libpq would send what stands before it.
            raise psycopg.DataError("A text of PostgreSQL cannot contain NUL.")
        return encoded
    if isinstance(value, bool):
        return b"t" if value else b"f"
    return b"%d" % value
