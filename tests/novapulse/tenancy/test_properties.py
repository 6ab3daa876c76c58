"""Whatever is asked, built at random from what MongoDB's language has on the two fields: nothing of Bravo's shows."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from pymongo.errors import PyMongoError

from novapulse.tenancy.scope import ScopeViolation, company
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO, MARKER, World, bravos, settle

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _few(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(inner, max_size=2)


values = st.sampled_from([ALPHA.company_id, BRAVO.company_id, "DE", "FR", None, 1, 1000, "same", BRAVO.task_id])
fields = st.sampled_from(["company_id", "location", "_id", "n", "kin", "elsewhere", "title"])
operators = st.sampled_from(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"])
conditions = (
    values
    | st.builds(lambda operator, value: {operator: value}, operators, values)
    | st.builds(lambda operator, many: {operator: many}, st.sampled_from(["$in", "$nin"]), st.lists(values, max_size=3))
    | st.builds(lambda value: {"$exists": value}, st.booleans())
    | st.builds(lambda value: {"$not": {"$eq": value}}, values)
)
plain_filters = st.dictionaries(fields, conditions, max_size=3)
expressions = st.builds(
    lambda operator, field, value: {"$expr": {operator: [f"${field}", value]}}, operators, fields, values
)
filters: st.SearchStrategy[dict[str, Any]] = st.recursive(
    plain_filters | expressions,
    lambda inner: st.builds(
        lambda operator, many, rest: {operator: many, **rest},
        st.sampled_from(["$and", "$or", "$nor"]),
        st.lists(inner, min_size=1, max_size=3),
        plain_filters,
    ),
    max_leaves=6,
)
collections = st.sampled_from(["tasks", "owners", "tasks_view", "tasks.archive"])
stages = st.recursive(
    st.builds(lambda filter_: {"$match": filter_}, filters)
    | st.builds(lambda field, value: {"$set": {field: value}}, fields, values | st.just("$elsewhere"))
    | st.builds(lambda field: {"$unset": field}, fields)
    | st.builds(lambda field: {"$group": {"_id": f"${field}", "all": {"$push": "$$ROOT"}}}, fields)
    | st.just({"$replaceWith": {"company_id": BRAVO.company_id, "location": "FR"}})
    | st.just({"$count": "kin"}),
    lambda inner: (
        st.builds(lambda name, many: {"$lookup": {"from": name, "pipeline": many, "as": "x"}}, collections, _few(inner))
        | st.builds(
            lambda name, one, two: {"$lookup": {"from": name, "localField": one, "foreignField": two, "as": "x"}},
            collections,
            fields,
            fields,
        )
        | st.builds(lambda name, many: {"$unionWith": {"coll": name, "pipeline": many}}, collections, _few(inner))
        | st.builds(lambda many: {"$facet": {"f": many}}, _few(inner))
    ),
    max_leaves=4,
)
changes = st.builds(
    lambda operator, field, value: {operator: {field: value}},
    st.sampled_from(["$set", "$setOnInsert", "$unset", "$min", "$max", "$rename", "$inc", "$push"]),
    fields,
    values | fields,
)
updates = changes | st.lists(stages, min_size=1, max_size=2)


def _attempt(world: World, act: Callable[[], Any]) -> str:
    """Do something as Alpha and return what it saw; a refusal, by us or by the server, is as good as nothing."""
    with (
        company(ALPHA.company_id, location="DE"),
        contextlib.suppress(ScopeViolation, PyMongoError, TypeError, ValueError),
    ):
        return repr(act())
    return ""


@QUICK
@given(filter_=filters)
def test_no_filter_finds_anything_of_another_company(settled: World, filter_: dict[str, Any]) -> None:
    seen = _attempt(settled, lambda: [list(settled.tasks.find(filter_)), settled.tasks.distinct("title", filter_)])
    count = _attempt(settled, lambda: settled.tasks.count_documents(filter_))

    assert MARKER not in seen
    assert count in {"", "0", "1"}


@QUICK
@given(pipeline=st.lists(stages, max_size=3))
def test_no_pipeline_reads_anything_of_another_company(settled: World, pipeline: list[dict[str, Any]]) -> None:
    seen = _attempt(settled, lambda: list(settled.tasks.aggregate(pipeline)))
    joined = _attempt(settled, lambda: list(settled.identities.aggregate(pipeline)))

    assert MARKER not in seen
    assert MARKER not in joined


@QUICK
@given(filter_=filters, update=updates, upsert=st.booleans())
def test_no_update_changes_anything_of_another_company(
    world: World,
    filter_: dict[str, Any],
    update: Any,
    upsert: bool,  # noqa: FBT001  drawn by hypothesis
) -> None:
    settle(world, tenants=(ALPHA, BRAVO))
    before = bravos(world)
    tasks = world.tasks
    seen = [
        _attempt(world, lambda: tasks.update_many(filter_, update, upsert=upsert).raw_result),
        _attempt(world, lambda: tasks.find_one_and_update(filter_, update, upsert=upsert)),
        _attempt(world, lambda: tasks.find_one_and_replace(filter_, {"n": 2}, upsert=upsert)),
        _attempt(world, lambda: tasks.delete_many(filter_).deleted_count),
    ]

    assert MARKER not in "".join(seen)
    assert bravos(world) == before


@pytest.mark.parametrize(
    "strategy", [filters, st.lists(stages, max_size=3), updates], ids=["filter", "pipeline", "update"]
)
def test_the_same_questions_break_in_without_the_scope(strategy: st.SearchStrategy[Any], open_world: World) -> None:
    """The positive control: among these questions there are some that a wall is needed against."""

    def breaks_in(question: Any) -> bool:
        settle(open_world, tenants=(ALPHA, BRAVO))
        before = bravos(open_world)
        seen = [
            _attempt(open_world, lambda: list(open_world.tasks.find(question))),
            _attempt(open_world, lambda: list(open_world.tasks.aggregate(question))),
            _attempt(open_world, lambda: open_world.tasks.update_many({}, question).raw_result),
        ]
        return MARKER in "".join(seen) or bravos(open_world) != before

    assert find(strategy, breaks_in) is not None
