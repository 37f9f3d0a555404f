"""Verifies access tokens of Portcullis (RFC 9068) for one resource. Needs PyJWT 2.6 or newer with cryptography.

    tokens = AccessTokens("https://gate.example.com", "https://weather.example.com/mcp")
    claims = tokens.verify(access_token)  # None where it is not good here and now
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from http.client import HTTPException
from typing import Any

import jwt

# What the issuer may sign with. The token's own header never widens this (RFC 8725 §3.1).
ALGORITHMS = ("ES256", "RS256")
# An ID token or a logout token is signed by the same keys and is no access token (RFC 9068 §4).
TYPES = ("at+jwt", "application/at+jwt")
REQUIRED_CLAIMS = ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"]

CLOCK_TOLERANCE_SECONDS = 30
MAX_TOKEN_LENGTH = 12 * 1024
# Whatever a token may contain, reading it raises one of these, and it is not good then.
UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)


class SigningKeys:
    """The issuer's public keys, by their ids.

    Keys are fetched when a token names one that is not held, or when those held are old, and never more often than
    the cooldown allows: a storm of made-up ids costs the issuer one request. While none can be fetched, those held
    stay good for a day.
    """

    COOLDOWN_SECONDS = 30
    MAX_AGE_SECONDS = 600
    LAST_GOOD_SECONDS = 86_400
    TIMEOUT_SECONDS = 5
    MAX_SET_LENGTH = 64 * 1024

    def __init__(self, jwks_uri: str) -> None:
        self._jwks_uri = jwks_uri
        self._lock = threading.Lock()
        self._keys: dict[str, tuple[str, Any]] = {}
        self._tried_at = float("-inf")
        self._loaded_at = float("-inf")

    def find(self, key_id: str) -> tuple[str, Any] | None:
        """The algorithm and the key of this id, or None."""
        found = self._keys.get(key_id)
        if found is not None and time.monotonic() - self._loaded_at < self.MAX_AGE_SECONDS:
            return found
        with self._lock:
            now = time.monotonic()
            if now - self._tried_at >= self.COOLDOWN_SECONDS:
                self._tried_at = now
                self._load(now)
            return self._keys.get(key_id) if now - self._loaded_at < self.LAST_GOOD_SECONDS else None

    def _load(self, now: float) -> None:
        try:
            with urllib.request.urlopen(self._jwks_uri, timeout=self.TIMEOUT_SECONDS) as response:
                text = response.read(self.MAX_SET_LENGTH + 1)
            if len(text) > self.MAX_SET_LENGTH:
                return
            self._keys = dict(filter(None, map(read_key, json.loads(text)["keys"])))
            self._loaded_at = now
        except (OSError, HTTPException, ValueError, TypeError, KeyError, RecursionError):
            pass  # Those held stay.


def read_key(jwk: Any) -> tuple[str, tuple[str, Any]] | None:
    """The id of a published key with its algorithm and itself; None for one that signs no access token of ours."""
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig" or "d" in jwk:
        return None
    key_id, algorithm = jwk.get("kid"), jwk.get("alg")
    if not isinstance(key_id, str) or algorithm not in ALGORITHMS:
        return None
    try:
        return key_id, (algorithm, jwt.PyJWK(jwk, algorithm).key)
    except UNREADABLE:
        return None


class AccessTokens:
    """Decides which access tokens are good for one resource. Safe to share between threads."""

    def __init__(self, issuer: str, resource: str, jwks_uri: str | None = None) -> None:
        """Both identifiers are compared character by character. The keys are at `/jwks` of the issuer."""
        if not issuer or not resource:
            raise ValueError("A verifier needs an issuer and a resource")
        self._issuer = issuer
        self._resource = resource
        self._keys = SigningKeys(jwks_uri or f"{issuer}/jwks")

    def verify(self, access_token: str) -> dict[str, Any] | None:
        """The claims of a token that is good here and now, `scope` always among them. None for any other.

        Checks length, type, algorithm, key, signature, issuer, audience, times and the claims that RFC 9068 §2.2
        requires, and takes no token that is bound to a key. Does not check scopes, nor whether the token was revoked:
        it lives ten minutes, and `/introspect` tells sooner.
        """
        try:
            return self._verify(access_token)
        except UNREADABLE:
            return None

    def _verify(self, access_token: str) -> dict[str, Any] | None:
        if len(access_token) > MAX_TOKEN_LENGTH:
            return None
        header = jwt.get_unverified_header(access_token)
        if str(header.get("typ")).lower() not in TYPES or "crit" in header or "b64" in header:
            return None
        found = self._keys.find(header["kid"]) if isinstance(header.get("kid"), str) else None
        if found is None:
            return None
        algorithm, key = found
        # PyJWT compares this one algorithm, the key's own, with that of the header.
        claims = jwt.decode(
            access_token,
            key,
            algorithms=[algorithm],
            issuer=self._issuer,
            audience=self._resource,
            leeway=CLOCK_TOLERANCE_SECONDS,
            options={"require": REQUIRED_CLAIMS},
        )
        # Bound to a key of its client (RFC 9449 §6): whoever sends it has to prove that key, and nobody here asks for a proof.
        if "cnf" in claims:
            return None
        scope = claims.setdefault("scope", "")
        texts = (claims["sub"], claims["client_id"], claims["jti"])
        if not isinstance(scope, str) or not all(isinstance(text, str) and text for text in texts):
            return None
        # PyJWT would take numbers that are written as text.
        if not all(type(claims[name]) is int for name in ("exp", "iat")):
            return None
        return claims
