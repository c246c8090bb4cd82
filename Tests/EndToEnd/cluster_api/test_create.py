"""What kubectl encodes as protobuf arrives as what kubectl itself would write as JSON."""
import pytest

from cluster_api.objects import deployment

_FROM_NOTHING = [
    "configmap settings --from-literal=a=1 --from-literal=b=two",
    "secret generic keys --from-literal=user=admin --from-literal=password=x=y",
    "secret docker-registry pull --docker-server=r --docker-username=u --docker-password=p",
    "serviceaccount robot",
    "service clusterip one --tcp=80:8080 --tcp=443:8443",
    "service nodeport two --tcp=80 --node-port=30123",
    "service loadbalancer three --tcp=80:8080",
    "service externalname four --external-name=example.com",
    "service clusterip five --clusterip=None",
    "deployment web --image=sleep --replicas=2 --port=80 -- sleep 1000",
    "job once --image=sleep -- sleep 0",
    "cronjob often --image=sleep --schedule=*/5*** -- sleep 0",
    "role reader --verb=get,list --resource=pods,deployments.apps --resource-name=a",
    "rolebinding readers --role=reader --user=jane --group=dev --serviceaccount=default:robot",
    "ingress front --rule=example.com/a*=web:80,tls=cert --rule=/b=api:http --annotation=a=b --class=nginx",
    "ingress fallback --default-backend=web:80",
    "quota small --hard=cpu=1,memory=1Gi,pods=10 --scopes=BestEffort",
    "poddisruptionbudget budget --selector=app=web --min-available=50%",
    "poddisruptionbudget other --selector=app=web --max-unavailable=1",
]

_CLUSTER_WIDE = [
    "namespace {0}-more",
    "clusterrole {0}-reader --verb=get --resource=nodes --resource=pods/log",
    "clusterrole {0}-paths --verb=get --non-resource-url=/healthz",
    "clusterrole {0}-sum --aggregation-rule=a=b",
    "clusterrolebinding {0}-readers --clusterrole=view --user=jane --serviceaccount=default:robot",
    "priorityclass {0}-high --value=1000 --description=first --preemption-policy=Never",
]


def _shown(command: str) -> str:
    return command.split(" --")[0]


def _words(command: str) -> list:
    return [word.replace("*/5***", "*/5 * * * *") for word in command.split()]


def _missing(wanted, given, path="") -> list:
    """Everything of `wanted` that `given` lacks; unset fields of either side count as absent."""
    if isinstance(wanted, dict):
        given = given if isinstance(given, dict) else {}
        return [
            line
            for name, value in wanted.items()
            if value not in (None, {}, []) and f"{path}.{name}" not in (".status", ".metadata.creationTimestamp")
            for line in _missing(value, given.get(name), f"{path}.{name}")
        ]
    if isinstance(wanted, list):
        # The service account's token is mounted into every pod, after what the pod asks for.
        more = path.endswith((".volumes", ".volumeMounts"))
        if not isinstance(given, list) or len(given) < len(wanted) or (len(given) > len(wanted) and not more):
            return [f"{path}: {wanted!r} became {given!r}"]
        return [
            line for at, value in enumerate(wanted) for line in _missing(value, given[at], f"{path}[{at}]")
        ]
    return [] if wanted == given else [f"{path}: {wanted!r} became {given!r}"]


def _compare(kubectl, words: list):
    # What stands behind `--` is the container's command.
    at = words.index("--") if "--" in words else len(words)
    wanted = kubectl(*words[:at], "--dry-run=client", "-o", "json", *words[at:]).json
    given = kubectl(*words[:at], "-o", "json", *words[at:]).json
    assert _missing(wanted, given) == []
    return given


@pytest.mark.parametrize("command", _FROM_NOTHING, ids=_shown)
def test_create(kubectl, command):
    _compare(kubectl, ["create", *_words(command)])


@pytest.mark.parametrize("command", _CLUSTER_WIDE, ids=_shown)
def test_create_cluster_wide(kubectl, command):
    words = command.format(kubectl.namespace).split()
    try:
        _compare(kubectl, ["create", *words])
    finally:
        kubectl.run("delete", words[0], words[1], "--wait=false")


def test_run_with_everything_its_flags_can_say(kubectl):
    overrides = (
        '{"spec": {"terminationGracePeriodSeconds": 0, "nodeSelector": {"a": "b"},'
        ' "tolerations": [{"key": "k", "operator": "Exists", "tolerationSeconds": 5}],'
        ' "volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1Mi"}},'
        ' {"name": "p", "projected": {"sources": [{"configMap": {"name": "c", "optional": true}}]}},'
        ' {"name": "h", "hostPath": {"path": "/tmp", "type": "Directory"}}],'
        ' "securityContext": {"runAsUser": 0, "fsGroup": 2000},'
        ' "containers": [{"name": "one", "image": "sleep", "command": ["sleep", "1000"],'
        ' "resources": {"limits": {"cpu": "100m", "memory": "64Mi"}},'
        ' "livenessProbe": {"httpGet": {"path": "/", "port": "http", "httpHeaders": [{"name": "a", "value": "b"}]}},'
        ' "readinessProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 3},'
        ' "startupProbe": {"exec": {"command": ["true"]}},'
        ' "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},'
        ' "securityContext": {"capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}, "runAsNonRoot": false},'
        ' "envFrom": [{"prefix": "X_", "configMapRef": {"name": "c", "optional": true}}],'
        ' "env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},'
        ' {"name": "S", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": true}}},'
        ' {"name": "R", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}}],'
        ' "ports": [{"name": "http", "containerPort": 80}],'
        ' "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": true}]}]}}'
    )
    _compare(
        kubectl,
        ["run", "one", "--image=sleep", "--labels=a=b,c=d", "--annotations=e=f", "--env=Z=1", "--restart=Never",
         f"--overrides={overrides}"],
    )  # fmt: skip


def test_run_expose_and_autoscale(kubectl):
    _compare(kubectl, ["run", "two", "--image=sleep", "--port=8080", "--env=A=1", "--", "sleep", "1000"])
    _compare(kubectl, ["expose", "pod", "two", "--port=80", "--target-port=8080", "--name=two", "--session-affinity=ClientIP"])
    kubectl.apply(deployment("web", 0))
    _compare(kubectl, ["expose", "deployment", "web", "--port=80", "--type=NodePort"])
    scaler = _compare(kubectl, ["autoscale", "deployment", "web", "--min=1", "--max=4", "--cpu-percent=70"])
    assert scaler["spec"]["scaleTargetRef"]["name"] == "web"
    assert "70%" in kubectl("get", "hpa", "web").out


def test_token_and_its_lifetime(kubectl):
    kubectl("create", "serviceaccount", "robot")
    token = kubectl("create", "token", "robot", "--duration=1h", "--audience=there").out.strip()
    assert token.count(".") == 2
    bound = kubectl("create", "secret", "generic", "holder", "-o", "name").out.strip()
    assert bound == "secret/holder"
    assert kubectl("create", "token", "robot", "--bound-object-kind=Secret", "--bound-object-name=holder").out


def test_files_become_config_maps_and_secrets(kubectl, tmp_path):
    (tmp_path / "text").write_text("hello\n")
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    _compare(kubectl, ["create", "configmap", "files", f"--from-file={tmp_path}"])
    _compare(kubectl, ["create", "secret", "generic", "files", f"--from-file={tmp_path}"])


def test_create_job_from_a_cronjob(kubectl):
    kubectl("create", "cronjob", "often", "--image=sleep", "--schedule=0 0 1 1 *", "--", "sleep", "0")
    made = kubectl("create", "job", "now", "--from=cronjob/often", "-o", "json").json
    assert made["metadata"]["ownerReferences"][0]["name"] == "often"
    kubectl("wait", "--for=condition=complete", "job/now", "--timeout=20s")


def test_what_exists_and_what_is_wrong_is_refused(kubectl):
    kubectl("create", "configmap", "one")
    assert "already exists" in kubectl.refused("create", "configmap", "one")
    assert "a lowercase RFC 1123" in kubectl.refused("create", "configmap", "Not_A_Name")
    assert "not found" in kubectl.within("nowhere").refused("create", "configmap", "one")
