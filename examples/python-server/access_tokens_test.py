"""How keys come and go: python3 -m unittest access_tokens_test"""

import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

import jwt
from access_tokens import SigningKeys
from cryptography.hazmat.primitives.asymmetric import rsa


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
JWK = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY)), "alg": "RS256", "use": "sig"}


def publish(key_id, **changed):
    """A public key as an issuer publishes it."""
    return {**JWK, "kid": key_id, **changed}


class Issuer(BaseHTTPRequestHandler):
    """Answers what the test last set."""

    body = b""
    status = 200
    fetches = 0

    def do_GET(self):
        Issuer.fetches += 1
        self.send_response(Issuer.status)
        self.end_headers()
        self.wfile.write(Issuer.body)

    def log_message(self, *_):
        pass


def serve(*keys, status=200):
    Issuer.body, Issuer.status = json.dumps({"keys": keys}).encode(), status


class SigningKeysTest(unittest.TestCase):
    def setUp(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.now = 1000.0
        clock = mock.patch("access_tokens.time.monotonic", lambda: self.now)
        clock.start()
        self.addCleanup(clock.stop)
        Issuer.fetches = 0
        self.keys = SigningKeys(f"http://127.0.0.1:{server.server_port}/jwks")

    def finds(self, key_id):
        return self.keys.find(key_id) is not None

    def test_a_new_key_is_found_after_the_cooldown(self):
        serve(publish("old"))
        self.assertTrue(self.finds("old"))
        serve(publish("old"), publish("new"))
        self.assertFalse(self.finds("new"))
        self.now += 29
        self.assertFalse(self.finds("new"))
        self.assertEqual(Issuer.fetches, 1)
        self.now += 1
        self.assertTrue(self.finds("new"))
        self.assertEqual(Issuer.fetches, 2)

    def test_a_removed_key_is_good_for_ten_minutes_at_most(self):
        serve(publish("old"), publish("new"))
        self.assertTrue(self.finds("old"))
        serve(publish("new"))
        self.now += 599
        self.assertTrue(self.finds("old"))
        self.now += 1
        self.assertFalse(self.finds("old"))
        self.assertTrue(self.finds("new"))

    def test_keys_stay_good_for_a_day_while_none_can_be_had(self):
        serve(publish("old"))
        self.assertTrue(self.finds("old"))
        for body, status in ((b"", 500), (b"<html>", 200), (b"[]", 200), (b"{}", 200), (b"[" * 50_000, 200)):
            Issuer.body, Issuer.status = body, status
            self.now += 600
            fetches = Issuer.fetches
            self.assertTrue(self.finds("old"))
            self.assertEqual(Issuer.fetches, fetches + 1)
        Issuer.body = b" " * (64 * 1024 + 1) + json.dumps({"keys": []}).encode()
        self.now += 86_399 - 5 * 600
        self.assertTrue(self.finds("old"))
        self.now += 1
        self.assertFalse(self.finds("old"))

    def test_keys_that_sign_no_access_token_are_none(self):
        secret = {"kty": "oct", "kid": "secret", "alg": "HS256", "k": "c2VjcmV0"}
        disguised = {**secret, "kid": "disguised", "alg": "RS256"}
        private = publish("private", d="AQAB")
        serve(
            secret,
            disguised,
            private,
            publish("for-encryption", use="enc"),
            publish("by-another-algorithm", alg="ES256"),
            publish("by-none", alg=None),
            "no key",
            publish("good"),
        )
        self.assertTrue(self.finds("good"))
        for key_id in ("secret", "disguised", "private", "for-encryption", "by-another-algorithm", "by-none"):
            self.assertFalse(self.finds(key_id), key_id)


if __name__ == "__main__":
    unittest.main()
