"""The words of the auth app."""

from enum import StrEnum


class Role(StrEnum):
    """What a member may do, from the most to the least."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    MEMBER = "member"
    VIEWER = "viewer"

    @property
    def rank(self) -> int:
        """Give 0 for the highest role."""
        return list(Role).index(self)

    def may_grant(self, other: "Role") -> bool:
        """Tell whether a holder of this role may give the other: nobody grants above themself."""
        return other.rank >= self.rank


class MembershipKind(StrEnum):
    """Who stands behind a membership."""

    PERSON = "person"
    SERVICE = "service"


class MembershipStatus(StrEnum):
    """Whether a membership still opens the company; an ended one stays as what old tasks point to."""

    ACTIVE = "active"
    ENDED = "ended"


class Access(StrEnum):
    """How far staff who act as a user may go."""

    READ_ONLY = "read-only"
    READ_WRITE = "read-write"


class SessionKind(StrEnum):
    """Who stands behind a session: the person who has signed in, or staff who act as them."""

    PERSON = "person"
    OPERATOR = "operator"


class InvitationStatus(StrEnum):
    """What became of an invitation."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


class Algorithm(StrEnum):
    """How a key signs, in the words of RFC 7518 (3.1) and RFC 8037 (3.1)."""

    EDDSA = "EdDSA"
    RS256 = "RS256"


class KeyStatus(StrEnum):
    """How far a signing key has come: all but a retired one verify tokens and are published; one alone signs."""

    NEXT = "next"
    ACTIVE = "active"
    PREVIOUS = "previous"
    RETIRED = "retired"
