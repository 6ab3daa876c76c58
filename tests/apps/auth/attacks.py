"""The ways that are known to pass off as an access token what is none: each by its name.

Sources: RFC 8725 (JSON Web Token best current practices), RFC 7515 section 10, and what the attack tools try.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode

from apps.auth.domain import key_kinds
from tests.apps.auth.forgery import changed, doubled, parts_of, signer, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apps.auth.domain.key_kinds import PrivateKey, PublicKey
    from apps.auth.domain.signing_keys import ActiveKey

BIT_FLIPS: Final = 500
_SECRETS: Final = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


@dataclass(frozen=True)
class Target:
    """A good token, the key of ours that signed it, one of ours of the other kind, a stranger's of the same."""

    token: str
    own: ActiveKey
    other: ActiveKey
    stranger: PrivateKey

    def forged(self, header: dict[str, Any] | str, claims: dict[str, Any] | str | None = None) -> str:
        """Sign other words with the right key: nothing but the checks of form stands in their way."""
        own_header, own_claims = parts_of(self.token)
        told = header if isinstance(header, str) else changed(own_header, header)
        said = claims if isinstance(claims, str) else changed(own_claims, claims or {})
        return written(told, said, sign=signer(self.own.private, algorithm=self.own.algorithm))

    def resigned(self, header: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
        """Sign the same claims otherwise."""
        own_header, claims = parts_of(self.token)
        return written(changed(own_header, header), claims, sign=sign)


def all_of(target: Target, *, refresh_token: str) -> dict[str, str]:
    """Give every attack on a target, by name."""
    kinds = (
        _unsigned,
        _keyed_with_the_public_half,
        _confused,
        _key_ids,
        _keys_brought_along,
        _claims,
        _spelt_otherwise,
    )
    found = {f"{kind.__name__}: {name}": token for kind in kinds for name, token in kind(target)}
    found |= {f"other: {name}": token for name, token in _other_tokens(target, refresh_token)}
    return found


def bit_flips(token: str) -> list[str]:
    """Flip one bit of a token at a time, at places drawn with a constant seed."""
    drawn = random.Random(20260101)  # noqa: S311  the same places with each run
    raw = token.encode()
    flipped = []
    for place in drawn.sample(range(len(raw) * 8), BIT_FLIPS):
        other = bytearray(raw)
        other[place // 8] ^= 1 << place % 8
        flipped.append(other.decode("latin-1"))
    return flipped


def _unsigned(target: Target) -> Iterator[tuple[str, str]]:
    for alg in ("none", "None", "NONE", "nOnE", "noNe", "none ", " none", "none\x00", "", None, False, 0, [], ["none"]):
        yield f"{alg!r} without signature", target.resigned({"alg": alg}, lambda _: b"")
        yield f"{alg!r} with the right signature", target.forged({"alg": alg})
    yield "no alg", target.forged({"alg": ...})
    head = target.token.rpartition(".")[0]
    yield "signature cut off", f"{head}."
    yield "two parts", head
    yield "zeros for a signature", target.resigned({}, lambda _: bytes(64))


def _keyed_with_the_public_half(target: Target) -> Iterator[tuple[str, str]]:
    secrets = {"nothing": b"", "kid": target.own.kid.encode(), **_spellings_of(target.own.private.public_key())}
    for alg, digest in _SECRETS.items():
        for name, secret in secrets.items():
            yield (
                f"{alg} by {name}",
                target.resigned({"alg": alg}, lambda text, key=secret, by=digest: hmac.digest(key, text, by)),  # type: ignore[misc]  # bound now
            )


def _spellings_of(public: PublicKey) -> dict[str, bytes]:
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "PEM": pem,
        "PEM without its last line end": pem.rstrip(),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "stored bytes": key_kinds.public_bytes(public),
        "JWK": json.dumps(key_kinds.required_members(public)).encode(),
        "OpenSSH": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    }


def _confused(target: Target) -> Iterator[tuple[str, str]]:
    own, other = target.own, target.other
    by_own, by_other = signer(own.private, algorithm=own.algorithm), signer(other.private, algorithm=other.algorithm)
    yield "other alg, signed by own", target.resigned({"alg": other.algorithm}, by_own)
    yield "other alg, signed by other", target.resigned({"alg": other.algorithm}, by_other)
    yield "own alg, signed by other", target.resigned({}, by_other)
    yield "other kid, signed by own", target.resigned({"kid": other.kid}, by_own)
    yield "other kid and alg, signed by own", target.resigned({"kid": other.kid, "alg": other.algorithm}, by_own)
    yield "other kid, own alg, signed by other", target.resigned({"kid": other.kid}, by_other)
    for alg in ("ES256", "ES256K", "PS256", "RS384", "RS512", "Ed25519", "Ed448", "eddsa", "rs256", "HS256", "A128KW"):
        yield f"{alg} for its name", target.forged({"alg": alg})
    for alg in ("PS256", "RS512") if own.algorithm == "RS256" else ():
        yield f"{alg} done", target.resigned({"alg": alg}, signer(own.private, algorithm=alg))


def _key_ids(target: Target) -> Iterator[tuple[str, str]]:
    kid = target.own.kid
    for value in (
        *("../../../../../../dev/null", "/dev/null", "file:///dev/null", "https://elsewhere.example/key", "| whoami"),
        *("' UNION SELECT 'x", "x' OR '1'='1", '{"$ne": null}', kid + "\x00", kid[:-1] + "\x00", "\x00", "", " ", "🔑"),
        *(kid + " ", " " + kid, kid + "\n", kid.swapcase(), kid[:-1], kid + "=", "x" * 43, "x" * 2000, "../" + kid[3:]),
        *(None, 0, True, [kid], {"$ne": None}, {"$gt": ""}, ...),
    ):
        yield f"{value!r:.60}", target.forged({"kid": value})


def _keys_brought_along(target: Target) -> Iterator[tuple[str, str]]:
    public = target.stranger.public_key()
    members = {**key_kinds.required_members(public), "kid": target.own.kid, "alg": target.own.algorithm}
    extras: dict[str, Any] = {
        "jwk": members,
        "jku": "https://elsewhere.example/jwks.json",
        "x5u": "https://elsewhere.example/cert.pem",
        "x5c": ["MIIB"],
        "x5t": "A" * 27,
        "x5t#S256": "A" * 43,
        "crit": ["exp"],
        "b64": False,
        "cty": "JWT",
        "zip": "DEF",
        "epk": members,
    }
    by_stranger = signer(target.stranger, algorithm=target.own.algorithm)
    yield "a stranger signed", target.resigned({}, by_stranger)
    yield "a stranger signed, and says so", target.resigned({"kid": key_kinds.thumbprint(public)}, by_stranger)
    for name, value in extras.items():
        yield f"{name}, a stranger signed", target.resigned({name: value}, by_stranger)
        yield f"{name}, our own key signed", target.forged({name: value})
    yield "crit with its extension", target.forged({"crit": ["urn:x"], "urn:x": 1})
    yield "crit b64", target.forged({"crit": ["b64"], "b64": False})


def _claims(target: Target) -> Iterator[tuple[str, str]]:
    header, claims = parts_of(target.token)
    for name, value in claims.items():
        yield f"without {name}", target.forged({}, {name: ...})
        yield f"{name} null", target.forged({}, {name: None})
        yield f"{name} twice", target.forged({}, doubled(claims, name, value))
        yield f"{name} twice, and not the same", target.forged({}, doubled(claims, name, "x"))
    for name, value in header.items():
        yield f"{name} twice in the header", target.forged(doubled(header, name, value))
        yield f"{name} twice in the header, and not the same", target.forged(doubled(header, name, "none"))
    number = f'"exp": {claims["exp"]}'
    for text in (
        '"99999999999"',
        "99999999999.5",
        "99999999999.0",
        "NaN",
        "Infinity",
        "1e11",
        "1e999",
        "-1",
        "0",
        "true",
    ):
        yield f"exp {text}", target.forged({}, json.dumps(claims).replace(number, f'"exp": {text}'))
    for name, value in {
        "iss": "https://elsewhere.example",
        "aud": ["*"],
        "role": "root",
        "scope": "*",
        "cid": "x",
    }.items():
        yield f"{name} {value}", target.forged({}, {name: value})


def _spelt_otherwise(target: Target) -> Iterator[tuple[str, str]]:
    header, claims, signature = target.token.split(".")
    for extra in ("=", "==", " ", "\t", "\n", "\r\n", "\x00", ".", "/", "+", "%3D", ",", ";", '"'):
        yield f"{extra!r} behind", target.token + extra
        yield f"{extra!r} in front", extra + target.token
        yield f"{extra!r} behind the header", f"{header}{extra}.{claims}.{signature}"
        yield f"{extra!r} behind the claims", f"{header}.{claims}{extra}.{signature}"
    yield "in quotes", f'"{target.token}"'
    yield "twice", f"{target.token},{target.token}"
    yield "scheme twice", f"Bearer {target.token}"
    yield "in capitals", target.token.upper()
    yield "ordinary base64", f"{header}.{claims}.{signature.replace('-', '+').replace('_', '/')}+"


def _other_tokens(target: Target, refresh_token: str) -> Iterator[tuple[str, str]]:
    yield "refresh token", refresh_token
    yield "ID token", target.forged({"typ": "JWT"}, {"nonce": "n", "auth_time": 1})
    for typ in ("JWT", "jwt", "at+JWT", "application/at+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", "", None, ...):
        yield f"typ {typ!r}", target.forged({"typ": typ})
    yield "nested JWT", target.forged({"cty": "JWT"}, target.token)
    yield "nested JWT without cty", target.forged({}, target.token)
    yield "nested JWT as text", target.forged({}, json.dumps(target.token))
    yield "JWE", f"{target.token}.x.x"
    header, claims, signature = target.token.split(".")
    yield "JSON serialization", json.dumps({"protected": header, "payload": claims, "signature": signature})
    yield "detached payload", f"{header}..{signature}"
    yield "100 kB of claims", target.forged({}, {"more": "x" * 100_000})
    yield "100 kB of header", target.forged({"more": "x" * 100_000})
    yield "100 kB of dots", "." * 100_000
    yield "100 kB of signature", f"{header}.{claims}.{base64url_encode(bytes(75_000)).decode()}"
    yield "depth", target.forged({}, "[" * 1500)
