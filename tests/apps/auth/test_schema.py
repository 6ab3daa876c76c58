"""What the OpenAPI document says of our authentication."""

from __future__ import annotations

from tests.api import Api


def test_document_names_the_bearer_scheme_where_a_token_is_wanted(database: object) -> None:
    document = Api().get("/api/v1/openapi.json").json()
    scheme = document["components"]["securitySchemes"]["accessToken"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    assert document["paths"]["/api/v1/me"]["get"]["security"] == [{"accessToken": []}]
    assert not document["paths"]["/api/v1/auth/login"]["post"].get("security")
