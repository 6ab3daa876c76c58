"""The words of the audit app."""

from enum import StrEnum


class Action(StrEnum):
    """What was done, or tried: words that never change."""

    COMPANY_CREATED = "company.created"
    COMPANY_UPDATED = "company.updated"
    COMPANY_SUSPENDED = "company.suspended"
    COMPANY_MADE_READ_ONLY = "company.made_read_only"
    COMPANY_DELETION_ASKED = "company.deletion_asked"
    COMPANY_DELETED = "company.deleted"
    COMPANY_RESUMED = "company.resumed"
    COMPANY_PLAN_CHANGED = "company.plan_changed"
    COMPANY_LIMITS_CHANGED = "company.limits_changed"
    COMPANY_IMPORTED = "company.imported"
    COMPANY_EXPORTED = "company.exported"

    SIGN_IN_SUCCEEDED = "sign_in.succeeded"
    SIGN_IN_FAILED = "sign_in.failed"
    SESSION_REFRESHED = "session.refreshed"
    SESSION_ENDED = "session.ended"
    SESSIONS_ENDED = "sessions.ended"
    TOKEN_REVOKED = "token.revoked"  # noqa: S105  a word, not a token
    CREDENTIALS_REVOKED = "credentials.revoked"

    PERSON_RENAMED = "person.renamed"
    PERSON_DEACTIVATED = "person.deactivated"
    PERSON_REACTIVATED = "person.reactivated"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105  as above
    PASSWORD_RESET_ASKED = "password.reset_asked"  # noqa: S105  as above
    PASSWORD_RESET = "password.reset"  # noqa: S105  as above
    SECOND_FACTOR_ENROLLED = "second_factor.enrolled"
    SECOND_FACTOR_CONFIRMED = "second_factor.confirmed"
    SECOND_FACTOR_DISABLED = "second_factor.disabled"
    SECOND_FACTOR_FORGOTTEN = "second_factor.forgotten"

    MEMBER_JOINED = "member.joined"
    MEMBER_ROLE_CHANGED = "member.role_changed"
    MEMBER_REMOVED = "member.removed"
    INVITATION_CREATED = "invitation.created"
    INVITATION_REVOKED = "invitation.revoked"
    INVITATION_ACCEPTED = "invitation.accepted"
    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"
    SIGNING_KEY_ADDED = "signing_key.added"
    SIGNING_KEY_ACTIVATED = "signing_key.activated"
    SIGNING_KEY_RETIRED = "signing_key.retired"

    PROJECT_CREATED = "project.created"
    PROJECT_UPDATED = "project.updated"
    PROJECT_DELETED = "project.deleted"
    TASK_CREATED = "task.created"
    TASK_UPDATED = "task.updated"
    TASK_DELETED = "task.deleted"
    COMMENT_CREATED = "comment.created"
    COMMENT_UPDATED = "comment.updated"
    COMMENT_DELETED = "comment.deleted"
    JOB_CREATED = "job.created"
    JOB_SUCCEEDED = "job.succeeded"
    JOB_FAILED = "job.failed"

    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_UPDATED = "webhook.updated"
    WEBHOOK_DELETED = "webhook.deleted"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated"  # noqa: S105  as above
    WEBHOOK_TEST_SENT = "webhook.test_sent"
    WEBHOOK_DELIVERIES_REPLAYED = "webhook.deliveries_replayed"

    ACCESS_DENIED = "access.denied"
    ACCESS_FOREIGN_ID = "access.foreign_id"
    RECORD_FORGED = "record.forged"

    BREAKER_HELD = "breaker.held"
    BREAKER_RELEASED = "breaker.released"
    QUEUE_PAUSED = "queue.paused"
    QUEUE_RESUMED = "queue.resumed"
    DEAD_LETTERS_REDRIVEN = "dead_letters.redriven"
    DEAD_LETTERS_PURGED = "dead_letters.purged"
    BENCHMARK_REMOVED = "benchmark.removed"
    INDEXES_APPLIED = "indexes.applied"
    QUEUES_APPLIED = "queues.applied"
    STAFF_CHANGED = "staff.changed"
    SETTING_DECRYPTED = "setting.decrypted"
    SETTINGS_ROTATED = "settings.rotated"
    OPERATOR_READ = "operator.read"
    ACTING_BEGUN = "acting.begun"
    ACTING_ENDED = "acting.ended"


class ActorKind(StrEnum):
    """Who has done it: `anonymous` is a request that nobody has signed, `operator` one of the platform's staff."""

    PERSON = "person"
    SERVICE = "service"
    OPERATOR = "operator"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class Outcome(StrEnum):
    """What came of it."""

    SUCCESS = "success"
    REFUSED = "refused"
