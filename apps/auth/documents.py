"""Identities, memberships, sessions, keys, invitations: platform collections, not scoped to a company.

Only `apps.auth.domain` touches them. Indexes are declared here and built by `manage.py ensure_indexes`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import (
    BinaryField,
    DateTimeField,
    DictField,
    EmailField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)

from apps.auth.enums import Algorithm, InvitationStatus, KeyStatus, MembershipKind, MembershipStatus, Role
from novapulse.tenancy.document import PlatformDocument

_RESETTING = {"reset_token_hash": {"$exists": True}}
_PENDING = {"status": InvitationStatus.PENDING.value}
_ACTING = {"acting.is_open": True}


class Identity(PlatformDocument):
    """A person with one e-mail address and one password, in any number of companies.

    `email_key` is the address as it is compared: NFC and case-folded. Of a password reset only the SHA-256 of the
    newest token is kept. An identity that operators have deactivated opens nothing.

    Of the second factor the secret is sealed, and of each recovery code that is left an HMAC is kept; `mfa_last_step`
    is the newest time step of which a code was used, `mfa_tries` counts codes since the last right one.
    """

    email = EmailField(required=True)
    email_key = StringField(required=True)
    name = StringField(required=True)
    password_hash = StringField(required=True)
    email_verified_at = DateTimeField()
    signed_in_at = DateTimeField()
    deactivated_at = DateTimeField()
    reset_token_hash = BinaryField()
    reset_expires_at = DateTimeField()
    mfa_secret = BinaryField()
    mfa_confirmed_at = DateTimeField()
    mfa_last_step = IntField()
    mfa_recovery_hashes = ListField(BinaryField())
    mfa_tries = IntField()
    mfa_tries_until = DateTimeField()
    holds = IntField()
    version = IntField(required=True, default=1)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    company_field: ClassVar[str | None] = None
    meta: ClassVar[dict[str, Any]] = {
        "collection": "identities",
        "indexes": [
            {"fields": ["email_key"], "unique": True},
            {"fields": ["reset_token_hash"], "unique": True, "partialFilterExpression": _RESETTING},
        ],
    }


class Membership(PlatformDocument):
    """An identity in a company. `credential_version` is what access tokens carry as `mv`; what ends them bumps it."""

    company_id = ObjectIdField(required=True)
    location = StringField(required=True)
    identity_id = ObjectIdField(required=True)
    role = StringField(required=True, choices=[role.value for role in Role])
    kind = StringField(required=True, choices=[kind.value for kind in MembershipKind])
    status = StringField(required=True, choices=[status.value for status in MembershipStatus])
    credential_version = IntField(required=True, default=1)
    version = IntField(required=True, default=1)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)
    entered_at = DateTimeField()
    ended_at = DateTimeField()

    company_field: ClassVar[str | None] = "company_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "memberships",
        "references": {"identity_id": "identities"},
        "indexes": [
            {"fields": ["company_id", "identity_id"], "unique": True},
            {"fields": ["identity_id", "status"]},
            {
                "fields": ["company_id", "status", "created_at", "_id", "role"]
            },  # role last: several at once, by keys alone
            {"fields": ["company_id", "status", "role", "created_at", "_id"]},
            *({"fields": [field, "_id"]} for field in ("role", "kind", "status")),  # lists of operators
        ],
    }


class Session(PlatformDocument):
    """A sign-in on one device: what a refresh token names. `generation` counts its rotations.

    `revoked_tokens` are access tokens that an operator has ended one by one: `{jti, expires_at}`, few at any time.

    `acting` is there where staff act as the person (`apps.auth.domain.acting`): `{operator, access, until, is_open,
    company_version, membership_version}`. It is open until the company was told of its end.
    """

    identity_id = ObjectIdField(required=True)
    membership_id = ObjectIdField(required=True)
    company_id = ObjectIdField(required=True)
    location = StringField(required=True)
    salt = BinaryField(required=True)
    generation = IntField(required=True, default=1)
    rotated_at = DateTimeField(required=True)
    switched_at = DateTimeField()
    key_issued_at = DateTimeField()
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)
    ended_at = DateTimeField()
    end_reason = StringField()
    revoked_tokens = ListField(DictField())
    user_agent = StringField()
    address = StringField()
    acting = DictField()

    company_field: ClassVar[str | None] = "company_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "sessions",
        "references": {"membership_id": "memberships", "identity_id": "identities"},
        "indexes": [
            {"fields": ["identity_id", "ended_at", "created_at", "_id"]},
            {"fields": ["membership_id", "ended_at"]},
            {"fields": ["acting.until"], "partialFilterExpression": _ACTING},
            {"fields": ["expires_at"], "expireAfterSeconds": 0},
        ],
    }


class ApiKey(PlatformDocument):
    """A key that a program shows instead of a sign-in. Only the key's SHA-256 is kept: the key is shown once.

    It acts as its membership, a person's or a service account's, in the role that this has at the moment; `scopes` are
    the permissions that narrow the role, None where the key carries all of it.
    """

    company_id = ObjectIdField(required=True)
    location = StringField(required=True)
    membership_id = ObjectIdField(required=True)
    identity_id = ObjectIdField(required=True)
    name = StringField(required=True)
    prefix = StringField(required=True)
    key_hash = BinaryField(required=True)
    scopes = ListField(StringField(), null=True)
    created_by_id = ObjectIdField(required=True)
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)
    last_used_at = DateTimeField()
    ended_at = DateTimeField()
    end_reason = StringField()

    company_field: ClassVar[str | None] = "company_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "api_keys",
        "references": {"membership_id": "memberships", "identity_id": "identities", "created_by_id": "memberships"},
        "indexes": [
            {"fields": ["prefix"], "unique": True},
            {"fields": ["company_id", "ended_at", "created_at", "_id"]},
            {"fields": ["membership_id", "ended_at", "created_at", "_id"]},
            {"fields": ["identity_id", "ended_at"]},
        ],
    }


class Invitation(PlatformDocument):
    """An address that a company has asked in. Only the token's SHA-256 is kept: the token travels by mail alone."""

    company_id = ObjectIdField(required=True)
    location = StringField(required=True)
    email = EmailField(required=True)
    email_key = StringField(required=True)
    role = StringField(required=True, choices=[role.value for role in Role])
    token_hash = BinaryField(required=True)
    status = StringField(required=True, choices=[status.value for status in InvitationStatus])
    invited_by_id = ObjectIdField(required=True)
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)
    settled_at = DateTimeField()

    company_field: ClassVar[str | None] = "company_id"
    meta: ClassVar[dict[str, Any]] = {
        "collection": "invitations",
        "references": {"invited_by_id": "memberships"},
        "indexes": [
            {"fields": ["token_hash"], "unique": True},
            {"fields": ["company_id", "email_key"], "unique": True, "partialFilterExpression": _PENDING},
            {"fields": ["company_id", "created_at", "_id", "status"]},  # the status last, as the role of memberships
            {"fields": ["company_id", "status", "created_at", "_id"]},
        ],
    }


class SigningKey(PlatformDocument):
    """A key pair that signs access tokens; `_id` is the `kid` (RFC 7638), the private half is sealed by MASTER_KEY.

    `changed_at` is when it got its status; keys that had none but their first do not have it. A retired key has no
    private half any more.
    """

    kid = StringField(primary_key=True)
    algorithm = StringField(required=True, choices=[algorithm.value for algorithm in Algorithm])
    public_key = BinaryField(required=True)
    sealed_private_key = BinaryField()
    status = StringField(required=True, choices=[status.value for status in KeyStatus])
    created_at = DateTimeField(required=True)
    changed_at = DateTimeField()

    company_field: ClassVar[str | None] = None
    meta: ClassVar[dict[str, Any]] = {
        "collection": "signing_keys",
        "indexes": [
            {
                "fields": ["status"],
                "unique": True,
                "partialFilterExpression": {"status": KeyStatus.ACTIVE.value},
            }
        ],
    }
