"""One transaction around any number of reads and writes, by PyMongo or MongoEngine: all of them happen, or none."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pymongo.errors import PyMongoError, ServerSelectionTimeoutError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from novapulse.data import abandoned, registry
from novapulse.data.prompt_client import bounded
from novapulse.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo import MongoClient
    from pymongo.client_session import ClientSession

T = TypeVar("T")

_MAX_SECONDS = 10.0  # PyMongo alone would try for 120 s, longer than anybody waits
_TRANSIENT = "TransientTransactionError"

_open: ContextVar[_Transaction | None] = ContextVar("novapulse_transaction", default=None)


@dataclass(slots=True)
class _Transaction:
    client: MongoClient[Any]
    hooks: list[Callable[[], None]] = field(default_factory=list)
    is_over: bool = True  # as far as the server has heard


def run(work: Callable[[], T], *, client: MongoClient[Any] | None = None, max_seconds: float = _MAX_SECONDS) -> T:
    """Run `work` in a transaction and return its result; inside another `run` it joins that one.

    Reads see one snapshot; the commit is acknowledged by a majority and journaled. `work` may be called again, when
    MongoDB reports a passing conflict or a lost primary, so what must happen outside MongoDB goes through `on_commit`.
    Any error that a store raises inside ends the transaction: let it go through instead of catching it and going on.
    Other threads do not join.

    client: the client of all that happens inside, the registered provider's unless told otherwise; where it states a
    write concern it must be a ScopedMongoClient, since PyMongo's own collections (4.20) send it along even in a
    transaction that is only bound. max_seconds: for everything together, tries, waits with jitter and commits; a
    nearer deadline counts.

    Raises what `work` raises, such as DuplicateKeyError, after rolling back; PyMongoError with `timeout` set when the
    time is over, with the outcome of a commit then unknown.
    Source: https://www.mongodb.com/docs/manual/core/transactions/
    """
    client = client or registry.provider("mongodb").client()
    outer = _open.get()
    if outer is None:
        return _run_outermost(_Transaction(client), work, max_seconds=max_seconds)
    if outer.client is not client:
        raise RuntimeError("A transaction of another client is under way: one transaction, one client.")
    return work()


def is_under_way() -> bool:
    """Tell whether what is done now joins a transaction."""
    return _open.get() is not None


def on_commit(hook: Callable[[], None]) -> None:
    """Call the hook once the transaction under way is committed, or now where there is none."""
    transaction = _open.get()
    if transaction is None:
        hook()
    else:
        transaction.hooks.append(hook)


def _run_outermost(transaction: _Transaction, work: Callable[[], T], *, max_seconds: float) -> T:
    def attempt(session: ClientSession) -> T:
        transaction.hooks.clear()  # an attempt that was rolled back leaves nothing to be done
        try:
            with session.bind(end_session=False):
                return _with_labels(work)
        except BaseException:
            transaction.is_over = abandoned.roll_back(session) and transaction.is_over
            raise

    with bounded(max_seconds), _session(transaction) as session:
        token = _open.set(transaction)
        try:
            result = session.with_transaction(
                attempt,
                read_concern=ReadConcern("snapshot"),
                write_concern=WriteConcern("majority", j=True),
                read_preference=ReadPreference.PRIMARY,
            )
        finally:
            _open.reset(token)
    for hook in transaction.hooks:
        hook()
    return result


@contextmanager
def _session(transaction: _Transaction) -> Iterator[ClientSession]:
    """Give a session; see to it that no transaction in it stays open, whatever happens."""
    session = transaction.client.start_session()
    try:
        yield session
    except BaseException as error:
        transaction.is_over = transaction.is_over and not abandoned.has_lost_an_answer(error)
        raise
    finally:
        if transaction.is_over:
            session.end_session()
        else:
            abandoned.end_later(session)


def _with_labels(work: Callable[[], T]) -> T:
    """Unwrap what MongoEngine wraps: only PyMongo's own exception carries the label that asks for another try."""
    try:
        return work()
    except ServerSelectionTimeoutError as error:  # labelled as passing, but we have looked for long enough
        raise Unavailable("The database does not answer; nothing was changed, so a retry is safe.") from error
    except PyMongoError:
        raise
    except Exception as error:
        transient = _transient_cause(error)
        if transient is None:
            raise
    raise transient  # out of the handler, so that the two do not become each other's context


def _transient_cause(error: BaseException) -> PyMongoError | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, PyMongoError) and seen.has_error_label(_TRANSIENT):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None
