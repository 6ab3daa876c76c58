from bson import ObjectId
from django.db import connection

from novapulse import clock
from novapulse.web.admin.fields import AnythingField


def shown(value: object) -> str:
    return AnythingField().from_db_value(value, None, connection)


def test_whatever_is_there_is_shown_as_text() -> None:
    text = shown({"at": clock.now(), "of": ObjectId("665f00000000000000000001"), "names": ["Ödön"]})

    assert '"of": "665f00000000000000000001"' in text
    assert "Ödön" in text


def test_nothing_is_shown_as_nothing() -> None:
    assert [shown(value) for value in (None, {}, [])] == ["", "", ""]
    assert shown(0) == "0"
