"""K8S: workloads that may do little, and that can be moved without losing anything."""

from collections.abc import Iterable, Iterator

from agentkit.rules import Finding, Rule, objects
from agentkit.rules.objects import Object, listed, mapping
from agentkit.rules.view import Mapping, View

PSS = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
PROBES = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"
DANGEROUS = ("hostNetwork", "hostPID", "hostIPC")


class _Workloads(Rule):
    def applies(self, view: View) -> bool:
        return bool(objects.workloads(view))


class Restricted(_Workloads):
    """Pods meet the restricted Pod Security Standard"""

    id = "AK-K8S001"
    severity = "critical"
    why = "a hijacked agent must not become the owner of the node"
    fix = "runAsNonRoot, allowPrivilegeEscalation: false, drop ALL, seccompProfile RuntimeDefault"
    url = PSS

    def check(self, view: View) -> Iterable[Finding]:
        for found in objects.workloads(view):
            for flag in DANGEROUS:
                if found.pod.get(flag) is True:
                    yield self.at(found.path, found.pod.lines[flag], f"{flag} is on", flag)
            for volume in listed(found.pod, "volumes"):
                if isinstance(volume, Mapping) and "hostPath" in volume:
                    yield self.at(found.path, volume.line, "mounts a folder of the node")
            for container in found.containers:
                for missing in _unrestricted(found, container):
                    name = container.get("name", "?")
                    yield self.at(
                        found.path, container.line, f"{name}: {missing}", f"{name} {missing}"
                    )


def _unrestricted(found: Object, container: Mapping) -> Iterator[str]:
    pod, own = mapping(found.pod, "securityContext"), mapping(container, "securityContext")
    if own.get("privileged") is True:
        yield "is privileged"
    if not own.get("runAsNonRoot", pod.get("runAsNonRoot")):
        yield "may run as root: runAsNonRoot is not true"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if "ALL" not in listed(mapping(own, "capabilities"), "drop"):
        yield "keeps capabilities: drop [ALL] is missing"
    profile = mapping(own, "seccompProfile") or mapping(pod, "seccompProfile")
    if profile.get("type") not in ("RuntimeDefault", "Localhost"):
        yield "seccompProfile is not RuntimeDefault"


class ReadOnly(_Workloads):
    """The file system of containers is read-only"""

    id = "AK-K8S002"
    severity = "high"
    why = "what cannot be written cannot be tampered with"
    fix = "readOnlyRootFilesystem: true, and an emptyDir where it must write"
    url = "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"

    def check(self, view: View) -> Iterable[Finding]:
        for found in objects.workloads(view):
            for container in found.containers:
                if mapping(container, "securityContext").get("readOnlyRootFilesystem") is not True:
                    what = f"{container.get('name', '?')}: its file system can be written"
                    yield self.at(found.path, container.line, what)


class Bounded(_Workloads):
    """Containers say what they need and what they may use"""

    id = "AK-K8S003"
    why = "an agent in a loop takes the memory of its neighbours"
    fix = "resources with requests and limits for memory, and a request for cpu"
    url = "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"

    def check(self, view: View) -> Iterable[Finding]:
        needed = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))
        for found in objects.workloads(view):
            for container in found.containers:
                resources = mapping(container, "resources")
                missing = [f"{a}.{b}" for a, b in needed if b not in mapping(resources, a)]
                if missing:
                    what = f"{container.get('name', '?')}: no {', '.join(missing)}"
                    yield self.at(found.path, container.line, what)


class Probed(_Workloads):
    """Liveness and readiness are asked, and are two questions"""

    id = "AK-K8S004"
    severity = "high"
    confidence = "structural"
    why = "a liveness probe that asks the database restarts every pod when the database is away"
    fix = "livenessProbe on /live, readinessProbe on /ready, and a startupProbe"
    url = PROBES

    def check(self, view: View) -> Iterable[Finding]:
        for found in (o for o in objects.workloads(view) if o.kind in objects.LONG_LIVED):
            for container in (c for c in found.main if "ports" in c):
                live = mapping(container, "livenessProbe")
                ready = mapping(container, "readinessProbe")
                name = container.get("name", "?")
                if not live or not ready:
                    missing = "livenessProbe" if not live else "readinessProbe"
                    yield self.at(found.path, container.line, f"{name}: no {missing}", name)
                elif _asks(live) == _asks(ready) and "httpGet" in live:
                    what = f"{name}: liveness asks what readiness asks"
                    yield self.at(found.path, live.line, what, name)


def _asks(probe: Mapping) -> tuple[object, object]:
    asked = mapping(probe, "httpGet")
    return asked.get("path"), asked.get("port")


class OwnIdentity(_Workloads):
    """Pods have an identity of their own, and no token that they do not need"""

    id = "AK-K8S005"
    severity = "high"
    why = "whoever takes over the pod may ask the API server whatever the token may"
    fix = "serviceAccountName of its own, automountServiceAccountToken: false"
    url = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/"

    def check(self, view: View) -> Iterable[Finding]:
        accounts = {
            o.name: o.body.get("automountServiceAccountToken")
            for o in objects.all_of(view)
            if o.kind == "ServiceAccount"
        }
        for found in objects.workloads(view):
            account = found.pod.get("serviceAccountName", "default")
            mounts = found.pod.get("automountServiceAccountToken", accounts.get(account))
            if mounts is not False:
                yield self.at(found.path, found.line, f"{found.name}: mounts a token", "token")
        for role in objects.all_of(view):
            if role.kind in ("Role", "ClusterRole"):
                for rule in (r for r in listed(role.body, "rules") if isinstance(r, Mapping)):
                    if "*" in [*listed(rule, "verbs"), *listed(rule, "resources")]:
                        yield self.at(role.path, rule.line, f"{role.name}: a rule has a wildcard")
