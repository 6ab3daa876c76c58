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
        {"name": name, "x-displayName": title, "description": description}
        for name, title, description in (
            ("auth", "Auth", "Founding a company, signing in and out, passwords, second factors."),
            ("me", "Me", "Yourself: your profile, companies, sessions and tasks."),
            ("company", "Company", "Your company, its settings, and what is left of its limits."),
            ("members", "Members", "The people of your company and their roles."),
            ("invitations", "Invitations", "Asking people in."),
            ("api-keys", "API keys", "Credentials for programs: issued, listed and ended here."),
            ("projects", "Projects", "What tasks belong to."),
            ("tasks", "Tasks", "What is to be done, by whom, until when."),
            ("comments", "Comments", "What people say about a task."),
            ("webhooks", "Webhooks", "Where you want to be told what happens."),
            ("deliveries", "Deliveries", "What was sent to your webhooks, and what they have said."),
            ("imports", "Imports", "Files of other trackers, made into tasks."),
            ("exports", "Exports", "Tasks, written into a file to download."),
            ("purges", "Purges", "Many tasks, deleted for good."),
            ("jobs", "Jobs", "Long work: how far it is, what it could not take, what came of it."),
            ("result", "Results", "The files that came of jobs."),
            ("audit-events", "Audit events", "Who did what in your company: a record of each change, in a chain."),
            ("platform", "Platform", "Health, the keys that verify tokens, and this document."),
        )
    ],
}
