"""An issuer of JSON Web Tokens: joserfc signs the good ones, and hands build those that no library would make."""
import base64
import hmac
import json
import time
from functools import cache

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

ISSUER = "https://issuer.example.com"

#: Name of a key, which is its `kid` -> how it is made and the algorithm it signs with by default.
KINDS = {
    "rsa": (RSAKey, 2048, "RS256"),
    "rsa-2": (RSAKey, 2048, "RS256"),
    "pss": (RSAKey, 3072, "PS256"),
    "p256": (ECKey, "P-256", "ES256"),
    "p384": (ECKey, "P-384", "ES384"),
    "p521": (ECKey, "P-521", "ES512"),
    "ed25519": (OKPKey, "Ed25519", "EdDSA"),
    # Nobody publishes these.
    "stranger": (RSAKey, 2048, "RS256"),
    "stranger-p256": (ECKey, "P-256", "ES256"),
}
PUBLISHED = [name for name in KINDS if not name.startswith("stranger")]
ALGORITHMS = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
    "HS256", "HS384", "HS512", "none",
]  # fmt: skip


@cache
def key(name: str):
    make, size, _ = KINDS[name]
    return make.generate_key(size, {"kid": name}, private=True)


def jwks(*names: str, **more) -> dict:
    """The public keys; `more` are members that each of them has besides."""
    return {"keys": [{**key(name).as_dict(private=False), **more} for name in names or PUBLISHED]}


def jwks_text(*names: str) -> str:
    return json.dumps(jwks(*names), separators=(",", ":"))


def b64(data: bytes | str) -> str:
    data = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**changed) -> dict:
    """Good claims of the issuer with changes; None leaves one out."""
    now = int(time.time())
    good = {"iss": ISSUER, "sub": "alice", "aud": "shop", "iat": now, "exp": now + 3600, **changed}
    return {name: value for name, value in good.items() if value is not None}


def _registry() -> jws.JWSRegistry:
    return jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)


def signed(payload: dict | bytes | str | None = None, by: str = "rsa", header: dict | None = None) -> str:
    """A token that joserfc signs with the key `by`; `header` changes members of its header, None leaves one out."""
    payload = claims() if payload is None else payload
    data = json.dumps(payload) if isinstance(payload, dict) else payload
    members = {"alg": KINDS[by][2], "kid": by, "typ": "JWT", **(header or {})}
    members = {name: value for name, value in members.items() if value is not None}
    return jws.serialize_compact(members, data, key(by), registry=_registry())


def forged(header: dict | bytes | str, payload: dict | bytes | str, sign=None) -> str:
    """A token of any header and payload; `sign` makes the signature of what is to be signed."""
    parts = [b64(part if isinstance(part, (bytes, str)) else json.dumps(part)) for part in (header, payload)]
    text = ".".join(parts)
    return f"{text}.{b64(sign(text.encode()) if sign else b'')}"


def by_rsa(name: str = "rsa", algorithm: str = "RS256"):
    """Signs whatever it gets, as the algorithm has it and whatever the header says."""
    return lambda text: _registry().get_alg(algorithm).sign(text, key(name))


def by_secret(secret: bytes, algorithm: str = "HS256"):
    """By hand: joserfc takes no public key for a secret."""
    return lambda text: hmac.digest(secret, text, algorithm.replace("HS", "sha"))


def dated(payload: dict) -> dict:
    """`payload` where the times may be written in seconds from now: `exp: now+60`."""
    now = int(time.time())
    times = {
        name: now + int(value[3:] or 0)
        for name, value in payload.items()
        if name in ("exp", "nbf", "iat") and isinstance(value, str) and value.startswith("now")
    }
    return {**payload, **times}


def of_table(request: dict) -> str:
    """`token` and `tokenAs` of a case of the conformance table: see its README."""
    token, how = request["token"], request.get("tokenAs", {})
    if isinstance(token, str):
        return token
    return signed(dated({"exp": "now+3600", **token}), how.get("key", "rsa"), how.get("header"))


def placed(request: dict) -> dict:
    """The request with its token where it belongs."""
    if "token" not in request:
        return request
    how = request.get("tokenAs", {})
    kind, _, name = how.get("in", "header:authorization").partition(":")
    prefix = how.get("prefix", "" if "in" in how else "Bearer ")
    token, path, headers = of_table(request), request.get("path", "/"), dict(request.get("headers", {}))
    if kind == "param":
        path += ("&" if "?" in path else "?") + f"{name}={token}"
    elif kind == "cookie":
        headers["cookie"] = f"{name}={prefix}{token}"
    else:
        headers[name] = prefix + token
    return {**request, "path": path, "headers": headers}
