"""What the OpenAPI document says of the API as a whole; its operations come from the views (novapulse.web.schema)."""

from pathlib import Path

_INTRODUCTION = Path(__file__).with_suffix(".md")

SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "NovaPulse API",
    "VERSION": "v1",
    "DESCRIPTION": _INTRODUCTION.read_text(encoding="utf-8"),
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SERVERS": [{"url": "/", "description": "The server that this document comes from."}],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [],  # enums stand where they are used
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "TAGS": [
        {"name": name, "x-displayName": name.capitalize(), "description": description}
        for name, description in (
            ("auth", "Founding a company, signing in and out, passwords, second factors."),
            ("me", "Yourself: your profile, your companies."),
            ("company", "Your company."),
            ("members", "The people of your company and their roles."),
            ("invitations", "Asking people in."),
            ("api-keys", "What programs come with."),
            ("projects", "What tasks belong to."),
            ("tasks", "What is to be done, by whom, until when."),
            ("comments", "What people say about a task."),
            ("platform", "Health, keys, and this document."),
        )
    ],
}
