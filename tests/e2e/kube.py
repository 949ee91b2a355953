"""A whole Kubernetes in a node of a test's own.

etcd, API server, controllers, scheduler, kubelet and proxy are the real ones of version 1.20, which
`.ci/long-tools` builds; containerd and runc are Debian's.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e import node as nodes
from tests.e2e.node import ADDRESS, Node

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "agentkit-tests"
BINARIES = CACHE / "kubernetes-1.20/bin"
API = f"https://{ADDRESS}:6443"
TOKEN = "of-a-cluster-that-nobody-reaches"

CONTAINERD = """
version = 2
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "pause"
restrict_oom_score_adj = true  # not everyone who is root may lower it
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{folder}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
"""
PODS: dict[str, Any] = {
    "cniVersion": "0.4.0",
    "name": "pods",
    "type": "bridge",
    "bridge": "pods",
    "isGateway": True,
    "ipMasq": True,
    "hairpinMode": True,
    "ipam": {"type": "host-local", "subnet": "10.98.0.0/24", "routes": [{"dst": "0.0.0.0/0"}]},
}
# What CoreDNS is for: dnsmasq reads the file anew whenever it has changed.
NAMES = """
each='{.spec.clusterIP} {.metadata.name}.{.metadata.namespace}.svc.cluster.local{"\\n"}'
while sleep 1; do
    kubectl get services --all-namespaces --output "jsonpath={range .items[*]}$each{end}" > "$1.new"
    cmp --silent "$1.new" "$1/services" || mv "$1.new" "$1/services"
done
"""
KUBELET = {
    "apiVersion": "kubelet.config.k8s.io/v1beta1",
    "kind": "KubeletConfiguration",
    "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
    "authorization": {"mode": "AlwaysAllow"},
    "cgroupDriver": "cgroupfs",
    "clusterDNS": [ADDRESS],
    "clusterDomain": "cluster.local",
    "failSwapOn": False,
    "evictionHard": {"memory.available": "50Mi"},
    "imageGCHighThresholdPercent": 100,
    "oomScoreAdj": 0,
}


@contextmanager
def running(folder: Path) -> Iterator[Node]:
    """A cluster with one node that is ready, and no image yet."""
    for tool in "etcd", "containerd", "runc", "openssl", "curl", "dnsmasq":
        assert shutil.which(tool), f"{tool} is needed: .ci/long-tools"
    assert BINARIES.is_dir(), f"{BINARIES} is needed: .ci/long-tools builds it"
    with nodes.running(folder) as node:
        node.env["KUBECONFIG"] = str(folder / "kubeconfig")
        node.env["PATH"] = f"{BINARIES}:{node.env['PATH']}:/usr/sbin"
        _start(node)
        yield node


def _start(node: Node) -> None:
    _configure(node)
    data = f"{node.folder}/etcd"
    node.start("etcd", "--data-dir", data, "--unsafe-no-fsync", "--log-level=error")
    node.start("containerd", "--config", f"{node.folder}/containerd.toml")
    _start_control_plane(node)
    _start_workers(node)
    _start_names(node, node.folder / "names")
    ready = "kubectl", "wait", "--for=condition=Ready", "node/node", "--timeout=1s"
    node.wait("node", lambda: node.answers(*ready))


def _start_names(node: Node, folder: Path) -> None:
    folder.mkdir()
    node.start("sh", "-c", NAMES, "sh", str(folder))
    served = f"--listen-address={ADDRESS}", f"--hostsdir={folder}", "--local=/local/"
    own = (
        "--bind-interfaces",
        "--conf-file=/dev/null",
        "--no-hosts",
        "--no-resolv",
        "--user=root",
        "--pid-file=",
    )
    node.start("dnsmasq", "--keep-in-foreground", "--log-facility=-", *served, *own)


def _configure(node: Node) -> None:
    key = "openssl", "genrsa", "-out", f"{node.folder}/key.pem", "2048"
    node.say(*key)
    (node.folder / "tokens.csv").write_text(f'{TOKEN},admin,1,"system:masters"\n')
    (node.folder / "containerd.toml").write_text(CONTAINERD.format(folder=node.folder))
    (node.folder / "cni").mkdir()
    (node.folder / "cni/pods.conf").write_text(json.dumps(PODS))
    cgroup = {"cgroupRoot": f"/{node.cgroup}"}
    (node.folder / "kubelet.json").write_text(json.dumps(KUBELET | cgroup))
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": {"server": API, "insecure-skip-tls-verify": True}}],
        "users": [{"name": "it", "user": {"token": TOKEN}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }
    (node.folder / "kubeconfig").write_text(json.dumps(config))


def _start_control_plane(node: Node) -> None:
    key, config = f"{node.folder}/key.pem", f"--kubeconfig={node.folder}/kubeconfig"
    node.start(
        "kube-apiserver",
        "--etcd-servers=http://127.0.0.1:2379",
        f"--bind-address={ADDRESS}",
        f"--cert-dir={node.folder}/certificates",
        f"--token-auth-file={node.folder}/tokens.csv",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
        "--kubelet-preferred-address-types=InternalIP",
    )
    node.wait("API server", lambda: node.answers("kubectl", "get", "--raw", "/readyz"))
    account = f"--service-account-private-key-file={key}"
    node.start("kube-controller-manager", config, account, "--leader-elect=false")
    node.start("kube-scheduler", config, "--leader-elect=false")


def _start_workers(node: Node) -> None:
    config = f"--kubeconfig={node.folder}/kubeconfig"
    node.start(
        "kubelet",
        config,
        f"--config={node.folder}/kubelet.json",
        "--hostname-override=node",
        f"--node-ip={ADDRESS}",
        f"--volume-plugin-dir={node.folder}/plugins",
        "--container-runtime=remote",
        "--container-runtime-endpoint=unix:///run/containerd/containerd.sock",
    )
    node.start(
        "kube-proxy",
        config,
        "--hostname-override=node",
        "--proxy-mode=iptables",
        "--cluster-cidr=10.98.0.0/24",
        "--oom-score-adj=0",
        "--conntrack-max-per-core=0",  # these three are the machine's
        "--conntrack-tcp-timeout-established=0",
        "--conntrack-tcp-timeout-close-wait=0",
    )
