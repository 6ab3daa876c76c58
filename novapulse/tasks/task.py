"""`@task`: what a function needs to be done later, with its rules in one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import autodiscover_modules

from novapulse.tasks.standard import Task

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

BACKEND: Final = "default"
_LONGEST: Final = timedelta(hours=11)  # SQS keeps a message from others for twelve hours in all


@dataclass(frozen=True, slots=True, kw_only=True)
class DurableTask(Task[P, T]):
    """A task of ours: Django's, with attempts, backoff, timeout, expiry and uniqueness."""

    max_attempts: int = 10
    backoff: tuple[timedelta, timedelta] = (timedelta(seconds=5), timedelta(hours=1))
    timeout: timedelta = timedelta(minutes=5)
    expires: timedelta | None = None
    unique: Callable[..., object] | None = None
    if_dead: Callable[..., None] | None = None

    def __post_init__(self) -> None:
        """Refuse rules that cannot be kept."""
        Task.__post_init__(self)
        if not timedelta() < self.timeout <= _LONGEST:
            raise ImproperlyConfigured(f"{self.module_path}: a timeout is longer than nothing and at most {_LONGEST}.")
        if self.max_attempts < 1 or not timedelta() <= self.backoff[0] <= self.backoff[1]:
            raise ImproperlyConfigured(f"{self.module_path}: at least one attempt, and a backoff that does not shrink.")


_known: Final[dict[str, DurableTask[Any, Any]]] = {}


def task(
    *,
    queue_name: str = "default",
    takes_context: bool = False,
    **rules: Any,  # noqa: ANN401  the fields of DurableTask
) -> Callable[[Callable[P, T]], DurableTask[P, T]]:
    """Make a function a task, to be enqueued by `.enqueue(...)` or by its dotted path.

    max_attempts: 10; deaths of a worker do not count, three of them are poison. backoff: (first, longest) wait, with
    full jitter. timeout: after it the attempt is given up; its deadline is in force in the task. expires: how long
    after it was enqueued it is still worth doing. unique: takes the arguments and gives a key; while a task of that key
    (and company) waits, no other is added; one that has begun does not count. if_dead: takes the reason and the
    arguments once no attempt will follow, in the transaction that makes it so, and may note that for whoever waits.
    """

    def made(function: Callable[P, T]) -> DurableTask[P, T]:
        given = {"queue_name": queue_name, "backend": BACKEND, "takes_context": takes_context, **rules}
        made = DurableTask(func=function, **given)
        _known[made.module_path] = made
        return made

    return made


def known(path: str) -> DurableTask[Any, Any]:
    """Give the task at a dotted path; raises LookupError where there is none.

    Nothing is imported because a message names it: tasks are those of the modules `tasks` of the installed apps.
    """
    if path not in _known:
        autodiscover_modules("tasks")
    try:
        return _known[path]
    except KeyError:
        raise LookupError(f"no task {path!r}") from None
