"""Thousands of ways to write the path of one page, as those write them who must not see it."""
import itertools
import random

SEGMENTS = ["guarded", "page.html"]

_SLASHES = [
    "/", "//", "///", "/./", "/.//", "/%2e/", "/x/../", "/x/%2e%2e/", "/x/.%2E/", "/x//../", "\\", "/\\", "\\\\", "/x\\..\\",
    "%2f", "%2F", "/%2f", "%2f/", "%5c", "%5C", "%5c/", "%252f", "%252F", "%255c", "%2%66", "%%32%66", "%%32f", "%25%32%66",
    "%u002f", "%c0%af", "%e0%80%af", "%ef%bc%8f", "%2f%2e%2f", "%2fx%2f..%2f", "/x%2f../", "/x%2f..%2f", "/x/..%2f", "/x%5c..%5c",
    ";/", ";a=b/", "/;/", "/;a=b/", "/.;/", "/x/..;/", "/x/..;a=b/", "/x;/../", "%3b/", "/x/..%3b/", "/%3b/", "/x;%2f../",
    "/%20/", "%00/", "/%00/", "%0a/", "%0d%0a/", "%09/", "/\t/", "#/", "%23/", "?/", "%3f/", "/x/....//", "/x/.../", "/..%00/",
    "/x/..\t/", "/x/..%09/", "/x/%252e%252e/", "/x/%c0%ae%c0%ae/", "/x/%u002e%u002e/", "/x/.%00./", "/:/", "/@/", "/x/%2%65%2%65/",
    "/x/..?/../", "/x/..#/../", "/\x0b/", "/\xa0/", "/\xff/",
]  # fmt: skip
_BEFORE = [
    "", "/.", "/..", "/../..", "/public/..", "/public/../..", "/public/..;", "/public/%2e%2e", "/public%2f..", "/public/..%2f..",
    "/public//..", "/public/x/../..", "/public/page.html/../..", "/public;x/..", "/;", "/%2e", "/.;", "//web", "http://web",
    "http://web/public/..", "HTTP://WEB", "http://web:80", "http://other/", "/public?/..", "/public#/..", "/public%3f/..", "*",
    "/public\\..", "\\public\\..", "/public%5c..", "%2fpublic%2f..", "/public/%252e%252e", "/public/%%32%65%%32%65",
]  # fmt: skip
_AFTER = [
    "", "?", "?x=/public", "#", "#x", "/", "/.", "/..", ";", ";a=b", ";/", "%3b", "%20", "%00", "%00.png", "%23", "%3f", ".", "..", "~",
    "%0a", "%09", "::$DATA", "\\", "%5c", "%2f", "/x/..", "/../page.html", "?/../..", ";/../page.html", "&", "\x00", "\xff", " ",
]  # fmt: skip


def _escaped(text: str, chosen, upper: bool = False) -> str:
    form = "%{:02X}" if upper else "%{:02x}"
    return "".join(form.format(ord(one)) if at in chosen else one for at, one in enumerate(text))


def _spellings(segment: str) -> list:
    """A segment with letters escaped, once and twice, and in other cases."""
    every = range(len(segment))
    found = [segment, segment.upper(), segment.title(), _escaped(segment, every), _escaped(segment, every, True)]
    found += [_escaped(segment, {at}) for at in every] + [_escaped(segment, {at}, True) for at in every]
    found += [f"%25{_escaped(segment, {0})[1:]}", f"%u{ord(segment[0]):04x}{segment[1:]}", segment + ";a=b", segment + "%3ba=b"]
    hexadecimal = f"{ord(segment[0]):02x}"
    found += [f"%%{ord(hexadecimal[0]):02x}{hexadecimal[1]}{segment[1:]}", f"%{hexadecimal[0]}%{ord(hexadecimal[1]):02x}{segment[1:]}"]
    return found


def generated(count: int = 5000, seed: int = 14) -> list:
    """`count` different paths: every pair of one thing that is odd and another first, then random ones."""
    choose = random.Random(seed)
    first, last = (_spellings(one) for one in SEGMENTS)
    singles = [
        "".join(parts)
        for parts in itertools.chain(
            itertools.product([""], _SLASHES, SEGMENTS[:1], _SLASHES[:1], SEGMENTS[1:], [""]),
            itertools.product([""], ["/"], SEGMENTS[:1], _SLASHES, SEGMENTS[1:], [""]),
            itertools.product(_BEFORE, ["/", "//", "\\", "%2f"], SEGMENTS[:1], ["/"], SEGMENTS[1:], [""]),
            itertools.product([""], ["/"], SEGMENTS[:1], ["/"], SEGMENTS[1:], _AFTER),
            itertools.product([""], ["/"], first, ["/"], SEGMENTS[1:], [""]),
            itertools.product([""], ["/"], SEGMENTS[:1], ["/"], last, [""]),
        )
    ]
    found = dict.fromkeys(singles)
    while len(found) < count:
        odd = choose.choice([0.1, 0.2, 0.4])

        def one(ordinary: str, odd_ones: list) -> str:
            return choose.choice(odd_ones) if choose.random() < odd else ordinary

        found[
            one("", _BEFORE) + one("/", _SLASHES) + one(SEGMENTS[0], first) + one("/", _SLASHES)
            + one(SEGMENTS[1], last) + one("", _AFTER)
        ] = None  # fmt: skip
    return list(found)
