"""Taking a company away: all of it, whatever kills the run in between, and nothing of anybody else."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from apps.audit import api as audit_api
from apps.operations.domain import certificates, deletions, leftovers, sweeping
from apps.tenants import api as tenants_api
from novapulse import clock
from novapulse.data import transaction
from novapulse.tenancy import removal
from tests import dumps, planting
from tests.doomed import GRACE, World, asked, swept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database
    from pytest_django.fixtures import SettingsWrapper

    from tests.api import Api

    Stored = Database[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("db", "queues")


def test_nothing_of_a_company_is_left_in_any_store_and_nobody_else_is_touched(world: World) -> None:
    before = world.others()
    asked()
    deletion = swept()

    assert leftovers.find(world.ours) == leftovers.Findings((), 0)
    assert world.others() == before
    assert set(deletion.removed["mongodb"]) >= world.planted | {"identities"}
    assert (deletion.removed["redis"]["keys"], deletion.removed["sqs"]["dead_letters"]) >= (1, 1)
    assert deletion.removed["postgresql"] == {"django_admin_log": 1}
    assert {each.store for each in leftovers.find(world.rivals).left} == {"mongodb", "redis", "postgresql", "sqs"}


def test_a_certificate_says_what_was_done_and_is_signed(world: World) -> None:
    asked()
    deletion = swept()
    content = certificates.read(deletion.certificate or "")

    assert content["company"] == {"id": str(world.ours.company_id), "slug": "acme", "country": "DE"}
    assert (content["asked_by"], content["reason"]) == ("ops", "asked for in case 4711")
    assert content["removed"] == deletion.removed
    assert content["data_key"]["destroyed_at"] < content["deleted_at"]


def test_the_platforms_chain_tells_where_the_companys_has_ended(world: World) -> None:
    asked()
    audit_api.seal_waiting()
    last = world.database.audit_heads.find_one({"_id": world.ours.company_id}) or {}
    deletion = swept()
    told = world.database.audit_pending.find_one({"action": "company.deleted"}) or {}

    assert told["company_id"] == audit_api.PLATFORM.company_id
    assert told["details"] == {"records": last["sequence"], "hash": bytes(last["hash"]).hex()}
    assert told["reason"] == "asked for in case 4711"
    assert deletion.chain == audit_api.ChainEnd(last["sequence"], bytes(last["hash"]).hex())


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


@contextmanager
def mortal(*, commits: int) -> Iterator[None]:
    """Kill the run right after so many commits."""
    run, left = transaction.run, commits

    def counted(work: Any, **options: Any) -> Any:
        nonlocal left
        if transaction.is_under_way():
            return run(work, **options)
        answer = run(work, **options)
        left -= 1
        if left == 0:
            raise Killed
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "run", counted)
        yield


def test_whoever_is_killed_after_any_commit_is_followed_by_one_who_takes_the_rest_and_counts_right(
    world: World,
) -> None:
    asked()
    audit_api.seal_waiting()
    before, meant, deaths, deletion = world.others(), sweeping.meant(world.ours), 0, None

    while deletion is None:
        try:
            with mortal(commits=2):  # the first one begins, so each run comes one step further
                deletion = swept()
        except Killed:
            deaths += 1
            assert deaths < 100
        deletion = deletion or finished()

    assert deaths >= len(world.planted)
    assert deletion.removed["mongodb"] == {
        **meant,
        "data_keys": 1,
        "queue_controls": 1,
    }  # no more parked
    assert leftovers.find(world.ours) == leftovers.Findings((), 0)
    assert world.others() == before


def finished() -> deletions.DeletionRecord | None:
    deletion = deletions.of_company("acme")
    return deletion if deletion.finished_at is not None else None


def test_what_a_last_request_leaves_behind_is_taken_away_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked()

    def late(_until: object, **_told: object) -> None:
        planting.plant(world.database, world.ours)

    monkeypatch.setattr(sweeping, "_wait_until", late)
    swept()

    assert leftovers.find(world.ours).left == ()


def test_requests_that_were_let_in_are_waited_for(world: World, settings: SettingsWrapper) -> None:
    settings.REQUEST_TIMEOUT_MS = 30_000
    deletion = asked()

    assert sweeping._last_request_ends(deletion) - deletion.asked_at == timedelta(seconds=45)


def test_what_staff_have_noted_of_its_things_goes_with_them_and_of_others_stays(world: World, acme: Api) -> None:
    kind, staff = ContentType.objects.get_for_model(User), User.objects.get(username="staff")
    task = world.database.tasks.find_one({"company_id": acme.company_id}) or {}
    for object_id in (acme.membership_id, task["_id"], "of somebody else"):
        entry = {"content_type": kind, "object_id": str(object_id), "object_repr": "x", "action_flag": CHANGE}
        LogEntry.objects.create(user=staff, **entry)
    asked()
    swept()

    left = set(LogEntry.objects.values_list("object_id", flat=True))
    assert left == {"of somebody else", str(world.rivals.company_id)}


def test_whoever_belongs_to_another_company_as_well_stays(world: World) -> None:
    members = world.database.memberships
    there = members.find_one({"company_id": world.rivals.company_id}) or {}
    members.insert_one({**there, "_id": ObjectId(), "company_id": world.ours.company_id})
    asked()
    deletion = swept()

    assert world.database.identities.find_one({"_id": there["identity_id"]}) is not None
    assert (deletion.removed["mongodb"]["memberships"], deletion.removed["mongodb"]["identities"]) == (2, 1)


def test_a_large_company_goes_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "PART", 10)
    own = {"company_id": world.ours.company_id, "location": "DE"}
    world.database.tasks.insert_many([{**own, "project_id": ObjectId(), "number": number} for number in range(95)])
    asked()
    parts: list[int] = []
    swept(lambda name, count: parts.append(count) if name == "tasks" else None)

    assert parts == [10] * 9 + [6]


def test_what_would_go_is_counted_and_nothing_is_changed(world: World) -> None:
    before = dumps.dump_hash(world.database, without=[])
    meant = sweeping.meant(world.ours)

    assert set(meant) == world.planted - {"data_keys"} | {"identities"}
    assert dumps.dump_hash(world.database, without=[]) == before


def test_a_company_that_was_resumed_is_not_taken_away(world: World) -> None:
    asked()
    tenants_api.resume("acme")
    with clock.shifted(GRACE + timedelta(minutes=1)):
        assert deletions.begin(world.ours.company_id) is None

    assert world.database.deletions.find_one({}) is None
    assert world.database.tasks.count_documents({"company_id": world.ours.company_id}) == 1
