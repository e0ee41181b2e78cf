"""The v2 envelope once more, written from docs/envelope-v2.md with the `cryptography` package.

    check_vectors.py FILE...

Opens every entry under "opens" of each file and seals it again, byte for byte, from its salt; refuses every entry under
"refused" for its reason. The last line of the output is a freshly sealed entry, as JSON, for another implementation to
open. Exit code 1, with the failing entries on stderr, if anything is otherwise.
"""

import base64
import hmac
import json
import os
import re
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAX_SEALED_BYTES = 16 * 1024 * 1024


class Refused(Exception):
    """The envelope does not open; the first argument is the reason."""


def hkdf(secret: str, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, b"archestra-secrets", info).derive(secret.encode())


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str, length: "int | None" = None) -> bytes:
    """Decodes canonical base64url without padding, of one length or of any but zero."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text, re.ASCII) or len(text) % 4 == 1:
        raise Refused("UNSUPPORTED_ENVELOPE")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(data) != text or (length is not None and len(data) != length):
        raise Refused("UNSUPPORTED_ENVELOPE")
    return data


def key_id(secret: str) -> str:
    return encode(hkdf(secret, b"key-id", 8))


def message_keys(secret: str, salt: bytes, purpose: str) -> "tuple[bytes, bytes, bytes]":
    """The key, the commitment and the nonce of one message."""
    output = hkdf(secret, b"envelope-v2/" + purpose.encode() + salt, 76)
    return output[:32], output[32:64], output[64:]


def authenticated_data(kid: str, place: dict) -> bytes:
    fields = ["v2", kid, place["table"], place["rowId"], place["name"], place["purpose"]]
    encoded = [field.encode() for field in fields]
    return b"".join(len(field).to_bytes(4, "big") + field for field in encoded)


def seal(text: str, secret: str, place: dict, salt: bytes) -> str:
    kid = key_id(secret)
    key, commitment, nonce = message_keys(secret, salt, place["purpose"])
    plaintext = text.encode()
    plaintext += b" " * (-len(plaintext) % 32)
    sealed = AESGCM(key).encrypt(nonce, plaintext, authenticated_data(kid, place))
    parts = [kid, encode(salt), encode(commitment), encode(sealed[-16:]), encode(sealed[:-16])]
    return '{"__encrypted":"v2:%s"}' % ":".join(parts)


def unwrap(stored: str) -> str:
    """The text behind "v2:", or a refusal. What is no envelope at all is plaintext, which a sealed row may not hold."""
    try:
        value = json.loads(stored)
    except ValueError:
        raise Refused("UNSUPPORTED_ENVELOPE") from None
    if not isinstance(value, dict):
        raise Refused("UNSUPPORTED_ENVELOPE")
    if list(value) != ["__encrypted"]:
        raise Refused("PLAINTEXT")
    text = value["__encrypted"]
    if not isinstance(text, str) or not re.match(r"v[0-9]+:", text, re.ASCII):
        raise Refused("PLAINTEXT")
    if not text.startswith("v2:"):
        raise Refused("UNSUPPORTED_ENVELOPE")
    return text[3:]


def open_envelope(stored: str, secrets: "list[str]", place: dict) -> str:
    parts = unwrap(stored).split(":")
    if len(parts) != 5 or len(parts[4]) > -(-MAX_SEALED_BYTES * 4 // 3):
        raise Refused("UNSUPPORTED_ENVELOPE")
    decode(parts[0], 8)
    salt, commitment, tag = decode(parts[1], 32), decode(parts[2], 32), decode(parts[3], 16)
    ciphertext = decode(parts[4])
    candidates = [secret for secret in secrets if key_id(secret) == parts[0]]
    if not candidates:
        raise Refused("UNDECRYPTABLE")
    for secret in candidates:
        key, expected, nonce = message_keys(secret, salt, place["purpose"])
        if not hmac.compare_digest(expected, commitment):
            continue
        try:
            text = AESGCM(key).decrypt(nonce, ciphertext + tag, authenticated_data(parts[0], place))
        except InvalidTag:
            break
        return text.decode().rstrip(" ")
    raise Refused("TAMPERED")


def outcome(entry: dict, secrets: "list[str]") -> str:
    try:
        return open_envelope(entry["stored"], secrets, entry["place"])
    except Refused as refusal:
        return refusal.args[0]


def check(vectors: dict) -> "list[str]":
    failed = []
    for entry in vectors["opens"]:
        secret = entry["secret"]
        salt = bytes.fromhex(entry["salt"])
        opened = outcome(entry, [secret]) == entry["json"]
        sealed = seal(entry["json"], secret, entry["place"], salt) == entry["stored"]
        if not opened or not sealed or key_id(secret) != entry["kid"]:
            failed.append(entry["description"])
    for entry in vectors.get("refused", []):
        if outcome(entry, entry["secrets"]) != entry["reason"]:
            failed.append(entry["description"])
    return failed


def fresh_entry() -> dict:
    secret = encode(os.urandom(32))
    salt = os.urandom(32)
    text = json.dumps({"token": encode(os.urandom(24)), "note": "größer, 更大, 🔑"}, ensure_ascii=False)
    place = {
        "table": "archestra_secrets",
        "rowId": encode(os.urandom(8)),
        "name": "équipe/clé",
        "purpose": "value",
    }
    return {
        "description": "sealed by check_vectors.py",
        "secret": secret,
        "kid": key_id(secret),
        "place": place,
        "salt": salt.hex(),
        "json": text,
        "stored": seal(text, secret, place, salt),
    }


def main() -> int:
    failed = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            failed += check(json.load(file))
    for description in failed:
        print("FAILED: " + description, file=sys.stderr)
    print(json.dumps(fresh_entry()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
