"""K8S, continued: the network, the namespace, roll-outs and exposure."""

from collections.abc import Iterable

from agentkit.rules import Finding, Rule, objects
from agentkit.rules.objects import listed, mapping
from agentkit.rules.view import Mapping, View

GRACE_S = 30  # what Kubernetes waits if nothing is said


class _Objects(Rule):
    def applies(self, view: View) -> bool:
        return any(o.kind in objects.LONG_LIVED for o in objects.workloads(view))


class NetworkPolicies(_Objects):
    """A network policy says who may talk to whom, in both directions"""

    id = "AK-K8S006"
    severity = "high"
    confidence = "structural"
    why = "an agent that follows an injected instruction sends what it knows anywhere"
    fix = "a NetworkPolicy with policyTypes [Ingress, Egress] that names what is needed"
    url = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"

    def check(self, view: View) -> Iterable[Finding]:
        policies = [o for o in objects.all_of(view) if o.kind == "NetworkPolicy"]
        types = {t for p in policies for t in listed(p.spec, "policyTypes")}
        for missing in sorted({"Ingress", "Egress"} - types):
            first = next(o for o in objects.workloads(view) if o.kind in objects.LONG_LIVED)
            yield self.at(first.path, first.line, f"nothing limits {missing.lower()}", missing)


class LabelledNamespace(Rule):
    """Nothing is in the default namespace, and a namespace says what it admits"""

    id = "AK-K8S007"
    why = "without the label, the API server admits any pod"
    fix = "the label pod-security.kubernetes.io/enforce: restricted"
    url = "https://kubernetes.io/docs/concepts/security/pod-security-admission/"

    def applies(self, view: View) -> bool:
        return bool(objects.all_of(view))

    def check(self, view: View) -> Iterable[Finding]:
        for found in objects.all_of(view):
            metadata = mapping(found.body, "metadata")
            if metadata.get("namespace") == "default":
                yield self.at(found.path, metadata.lines["namespace"], "the default namespace")
            enforced = mapping(metadata, "labels").get("pod-security.kubernetes.io/enforce")
            if found.kind == "Namespace" and enforced not in ("restricted", "baseline"):
                yield self.at(found.path, found.line, f"{found.name} admits any pod", found.name)


class SafeRollout(_Objects):
    """A roll-out ends no run, and a node that is drained leaves one pod"""

    id = "AK-K8S008"
    confidence = "structural"
    why = "every deployment, and every upgrade of a node, would break the runs in progress"
    fix = "a PodDisruptionBudget, and a grace period that is longer than the service drains"
    url = "https://kubernetes.io/docs/tasks/run-application/configure-pdb/"

    def check(self, view: View) -> Iterable[Finding]:
        budgets = any(o.kind == "PodDisruptionBudget" for o in objects.all_of(view))
        for found in (o for o in objects.workloads(view) if o.kind == "Deployment"):
            grace = found.pod.get("terminationGracePeriodSeconds", GRACE_S)
            if isinstance(grace, int) and grace < GRACE_S:
                line = found.pod.lines.get("terminationGracePeriodSeconds", found.line)
                yield self.at(found.path, line, f"{found.name}: only {grace} s to drain", "grace")
            replicas = found.spec.get("replicas", 1)
            if isinstance(replicas, int) and replicas > 1 and not budgets:
                yield self.at(found.path, found.line, f"{found.name}: no disruption budget", "pdb")


class NotExposed(Rule):
    """Services are reached from inside, or through an ingress with TLS"""

    id = "AK-K8S009"
    severity = "high"
    why = "an agent behind a public load balancer is an open wallet"
    fix = "type: ClusterIP, and an Ingress with tls"
    url = "https://kubernetes.io/docs/concepts/services-networking/ingress/#tls"

    def applies(self, view: View) -> bool:
        return any(o.kind in ("Service", "Ingress") for o in objects.all_of(view))

    def check(self, view: View) -> Iterable[Finding]:
        for found in objects.all_of(view):
            type = found.spec.get("type", "ClusterIP")
            if found.kind == "Service" and type in ("LoadBalancer", "NodePort"):
                yield self.at(found.path, found.spec.lines["type"], f"{found.name} is a {type}")
            if found.kind == "Ingress" and not listed(found.spec, "tls"):
                yield self.at(found.path, found.line, f"{found.name} has no TLS")


class SoundObjects(Rule):
    """Manifests have what the API server insists on"""

    id = "AK-K8S010"
    severity = "high"
    why = "what the API server refuses fails in the middle of a deployment"
    fix = "kubectl apply --dry-run=server says more"
    url = "https://kubernetes.io/docs/reference/kubernetes-api/"
    removed = (
        "apps/v1beta1",
        "apps/v1beta2",
        "autoscaling/v2beta1",
        "autoscaling/v2beta2",
        "batch/v1beta1",
        "extensions/v1beta1",
        "networking.k8s.io/v1beta1",
        "policy/v1beta1",
    )

    def applies(self, view: View) -> bool:
        return bool(objects.all_of(view))

    def check(self, view: View) -> Iterable[Finding]:
        for found in objects.all_of(view):
            version = found.body.get("apiVersion")
            if version in self.removed:
                line = found.body.lines["apiVersion"]
                yield self.at(found.path, line, f"{version} was removed from Kubernetes")
            if not found.name and found.kind not in ("Kustomization", "Component"):
                named = "generateName" in mapping(found.body, "metadata")
                if not named and not found.kind.endswith("List"):
                    yield self.at(found.path, found.line, f"a {found.kind} without a name")
            labels = mapping(found.spec, "template", "metadata", "labels")
            wanted = mapping(found.spec, "selector", "matchLabels")
            if found.kind in objects.LONG_LIVED and not _within(wanted, labels):
                what = f"{found.name}: the selector does not match the labels of its pods"
                yield self.at(found.path, found.line, what)


def _within(wanted: Mapping, labels: Mapping) -> bool:
    return bool(wanted) and wanted.items() <= labels.items()
