"""Identities: a person, one address, one password."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from apps.auth import conf
from apps.auth.documents import Identity
from apps.auth.errors import EmailTaken
from novapulse import clock
from novapulse.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime


NO_RESET: Final = {"reset_token_hash": "", "reset_expires_at": ""}  # to be unset


@dataclass(frozen=True, slots=True)
class IdentityRecord:
    """An identity as it was read."""

    id: ObjectId
    email: str
    name: str
    password_hash: str
    email_verified_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    deactivated_at: datetime | None = None
    mfa_confirmed_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Tell whether operators let it be used."""
        return self.deactivated_at is None

    @property
    def has_mfa(self) -> bool:
        """Tell whether signing in takes a second factor."""
        return self.mfa_confirmed_at is not None


def email_key(email: str) -> str:
    """Give the address as it is compared: NFC and case-folded, since nobody has two mailboxes that differ in case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", email).casefold())


def is_of_service(email: str) -> bool:
    """Tell whether this is an address as service accounts have them."""
    return email_key(email).endswith(f"@{conf.SERVICE_DOMAIN}")


def by_email(email: str) -> IdentityRecord | None:
    """Find who has this address; nobody signs in as a service account, resets its password or invites it."""
    if is_of_service(email):
        return None
    document = Identity.collection().find_one({"email_key": email_key(email)})
    return None if document is None else _record(document)


def by_id(identity_id: ObjectId) -> IdentityRecord | None:
    """Find a person by their id; a service account is none."""
    document = Identity.collection().find_one({"_id": identity_id})
    return None if document is None or is_of_service(document["email"]) else _record(document)


def identity(identity_id: ObjectId) -> IdentityRecord:
    """Read one identity; raise NotFound."""
    document = Identity.collection().find_one({"_id": identity_id})
    if document is None:
        raise NotFound
    return _record(document)


def create(*, email: str, name: str, password_hash: str, verified: bool = False) -> IdentityRecord:
    """Insert an identity; raise EmailTaken. Inside a transaction the unique index decides between two at once."""
    document = document_of(email=email, name=name, password_hash=password_hash, verified=verified)
    try:
        Identity.collection().insert_one(document)
    except DuplicateKeyError as error:
        raise EmailTaken from error
    return _record(document)


def document_of(*, email: str, name: str, password_hash: str, verified: bool = False) -> dict[str, Any]:
    """Give the document of a new identity, as it is stored."""
    now = clock.now()
    return {
        "_id": ObjectId(),
        "email": email,
        "email_key": email_key(email),
        "name": name,
        "password_hash": password_hash,
        "email_verified_at": now if verified else None,
        "deactivated_at": None,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


def rename(identity_id: ObjectId, *, name: str) -> IdentityRecord:
    """Change the name; raise NotFound."""
    document = Identity.collection().find_one_and_update(
        {"_id": identity_id},
        {"$set": {"name": name, "updated_at": clock.now()}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
    )
    if document is None:
        raise NotFound
    return _record(document)


def note_sign_in(identity: IdentityRecord, *, new_hash: str) -> bool:
    """Note a sign-in, inside the caller's transaction.

    False where, since the password was compared, it has changed, a second factor was turned on or off, or the identity
    was deactivated. It writes even where the hashes are the same: so of a sign-in and such a change at the same time,
    MongoDB lets one go first, and no session comes to be by what is not valid, or not enough, any more.

    identity: as it was when the password was compared. new_hash: another hash of the same password, or the same one.
    """
    as_compared = {"password_hash": identity.password_hash, "mfa_confirmed_at": identity.mfa_confirmed_at}
    noted = Identity.collection().find_one_and_update(
        {"_id": identity.id, **as_compared, "deactivated_at": None},
        {"$set": {"password_hash": new_hash, "signed_in_at": clock.now()}},
        projection={"_id": 1},
    )
    return noted is not None


def set_password(identity_id: ObjectId, *, old_hash: str, new_hash: str) -> bool:
    """Set another password, inside the caller's transaction; False where it has changed, or whose it is may not use it.

    A reset that somebody has asked for is off, since whoever knows the old password has just set a new one.
    """
    changed = Identity.collection().find_one_and_update(
        {"_id": identity_id, "password_hash": old_hash, "deactivated_at": None},
        {"$set": {"password_hash": new_hash, "updated_at": clock.now()}, "$inc": {"version": 1}, "$unset": NO_RESET},
        projection={"_id": 1},
    )
    return changed is not None


def keep_reset_token(email: str, *, token_hash: bytes, expires_at: datetime) -> IdentityRecord | None:
    """Let a token reset the password of whoever has this address, instead of any earlier one; None for nobody."""
    known = by_email(email)
    if known is None:
        return None
    document = Identity.collection().find_one_and_update(
        {"_id": known.id, "deactivated_at": None},
        {"$set": {"reset_token_hash": token_hash, "reset_expires_at": expires_at}},
    )
    return None if document is None else _record(document)


def by_reset_token(token_hash: bytes) -> IdentityRecord | None:
    """Find whose password a token resets, None where it is not valid."""
    document = Identity.collection().find_one(_resetting(token_hash))
    return None if document is None else _record(document)


def reset_password(identity_id: ObjectId, *, token_hash: bytes, new_hash: str) -> bool:
    """Set another password and verify the address, inside the caller's transaction; False where the token was used."""
    now = clock.now()
    changed = Identity.collection().find_one_and_update(
        {"_id": identity_id, **_resetting(token_hash)},
        {
            "$set": {"password_hash": new_hash, "email_verified_at": now, "updated_at": now},
            "$inc": {"version": 1},
            "$unset": NO_RESET,
        },
        projection={"_id": 1},
    )
    return changed is not None


def set_deactivated(identity_id: ObjectId, *, at: datetime | None) -> None:
    """Deactivate an identity, or with None let it be used again, inside the caller's transaction."""
    Identity.collection().find_one_and_update(
        {"_id": identity_id},
        {"$set": {"deactivated_at": at, "updated_at": clock.now()}, "$inc": {"version": 1}, "$unset": NO_RESET},
        projection={"_id": 1},
    )


def _resetting(token_hash: bytes) -> dict[str, Any]:
    return {"reset_token_hash": token_hash, "reset_expires_at": {"$gt": clock.now()}, "deactivated_at": None}


def _record(document: dict[str, Any]) -> IdentityRecord:
    return IdentityRecord(
        id=document["_id"],
        email=document["email"],
        name=document["name"],
        password_hash=document["password_hash"],
        email_verified_at=document.get("email_verified_at"),
        version=document["version"],
        created_at=document["created_at"],
        updated_at=document["updated_at"],
        deactivated_at=document.get("deactivated_at"),
        mfa_confirmed_at=document.get("mfa_confirmed_at"),
    )
