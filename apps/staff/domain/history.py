"""What staff have done, as Django's admin keeps it: entries that name what they were about, in PostgreSQL.

They are for the pages of the admin; the account of what was done is the audit. So when what they are about is deleted
for good, they go with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import Q

if TYPE_CHECKING:
    from collections.abc import Iterable


def forget(ids: Iterable[object]) -> int:
    """Delete the entries about these things; tell how many there were."""
    return LogEntry.objects.filter(object_id__in=[str(each) for each in ids]).delete()[0]


def forget_mentions(text: str) -> int:
    """Delete the entries in whose words this stands, or that are about it; tell how many there were."""
    words = Q(change_message__contains=text) | Q(object_repr__contains=text) | Q(object_id__contains=text)
    return LogEntry.objects.filter(words).delete()[0]


def mentions(text: str) -> dict[str, int]:
    """Count the rows in which this stands, by table: of all tables, whatever their columns are."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = {table: _count(cursor, table, text) for table in sorted(tables)}
    return {table: count for table, count in found.items() if count}


def _count(cursor: Any, table: str, text: str) -> int:  # noqa: ANN401  Django's cursors have no type
    name = connection.ops.quote_name(table)  # of the database's own list of tables, not of anybody's text
    cursor.execute(f"SELECT count(*) FROM {name} AS line WHERE strpos(line::text, %s) > 0", [text])  # noqa: S608  as said
    return int(cursor.fetchone()[0])
