"""The figures of the auth app, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings

ACCESS_LIFETIME: Final = timedelta(minutes=10)  # the longest that a lost access token may be of use
SESSION_LIFETIME: Final = timedelta(days=30)  # from the sign-in on, however often it is refreshed
ACTING_LIFETIME: Final = timedelta(minutes=15)  # to look at what somebody has reported
ACTING_LONGEST: Final = timedelta(minutes=60)
ACTING_KEPT: Final = timedelta(days=1)  # MongoDB forgets the session then; by then somebody has told of its end
REFRESH_GRACE: Final = timedelta(seconds=60)  # a client that lost our answer asks again within a request timeout or two
RESET_LIFETIME: Final = timedelta(hours=1)  # whoever asks sits before their mail
INVITATION_LIFETIME: Final = timedelta(days=7)  # long enough for somebody on a short leave
API_KEY_LIFETIME: Final = timedelta(days=366)  # the longest, and where nobody says: a year, also a leap year
SERVICE_DOMAIN: Final = "service-accounts.invalid"  # no mail ever arrives there, nobody can own it (RFC 2606, 2)

ISSUER: Final[str] = settings.PUBLIC_URL
AUDIENCE: Final[str] = f"{settings.PUBLIC_URL}/api/v1"

VERIFIED_TOKENS: Final = 10_000  # about 2 KB each: what the people of a busy process hold at one time
API_KEYS_KNOWN: Final = 10_000  # about 2 KB each: the programs that talk to one process
API_KEYS_KNOWN_SECONDS: Final = 60.0  # what ends a key meanwhile, the gate says; this is for what nobody announced
API_KEYS_REFUSED: Final = 10_000  # digests of 32 bytes; a flood of made-up keys pushes out no good one
API_KEYS_REFUSED_SECONDS: Final = 5.0  # a client with a bad key tries it in a loop; a company goes on so soon
KEYS_KEPT_SECONDS: Final = 60.0  # what becomes of a key is heard of within a second; this is for whoever was not told
KEYS_RELOAD_SECONDS: Final = 1.0  # tokens with made-up key ids cost at most one query per second
JWKS_MAX_AGE_SECONDS: Final = 300

PASSWORD_LEAST: Final = 15  # NIST SP 800-63B-4, 3.1.1.2: where the password is the only factor
PASSWORD_MOST: Final = 256  # the standard asks for 64 at least; beyond this it is no password but a load
NAME_MAX_LENGTH: Final = 200
EMAIL_MAX_LENGTH: Final = 254  # RFC 5321, 4.5.3.1.3: a path of 256 with its angle brackets
USER_AGENT_KEPT: Final = 256
REFRESH_TOKEN_MAX_LENGTH: Final = 128  # ours have about 80 characters
SCOPES_MOST: Final = 100  # more than there are permissions
INVITATION_TOKEN_MAX_LENGTH: Final = 128  # ours have 43 characters
RESET_TOKEN_MAX_LENGTH: Final = 128  # as well


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in a window; what comes on top waits for the next."""

    count: int
    window_seconds: int


# The second factor. A guesser who has the password gets 240 codes of a million a day, of which three are right at a
# time: after a year every fourth is in. Nobody mistypes ten in a row.
TOTP_ISSUER: Final = "NovaPulse"  # how the authenticator labels the account
OTP_TRIES: Final = 10
OTP_TRIES_WINDOW: Final = timedelta(hours=1)

# Hashing: two at once take two cores and 92 MiB. Together they and those who wait are six of the eight threads of a
# process, so that a flood of sign-ins leaves two for everybody else.
HASHING_AT_ONCE: Final = 2
HASHING_WAITING: Final = 4
HASHING_WAIT_SECONDS: Final = 1.0  # four who wait need about a tenth of it where nothing else is going on

# While Redis is away each process counts by itself. A quarter: a service of up to four processes allows no more in all.
LOCAL_LIMITS_DIVISOR: Final = 4
LOCAL_LIMITS_MOST_KEYS: Final = 50_000  # about 10 MB: whoever wants to push one out must come from as many addresses
REDIS_LEFT_ALONE_SECONDS: Final = 1.0  # then one request finds out, at the price of two timeouts of the cache

# Each attempt costs argon2 and, by address, stands for a whole office behind one router.
LOGIN_BY_ADDRESS: Final = Rate(60, 60)
LOGIN_BY_ACCOUNT: Final = Rate(10, 60)  # from one address; a person mistypes three times, a guesser gets 14,400 a day
SIGNUP_BY_ADDRESS: Final = Rate(20, 3600)  # it says which addresses are taken, so it must be slow to ask
SIGNUP_BY_ACCOUNT: Final = Rate(10, 3600)
REFRESH_BY_ADDRESS: Final = Rate(600, 60)  # a client refreshes every ten minutes: an office of 6,000
REFRESH_BY_TOKEN: Final = Rate(60, 60)  # a client with many tabs, all of them waking up with one token
ACCEPT_BY_ADDRESS: Final = Rate(60, 3600)  # a token has 256 bits: the limit guards the hashing, not the token
ACCEPT_BY_TOKEN: Final = Rate(10, 60)  # as LOGIN_BY_ACCOUNT: a mail in wrong hands is no way to guess a password
CHANGE_BY_PERSON: Final = Rate(10, 60)  # as LOGIN_BY_ACCOUNT: whoever finds a screen unlocked gets no more guesses
FORGOT_BY_ADDRESS: Final = Rate(60, 3600)  # an office on the Monday after the holidays
FORGOT_BY_MAILBOX: Final = Rate(5, 3600)  # as INVITE_BY_INVITED; of all these mails the newest works
RESET_BY_ADDRESS: Final = Rate(60, 3600)  # as ACCEPT_BY_ADDRESS: it guards the hashing
RESET_BY_TOKEN: Final = Rate(10, 60)
CONFIRM_MFA_BY_PERSON: Final = Rate(10, 60)  # whoever guesses codes of a secret of their own gains nothing by it
DISABLE_MFA_BY_PERSON: Final = Rate(10, 60)  # it is given a password, as LOGIN_BY_ACCOUNT
INVITE_BY_INVITED: Final = Rate(5, 3600)  # a lost mail is sent anew a few times; more is a nuisance to a stranger
