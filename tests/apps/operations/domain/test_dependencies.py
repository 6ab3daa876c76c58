"""How the stores are."""

from apps.operations.domain import dependencies


def test_every_store_is_examined_when_all_are_there() -> None:
    found = dependencies.examine()

    assert [(health.name, health.ok) for health in found] == [
        (name, True) for name in ("mongodb", "redis", "postgresql", "sqs")
    ]
    assert all(health.latency_ms > 0 and health.pool["max"] > 0 for health in found)


def test_store_that_is_away_is_an_answer_and_the_other_is_examined_all_the_same(no_mongodb: None) -> None:
    found = {health.name: health for health in dependencies.examine()}

    assert not found["mongodb"].ok
    assert "does not answer" in found["mongodb"].detail
    assert found["redis"].ok
