"""Aggregation pipelines: every collection that a pipeline reads is narrowed to the company, at any depth.

Stages are allowed by name; a stage that is not known here is refused, so a new server brings no new way out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from novapulse.tenancy.filters import narrowed
from novapulse.tenancy.javascript import refuse_javascript
from novapulse.tenancy.scope import Scope, ScopeMissing, ScopeViolation

Stage = dict[str, Any]

_HARMLESS_STAGES: Final = frozenset(
    {
        "$addFields",
        "$bucket",
        "$bucketAuto",
        "$count",
        "$densify",
        "$fill",
        "$geoNear",
        "$group",
        "$limit",
        "$match",
        "$project",
        "$redact",
        "$replaceRoot",
        "$replaceWith",
        "$sample",
        "$set",
        "$setWindowFields",
        "$skip",
        "$sort",
        "$sortByCount",
        "$unset",
        "$unwind",
    },
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the bound scope, the names that are no tenant's, and whether the pipeline stands on such a one."""

    scope: Scope | None
    platform_collections: frozenset[str]
    reads_platform: bool = False


def scoped_pipeline(pipeline: Sequence[Mapping[str, Any]], *, reader: Reader) -> list[Stage]:
    """Return the pipeline that reads nothing of another company.

    1. Code is refused, anywhere.
    2. The first stage narrows the collection itself, unless it is a platform collection.
    3. Each stage is passed, rewritten ($lookup, $unionWith, $graphLookup, $facet) or refused.

    Raises ScopeViolation for a stage that no company may use, for a join from tenant data into a platform collection;
    ScopeMissing when tenant data is joined and no company is bound; TypeError for what is no pipeline.
    """
    refuse_javascript(pipeline)
    stages = [_single(stage) for stage in pipeline]
    if not reader.reads_platform:
        stages = _headed(stages, scope=_bound(reader))
    return [_scoped_stage(name, body, reader=reader) for name, body in stages]


def _single(stage: object) -> tuple[str, Any]:
    if not isinstance(stage, Mapping) or len(stage) != 1:
        raise TypeError("A stage of a pipeline is a mapping with exactly one key.")
    ((name, body),) = stage.items()
    return name, body


def _headed(stages: list[tuple[str, Any]], *, scope: Scope) -> list[tuple[str, Any]]:
    """Narrow the first stage; $geoNear, and a $match with $text, must stay the first."""
    if stages and stages[0][0] == "$match":
        return [("$match", narrowed(stages[0][1], scope=scope)), *stages[1:]]
    if stages and stages[0][0] == "$geoNear":
        near = dict(stages[0][1])
        near["query"] = narrowed(near.get("query") or {}, scope=scope)
        return [("$geoNear", near), *stages[1:]]
    return [("$match", narrowed({}, scope=scope)), *stages]


def _scoped_stage(name: str, body: Any, *, reader: Reader) -> Stage:  # noqa: ANN401  a stage's body may be anything
    if name in _HARMLESS_STAGES:
        return {name: body}
    rewrite = _REWRITES.get(name)
    if rewrite is None:
        raise ScopeViolation(f"{name} is not allowed in a pipeline of tenant data.")
    return {name: rewrite(body, reader)}


def _lookup(body: Mapping[str, Any], reader: Reader) -> Stage:
    target = _target(body.get("from"), reader=reader)
    joined = dict(body)
    if not target.reads_platform or "pipeline" in joined:
        joined["pipeline"] = scoped_pipeline(joined.get("pipeline", ()), reader=target)
    return joined


def _union(body: str | Mapping[str, Any], reader: Reader) -> Stage:
    joined: Stage = {"coll": body} if isinstance(body, str) else dict(body)
    target = _target(joined.get("coll"), reader=reader)
    joined["pipeline"] = scoped_pipeline(joined.get("pipeline", ()), reader=target)
    return joined


def _graph(body: Mapping[str, Any], reader: Reader) -> Stage:
    target = _target(body.get("from"), reader=reader)
    joined = dict(body)
    if not target.reads_platform:
        joined["restrictSearchWithMatch"] = narrowed(body.get("restrictSearchWithMatch") or {}, scope=_bound(target))
    return joined


def _facet(body: Mapping[str, Sequence[Mapping[str, Any]]], reader: Reader) -> Stage:
    # What a facet reads has been narrowed before it; only its stages are left to look at.
    return {
        name: [_scoped_stage(*_single(stage), reader=reader) for stage in pipeline] for name, pipeline in body.items()
    }


_REWRITES: Final = {"$lookup": _lookup, "$unionWith": _union, "$graphLookup": _graph, "$facet": _facet}


def _target(name: object, *, reader: Reader) -> Reader:
    """Say how the collection that a stage joins is read."""
    if not isinstance(name, str) or name.startswith(("system.", "$")):
        raise ScopeViolation(f"A pipeline of tenant data joins a collection of its database, not {name!r}.")
    platform = name in reader.platform_collections
    if platform and not reader.reads_platform:
        raise ScopeViolation(f"{name} belongs to the platform: a pipeline of tenant data cannot join it.")
    return replace(reader, reads_platform=platform)


def _bound(reader: Reader) -> Scope:
    if reader.scope is None:
        raise ScopeMissing("No company is bound: a pipeline that reads tenant data needs one.")
    return reader.scope
