"""One canonical path: a page that policies guard does not come, however its path is written, from servers of three makes.

`Documentation/Hardening.md` says which normalization a policy that refuses needs in front of which server.
"""
import json
import re
from collections import Counter

import pytest
import yaml

from harness.http_client import Client, request_bytes
from harness.sidecar import ENGINES
from harness.world import World

from . import origins
from .origins import PORTS, SECRET, Origins
from .paths import generated
from .pipeline import answers

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(14)]

ADDRESS, CALLER, ECHO = "10.10.3.1", "10.10.99.1", 8084
PATHS = generated()
MODES = ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"]
#: The weakest normalization with which a policy that refuses a path guards it on a server of this make.
SAFE = {"apache": "MERGE_SLASHES", "nginx": "DECODE_AND_MERGE_SLASHES", "tomcat": "MERGE_SLASHES"}

_MESH = {
    "Namespace": {"metadata": {"name": "default"}},
    "Service": {
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "clusterIP": "10.96.3.1", "selector": {"app": "web"},
            "ports": [{"name": f"http-{port}", "port": port} for port in [*PORTS.values(), ECHO]],
        },
    },
    "Pod": {
        "metadata": {"name": "web", "namespace": "default", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "ports": [{"containerPort": ECHO}]}]},
        "status": {"podIP": ADDRESS, "phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    },
}  # fmt: skip
_REFUSING = {"action": "DENY", "rules": [{"to": [{"operation": {"paths": ["/guarded", "/guarded/*"]}}]}]}
_ADMITTING = {"action": "ALLOW", "rules": [{"to": [{"operation": {"paths": ["/public/page.html", "/ready"]}}]}]}


def _text(policy: dict) -> str:
    objects = [{"apiVersion": "v1", "kind": kind, **fields} for kind, fields in _MESH.items()]
    metadata = {"name": "guard", "namespace": "default"}
    objects.append({"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": metadata, "spec": policy})
    return yaml.safe_dump_all(objects)


class Scene:
    """A workload with servers of three makes and an echo server; `play` sets how its proxy treats paths."""

    def __init__(self):
        self.world = World("paths", _text(_REFUSING))
        self._origins = self._now = None

    def close(self):
        if self._origins is not None:
            self._origins.stop()
        self.world.close()

    def play(self, engine: str, mode: str, policy: dict):
        if self._now == (engine, mode, policy):
            return
        plane = self.world.control_plane
        self.world.leave()
        plane.stop()
        plane.mesh_file.write_text(yaml.safe_dump({"pathNormalization": {"normalization": mode}}))
        plane.write("mesh.yaml", _text(policy))
        plane.start()
        self.world.enter(engine, "web.default")
        self._now = (engine, mode, policy)

    def direct(self):
        self.world.leave()
        self._now = None

    def ask(self, port: int, paths: list, batch: int = 32) -> list:
        requests = [request_bytes("GET", path, "web") for path in paths]
        return self.world.namespace.inside(answers, lambda: Client(ADDRESS, port, CALLER, seconds=5), requests, batch)

    def leaks(self, make: str, paths: list) -> list:
        """The paths for which the guarded page came."""
        if self._origins is None:
            self._origins = Origins(self.world.namespace, self.world.scratch.folder("origins"), ADDRESS)
        found = self.ask(PORTS[make], paths)
        return [path for path, one in zip(paths, found, strict=True) if one and SECRET.encode() in one.body]


@pytest.fixture(scope="module")
def scene():
    if lacking := origins.missing():
        pytest.fail(f"no {', '.join(lacking)}: run `make setup`", pytrace=False)
    one = Scene()
    yield one
    one.close()


def _complain(paths: list, of: str):
    if paths:
        pytest.fail(f"{of}: {len(paths)} paths, such as:\n  " + "\n  ".join(map(repr, paths[:20])), pytrace=False)


def test_the_paths_are_many_and_differ():
    assert len(set(PATHS)) == len(PATHS) >= 5000


@pytest.mark.parametrize(("make", "least"), [("apache", 150), ("nginx", 250), ("tomcat", 250)])
def test_many_of_the_paths_find_the_page_where_nobody_guards_it(scene, make, least):
    scene.direct()
    assert len(scene.leaks(make, PATHS[::2])) >= least


@pytest.mark.parametrize("mode", ["MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"])
@pytest.mark.parametrize("make", PORTS)
def test_what_a_policy_refuses_does_not_come(scene, make, mode):
    if MODES.index(mode) < MODES.index(SAFE[make]):
        pytest.skip(f"{make} decodes more than {mode} does")
    scene.play("swift", mode, _REFUSING)
    found = scene.leaks(make, PATHS if mode == SAFE[make] else PATHS[::4])
    if make == "tomcat":
        # What follows a semicolon is a parameter there, of the path for everybody else.
        found = [path for path in found if ";" not in path]
    _complain(found, f"{make} shows the guarded page with {mode}")


@pytest.mark.parametrize(
    ("make", "mode", "path"),
    [
        ("apache", "BASE", "//guarded/page.html"), ("nginx", "MERGE_SLASHES", "/guarded%2fpage.html"),
        ("tomcat", "BASE", "//guarded/page.html"),
        ("tomcat", "DECODE_AND_MERGE_SLASHES", "/guarded;x/page.html"),
    ],
)  # fmt: skip
def test_what_the_documentation_calls_too_little_is(scene, make, mode, path):
    """As in Istio; when it holds no longer the table of modes is wrong."""
    scene.play("swift", mode, _REFUSING)
    assert scene.leaks(make, [path]) == [path]


@pytest.mark.parametrize("make", PORTS)
def test_what_no_policy_admits_does_not_come(scene, make):
    """A policy that admits exact paths needs no normalization."""
    scene.play("swift", "NONE", _ADMITTING)
    _complain(scene.leaks(make, PATHS[::4]), f"{make} shows the guarded page")
    assert scene.ask(PORTS[make], ["/public/page.html"])[0].body == origins.PUBLIC.encode()


def _fate(response) -> str:
    """What came of a request: the path that the server saw, or who refused."""
    if response is None:
        return "closed"
    if response.status == 200:
        return json.loads(response.body)["path"]
    return f"{response.status}"


def _is_judged_alike(path: str) -> bool:
    """Of the others ours refuses some that Envoy repairs, and has a dot segment where Envoy keeps its parameters.

    Absolute targets are told apart by their host, which is another matter.
    """
    is_target = all(0x20 < ord(one) < 0x7F and one != "#" for one in path)
    is_odd_host = re.match(r"http://[^/]*[%?;\\]", path, re.I) is not None
    has_odd_dots = re.search(r"(%2e|\\)[^/]*;|;[^/]*(\\|%00)", path, re.I) is not None
    return is_target and not is_odd_host and not has_odd_dots


@pytest.mark.parametrize("mode", MODES)
def test_both_engines_see_one_path(scene, mode):
    """The same bytes to both: the verdict is the same and so is what the server gets to see."""
    paths, fates = [path for path in PATHS if _is_judged_alike(path)][::8], {}
    for engine in ENGINES:
        scene.play(engine, mode, _REFUSING)
        # Envoy forgets what stands behind a request that it refuses.
        fates[engine] = [_fate(one) for one in scene.ask(ECHO, paths, batch=1)]
    rows = zip(paths, fates["swift"], fates["envoy"], strict=True)
    other = [f"{path!r}: ours {ours!r}, Envoy {envoys!r}" for path, ours, envoys in rows if ours != envoys]
    if other:
        pytest.fail(f"{len(other)} paths differ with {mode}:\n  " + "\n  ".join(other[:50]), pytrace=False)
    assert len(paths) > 400 and len(Counter(fates["swift"])) > 100
