"""Files of jobs: in pieces, and read as one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from apps.tenants.documents import DataKey
from apps.tenants.domain import data_keys
from apps.work import conf
from apps.work.documents import JobChunk
from apps.work.domain import job_files
from apps.work.errors import NoResult
from novapulse import clock
from novapulse.tenancy import scope
from tests import people

if TYPE_CHECKING:
    from collections.abc import Iterator


OURS, THEIRS = ObjectId(), ObjectId()


@pytest.fixture(autouse=True)
def _small_chunks(database: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with nothing, and with chunks of ten bytes."""
    monkeypatch.setattr(conf, "JOB_CHUNK_BYTES", 10)
    data_keys._kept.clear()
    for each in (OURS, THEIRS):
        people.company_with(each)


@pytest.fixture
def ours() -> Iterator[None]:
    """Work for a company."""
    with scope.company(OURS, location="DE"):
        yield


@pytest.mark.usefixtures("ours")
def test_file_is_kept_in_chunks_and_read_as_one() -> None:
    writer = job_files.Writer()
    for piece in (b"0123456", b"789" * 9, b"", b"end"):
        writer.write(piece)
    writer.close()

    with job_files.opened(writer.file_id) as file:
        assert file.read() == b"0123456" + b"789" * 9 + b"end"
    sizes = [len(chunk) for chunk in job_files.chunks(writer.file_id)]
    assert sizes == [10, 10, 10, 7]


@pytest.mark.usefixtures("ours")
def test_more_is_appended_behind_what_is_there() -> None:
    file_id = ObjectId()

    number = job_files.append(file_id, b"x" * 25, number=0)
    number = job_files.append(file_id, b"y", number=number)

    assert number == 4
    assert b"".join(job_files.chunks(file_id)) == b"x" * 25 + b"y"


def test_file_is_streamed_to_whoever_reads_it_outside_of_the_scope() -> None:
    with scope.company(OURS, location="DE"):
        file_id = ObjectId()
        job_files.append(file_id, b"x" * 25, number=0)
        stream = job_files.streamed(file_id)

    assert b"".join(stream) == b"x" * 25


@pytest.mark.usefixtures("ours")
def test_empty_file_is_a_file() -> None:
    file_id = ObjectId()
    job_files.append(file_id, b"", number=0)

    assert list(job_files.streamed(file_id)) == [b""]
    with pytest.raises(NoResult):
        job_files.streamed(ObjectId())


def test_file_of_another_company_is_no_file() -> None:
    with scope.company(THEIRS, location="FR"):
        writer = job_files.Writer()
        writer.write(b"secret")
        writer.close()
        assert job_files.chunk(writer.file_id, number=0) == b"secret"

    with scope.company(OURS, location="DE"):
        assert job_files.chunk(writer.file_id, number=0) is None
        with pytest.raises(NoResult):
            job_files.opened(writer.file_id)


@pytest.mark.usefixtures("ours")
def test_file_lies_sealed_and_opens_under_its_companys_key_alone() -> None:
    file_id = ObjectId()
    job_files.append(file_id, b"the plans of next year", number=0)
    stored = b"".join(bytes(each["data"]) for each in JobChunk.collection().find({}))

    assert b"plans" not in stored
    DataKey.collection().delete_many({})
    data_keys._kept.clear()
    with pytest.raises(NoResult, match="cannot be opened"):
        job_files.opened(file_id)


@pytest.mark.usefixtures("ours")
def test_piece_of_a_file_opens_in_its_place_alone() -> None:
    file_id = ObjectId()
    job_files.append(file_id, b"x" * 10 + b"y" * 10, number=0)
    last = JobChunk.collection().find_one({"number": 1}) or {}
    JobChunk.collection().update_one({"number": 0}, {"$set": {"data": last["data"]}})

    with pytest.raises(NoResult):
        job_files.chunk(file_id, number=0)


@pytest.mark.usefixtures("ours")
def test_file_expires() -> None:
    job_files.append(ObjectId(), b"x", number=0)

    stored = JobChunk.collection().find_one({})
    assert stored is not None
    assert timedelta(0) < conf.JOB_FILE_KEPT_FOR - (stored["expires_at"] - clock.now()) < timedelta(minutes=5)


@pytest.mark.usefixtures("ours")
def test_file_that_is_gone_is_said_to_be() -> None:
    with pytest.raises(NoResult, match="expired"):
        job_files.opened(ObjectId())
