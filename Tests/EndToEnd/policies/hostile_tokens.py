"""Tokens that somebody might send: NAME -> what is sent. All are aimed at one issuer, audience and subject.

Only those of `odd` are good; a proxy that takes another one has been fooled.
"""
import base64
import json
import re
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jwe
from joserfc.jwk import RSAKey

from harness.tokens import b64, by_rsa, by_secret, claims, forged, jwks, key, signed


@dataclass
class Sent:
    """A request: header lines and a path."""

    headers: list = field(default_factory=list)
    path: str = "/"


def bearer(token: str) -> Sent:
    return Sent([("authorization", f"Bearer {token}")])


def _parts(token: str) -> list:
    return token.split(".")


def _resigned(token: str, signature: bytes | str) -> str:
    head, payload, _ = _parts(token)
    return f"{head}.{payload}.{signature if isinstance(signature, str) else b64(signature)}"


def _signature(token: str) -> bytes:
    text = _parts(token)[2]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _flipped(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


RS256 = {"alg": "RS256", "kid": "rsa", "typ": "JWT"}
KEYS = ["rsa", "pss", "p256", "p384", "p521", "ed25519"]
#: Order of the group of P-256.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def unsigned() -> dict:
    """Algorithm `none` and its relatives (RFC 8725 section 2.1)."""
    found = {}
    for name in ["none", "None", "NONE", "nOnE", "none ", "", "null", "RS257", "rs256", "RS256 ", "RS256\0", "ES256K"]:
        found[f"alg {name!r}, no signature"] = forged({"alg": name, "kid": "rsa"}, claims()) + "AAAA"
        found[f"alg {name!r}, empty signature"] = forged({"alg": name, "kid": "rsa"}, claims())
        found[f"alg {name!r}, a signature of RS256"] = forged({"alg": name, "kid": "rsa"}, claims(), by_rsa())
    for value in [None, 0, True, [], ["RS256"], {}, {"alg": "RS256"}]:
        found[f"alg is {json.dumps(value)}"] = forged({"alg": value, "kid": "rsa"}, claims(), by_rsa())
    found["no alg"] = forged({"kid": "rsa"}, claims(), by_rsa())
    return found


def confused() -> dict:
    """Public keys taken for shared secrets, and algorithms that are not the key's (RFC 8725 section 2.2)."""
    found = {}
    for name in ["rsa", "p256"]:
        secrets = {
            "PEM": key(name).as_pem(private=False), "DER": key(name).as_der(private=False),
            "JWK": json.dumps(key(name).as_dict(private=False)).encode(), "JWKS": json.dumps(jwks()).encode(),
        }  # fmt: skip
        for form, secret in secrets.items():
            for algorithm in ["HS256", "HS384", "HS512"]:
                found[f"{algorithm} with the {form} of {name} for a secret"] = forged(
                    {"alg": algorithm, "kid": name}, claims(), by_secret(secret, algorithm)
                )
    found["HS256 with no kid"] = forged({"alg": "HS256"}, claims(), by_secret(key("rsa").as_pem(private=False)))
    for label in ["RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]:
        found[f"RS256 that calls itself {label}"] = forged({**RS256, "alg": label}, claims(), by_rsa())
    found["PS256 that calls itself RS256"] = forged(RS256, claims(), by_rsa("rsa", "PS256"))
    for by in KEYS:
        for kid in KEYS:
            if by != kid:
                found[f"{by} with the kid of {kid}"] = signed(by=by, header={"kid": kid})
    return found


def broken_signatures() -> dict:
    found = {}
    for by in KEYS:
        good = signed(by=by)
        signature = _signature(good)
        found[f"{by}: first bit of the signature"] = _resigned(good, _flipped(signature, 0))
        found[f"{by}: last bit of the signature"] = _resigned(good, _flipped(signature, -1))
        found[f"{by}: half of the signature"] = _resigned(good, signature[: len(signature) // 2])
        found[f"{by}: one byte more"] = _resigned(good, signature + b"\0")
        found[f"{by}: zeros"] = _resigned(good, bytes(len(signature)))
        found[f"{by}: ones"] = _resigned(good, b"\xff" * len(signature))
        found[f"{by}: no signature"] = _resigned(good, b"")
        other = signed(claims(sub="mallory"), by=by)
        found[f"{by}: the signature of another payload"] = _resigned(other, signature)
        found[f"{by}: a signature of nobody"] = _resigned(good, b"signature")
    good = signed(by="p256")
    r, s = (int.from_bytes(half) for half in (_signature(good)[:32], _signature(good)[32:]))
    found["p256: the signature in DER"] = _resigned(good, encode_dss_signature(r, s))
    found["p256: r is the order"] = _resigned(good, P256_ORDER.to_bytes(32) + s.to_bytes(32))
    found["p256: s is the order"] = _resigned(good, r.to_bytes(32) + P256_ORDER.to_bytes(32))
    found["p256: r and s swapped"] = _resigned(good, s.to_bytes(32) + r.to_bytes(32))
    for name in ["stranger", "stranger-p256"]:
        for kid in ["rsa", "p256", None, name]:
            found[f"{name} with kid {kid}"] = signed(by=name, header={"kid": kid})
    return found


def headers() -> dict:
    """Headers that would lead to another key (RFC 8725 sections 3.9 and 3.10), and such that are none."""
    own = key("stranger").as_dict(private=False)
    found = {}
    for name, more in {
        "jwk": {"jwk": own}, "jwk of the kid": {"jwk": {**own, "kid": "rsa"}},
        "jku": {"jku": "http://127.0.0.1/jwks"}, "x5u": {"x5u": "http://127.0.0.1/chain"},
        "x5c": {"x5c": [b64(key("stranger").as_der(private=False))]},
    }.items():  # fmt: skip
        found[f"{name}, signed by a stranger"] = forged({**RS256, **more}, claims(), by_rsa("stranger"))
    for value in ["../../dev/null", "' or 1=1 --", "rsa\0", "RSA", " rsa", "rsa-3", "x" * 2000, "/dev/null"]:
        found[f"kid {value[:20]!r}"] = signed(header={"kid": value})
    for value in [7, True, ["rsa"], {"kid": "rsa"}]:
        found[f"kid is {json.dumps(value)}"] = forged({**RS256, "kid": value}, claims(), by_rsa())
    for text in [
        "", "{", "[]", '"RS256"', "null", "7", "RS256", '{"alg":"RS256"', '{"alg":"RS256"}}', "{'alg':'RS256'}",
        '\ufeff{"alg":"RS256"}', '{"alg":"RS256",}', '{alg:"RS256"}', '{"alg":"RS256"}\0',
    ]:
        found[f"header {text!r}"] = forged(text, claims(), by_rsa())
    found["header that is no UTF-8"] = forged(b'{"alg":"RS256","kid":"rsa","x":"\xff\xfe"}', claims(), by_rsa())
    found["header with none and RS256"] = forged(b'{"alg":"none","alg":"RS256","kid":"rsa"}', claims(sub="mallory"))
    found["header with RS256 and none"] = forged(b'{"alg":"RS256","alg":"none","kid":"rsa"}', claims(sub="mallory"))
    found["header nested deep"] = forged(
        '{"alg":"RS256","kid":"rsa","x":' + "[" * 2000 + "]" * 2000 + "}", claims(), by_rsa()
    )
    return found


def payloads() -> dict:
    """Claims that are wrong, or of the wrong kind."""
    now, found = int(time.time()), {}
    wrong = {
        "iss": [None, "", "https://elsewhere.example.com", "https://issuer.example.com/", "HTTPS://ISSUER.EXAMPLE.COM",
                " https://issuer.example.com", 7, True, ["https://issuer.example.com"], {"a": 1}],
        "sub": [7, True, ["alice"], {"a": "alice"}],
        "aud": [None, "", "bank", "SHOP", "shops", " shop", "shop,bank", 7, True, [], [7], [["shop"]], {"shop": True}],
        "exp": [0, 1, -1, now - 61, now - 3600, "words", str(now + 60), True, [now + 60], {"a": 1}, -1e30, 1e300],
        "nbf": [now + 120, now + 1e9, "words", True, [now], -1, 1e300],
        "iat": ["words", True, [now], -1, 1e300],
        "jti": [7, True, ["x"]],
    }  # fmt: skip
    for claim, values in wrong.items():
        for value in values:
            # A name stays the same from one second to the next.
            shown = re.sub(r"\b[12]\d{9}\b", lambda time: f"now{int(time[0]) - now:+}", json.dumps(value))
            found[f"{claim} {'left out' if value is None else shown[:40]}"] = signed(claims(**{claim: value}))
        if claim not in ("iss", "aud"):
            found[f"{claim} is null"] = signed(json.dumps(claims()).replace("{", '{"%s":null,' % claim, 1))
    for text in ["", "{", "[]", "[{}]", '"alice"', "null", "7", "true", "words", "{}", "{}{}"]:
        found[f"payload {text!r}"] = forged(RS256, text, by_rsa())
    whole = json.dumps(claims())
    for name, text in {
        "words after it": whole + "x", "a second one": whole + whole, "a NUL after it": whole + "\0",
        "a comma too many": whole[:-1] + ",}", "a comment": whole[:-1] + "/* */}", "NaN": whole[:-1] + ',"x":NaN}',
        "a mark of byte order": "\ufeff" + whole, "single quotes": whole.replace('"', "'"),
        "half of it": whole[: len(whole) // 2], "a lone surrogate": whole[:-1] + ',"x":"\\ud800"}',
        "exp with a leading zero": whole.replace('"exp": ', '"exp": 0'), "nested deep": (
            whole[:-1] + ',"x":' + "[" * 3000 + "]" * 3000 + "}"),
    }.items():  # fmt: skip
        found[f"payload with {name}"] = forged(RS256, text, by_rsa())
    found["payload that is no UTF-8"] = forged(RS256, whole[:-1].encode() + b',"x":"\xff"}', by_rsa())
    return found


def shapes() -> dict:
    """Texts that are no compact serialization."""
    good = signed()
    head, payload, signature = _parts(good)
    encrypted = jwe.encrypt_compact(
        {"alg": "RSA-OAEP", "enc": "A128GCM"}, json.dumps(claims()), RSAKey.generate_key(2048)
    )
    return {
        "nothing": "", "a word": "words", "dots": "..", "one dot": ".", "three dots": "...",
        "two sections": f"{head}.{payload}", "no header": f".{payload}.{signature}",
        "no payload": f"{head}..{signature}",
        "four sections": f"{good}.{signature}", "a dot before": f".{good}", "a dot after": f"{good}.",
        "sections swapped": f"{payload}.{head}.{signature}", "an encrypted token": encrypted,
        "in quotes": f'"{good}"', "two tokens": f"{good},{good}", "two tokens with a space": f"{good} {good}",
        "a space within": f"{head}. {payload}.{signature}", "percent signs": good.replace(".", "%2E"),
        "a letter of no alphabet": f"{head}.{payload}.{signature[:-4]}!@#$",
        "the other alphabet": f"{head}.{payload}." + base64.b64encode(b"\xfb\xff\xfe" * 64).decode(),
        "JSON serialization": json.dumps({"protected": head, "payload": payload, "signature": signature}),
        "one letter too many": f"{head}.{payload}.{signature}A", "a word after": f"{good}words",
        "64 KiB of letters": "A" * 40000, "many dots": "a." * 5000,
        "a header of one letter": f"e.{payload}.{signature}",
    }  # fmt: skip


def places() -> dict:
    """Several tokens, and such that stand oddly."""
    good, bad = signed(), signed(by="stranger", header={"kid": "rsa"})
    at = "authorization"
    return {
        "a bad one after a good one": Sent([(at, f"Bearer {good}"), (at, f"Bearer {bad}")]),
        "a good one after a bad one": Sent([(at, f"Bearer {bad}"), (at, f"Bearer {good}")]),
        "a good and a bad one in one line": Sent([(at, f"Bearer {good}, Bearer {bad}")]),
        "a bad and a good one in one line": Sent([(at, f"Bearer {bad}, Bearer {good}")]),
        "a bad parameter beside a good header": Sent([(at, f"Bearer {good}")], f"/?access_token={bad}"),
        "a bad header beside a good parameter": Sent([(at, f"Bearer {bad}")], f"/?access_token={good}"),
        "a bad parameter": Sent([], f"/?access_token={bad}"),
        "a parameter without value": Sent([], "/?access_token="),
        "a parameter of words": Sent([], "/?access_token=words"),
        "Bearer alone": Sent([(at, "Bearer")]), "Bearer and a space": Sent([(at, "Bearer ")]),
        "Bearer twice": Sent([(at, f"Bearer Bearer {good}")]),
        "a tab": Sent([(at, f"Bearer\t{good}")]), "no scheme": Sent([(at, good)]),
        "no space": Sent([(at, f"Bearer{good}")]),
        "Basic": Sent([(at, f"Basic {good}")]), "bearer in small letters": Sent([(at, f"bearer {good}")]),
        "an empty header": Sent([(at, "")]), "another header": Sent([("x-authorization", f"Bearer {good}")]),
        "a cookie": Sent([("cookie", f"access_token={good}")]),
        "what the proxy tells": Sent([("x-jwt-payload", b64(json.dumps(claims())))]),
    }  # fmt: skip


def odd() -> dict:
    """Unusual and good all the same."""
    now = int(time.time())
    found = {f"good by {by}": signed(by=by) for by in KEYS}
    for algorithm in ["RS384", "RS512", "PS256", "PS384", "PS512"]:
        found[f"good by {algorithm}"] = signed(header={"alg": algorithm})
    for by in KEYS:
        found[f"no kid, by {by}"] = signed(by=by, header={"kid": None})
    found |= {
        "no typ": signed(header={"typ": None}), "typ at+jwt": signed(header={"typ": "at+jwt"}),
        "no exp": signed(claims(exp=None)), "exp far away": signed(claims(exp=253402300800)),
        "expired within the tolerance": signed(claims(exp=now - 40)),
        "begins within the tolerance": signed(claims(nbf=now + 40)), "iat in the future": signed(claims(iat=now + 900)),
        "exp with a fraction": signed(claims(exp=now + 600.5)),
        "aud among others": signed(claims(aud=["bank", "shop"])),
        "jwk of a stranger, signed by the issuer": signed(header={"jwk": key("stranger").as_dict(private=False)}),
        "cty": signed(header={"cty": "JWT"}), "many claims": signed(claims(**{f"c{n}": n for n in range(500)})),
        "a long claim": signed(claims(x="x" * 20000)), "letters of the world": signed(claims(name="Zoë 李 🙂")),
        "spaces around the payload": signed(f"  {json.dumps(claims())}\n"),
    }  # fmt: skip
    return found


def disputed() -> dict:
    """What RFCs and libraries do not agree on: Envoy takes them."""
    good = signed()
    head, payload, signature = _parts(good)
    doubled = json.dumps(claims())[:-1] + ',"sub":"alice"}'
    unknown = forged({**RS256, "crit": ["x"], "x": 1}, claims(), by_rsa())
    padded = [part + "=" * (-len(part) % 4) for part in (head, payload)]
    text = ".".join(padded)
    r, s = (int.from_bytes(half) for half in (_signature(signed(by="p256"))[:32], _signature(signed(by="p256"))[32:]))
    return {
        "crit": unknown, "crit of b64": forged({**RS256, "crit": ["b64"], "b64": False}, claims(), by_rsa()),
        "crit that is empty": forged({**RS256, "crit": []}, claims(), by_rsa()),
        "b64 without crit": forged({**RS256, "b64": False}, claims(), by_rsa()),
        "zip": forged({**RS256, "zip": "DEF"}, claims(), by_rsa()),
        "padding in each section": f"{text}.{b64(by_rsa()(text.encode()))}==",
        "padding of the signature": good + "==",
        "a claim twice": forged(RS256, doubled, by_rsa()), "kid twice": forged(
            b'{"alg":"RS256","kid":"rsa","kid":"rsa"}', claims(), by_rsa()),
        "kid is null": forged({**RS256, "kid": None}, claims(), by_rsa()),
        "kid is empty": forged({**RS256, "kid": ""}, claims(), by_rsa()),
        "bits after the last letter": f"{head}.{payload}." + signature[:-1] + _next(signature[-1]),
        "aud is null": signed(json.dumps(claims(aud=None)).replace("{", '{"aud":null,', 1)),
        "iss is null": signed(json.dumps(claims(iss=None)).replace("{", '{"iss":null,', 1)),
    }  # fmt: skip


def _next(letter: str) -> str:
    """The letter that differs in bits which the signature does not have."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(letter) ^ 1]


HOSTILE = [unsigned, confused, broken_signatures, headers, payloads, shapes]


def everything() -> dict:
    """NAME -> (what is sent, whether it is good: None where it is disputed)."""
    found = {}
    for make in HOSTILE:
        found |= {f"{make.__name__}: {name}": (bearer(token), False) for name, token in make().items()}
    found |= {f"places: {name}": (sent, False) for name, sent in places().items()}
    found |= {f"odd: {name}": (bearer(token), True) for name, token in odd().items()}
    found["odd: two spaces"] = (bearer(" " + signed()), True)
    found |= {f"disputed: {name}": (bearer(token), None) for name, token in disputed().items()}
    return found
