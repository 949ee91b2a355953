"""A whole Kubernetes on this machine, in namespaces of its own: it leaves nothing behind.

etcd, API server, controllers, scheduler, kubelet and proxy are the real ones of version 1.20, which
`.ci/long-tools` builds; containerd and runc are Debian's. Processes, mounts, networks and firewall
rules are inside of the namespaces, and go with the one process that holds them.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "agentkit-tests"
BINARIES = CACHE / "kubernetes-1.20/bin"
ADDRESS = "10.99.0.1"
API = f"https://{ADDRESS}:6443"
PATIENCE = 180
TOKEN = "of-a-cluster-that-nobody-reaches"
CGROUPS = Path("/sys/fs/cgroup")

# The machine's folders that the programs write to are empty ones here, whatever their options say.
PREPARE = f"""
set -e
mount --make-rshared /
mount --bind "$1/lib" /var/lib
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log
ip link set lo up
ip link add eth0 type bridge
ip address add {ADDRESS}/24 dev eth0
ip link set eth0 up
ip route add default via {ADDRESS}
echo 1 > /proc/sys/net/ipv4/ip_forward
echo ready
exec sleep infinity
"""
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
KUBELET = {
    "apiVersion": "kubelet.config.k8s.io/v1beta1",
    "kind": "KubeletConfiguration",
    "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
    "authorization": {"mode": "AlwaysAllow"},
    "cgroupDriver": "cgroupfs",
    "failSwapOn": False,
    "evictionHard": {"memory.available": "50Mi"},
    "imageGCHighThresholdPercent": 100,
    "oomScoreAdj": 0,
}


class Node:
    """The one machine of the cluster."""

    def __init__(self, folder: Path, init: int):
        self.folder, self.init, self.cgroup = folder, init, f"agentkit-{uuid4().hex[:8]}"
        self.images: set[str] = set()
        self.env = os.environ | {"KUBECONFIG": str(folder / "kubeconfig")}
        self.env["PATH"] = f"{BINARIES}:{self.env['PATH']}:/usr/sbin"
        for name in "lib", "cni", "log":
            (folder / name).mkdir(exist_ok=True)

    def inside(self, *command: str) -> list[str]:
        return ["nsenter", f"--target={self.init}", "--mount", "--net", "--pid", "--wd=.", *command]

    def run(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        options = {"env": self.env, "capture_output": True, "text": True} | options
        return subprocess.run(self.inside(*command), **options)

    def say(self, *command: str, **options: Any) -> str:
        """What a command prints that must succeed."""
        done = self.run(*command, **options)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"log/{name}").open("w") as log:
            subprocess.Popen(self.inside(name, *command), env=self.env, stdout=log, stderr=log)

    def wait(self, what: str, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, f"no {what}: see {self.folder}/log"
            time.sleep(0.2)

    def answers(self, *command: str) -> bool:
        return self.run(*command).returncode == 0


@contextmanager
def running(folder: Path) -> Iterator[Node]:
    """A cluster with one node that is ready, and no image yet."""
    for tool in "etcd", "containerd", "runc", "nsenter", "openssl":
        assert shutil.which(tool), f"{tool} is needed: .ci/long-tools"
    assert BINARIES.is_dir(), f"{BINARIES} is needed: .ci/long-tools builds it"
    (folder / "lib").mkdir()
    unshare = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command = [*unshare, "sh", "-c", PREPARE, "sh", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout and holder.stdout.readline() == "ready\n"
            children = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text()
            node = Node(folder, int(children))
            try:
                _start(node)
                yield node
            finally:
                holder.send_signal(signal.SIGKILL)  # and with it whatever is inside
                holder.wait()
                _remove_cgroups(node.cgroup)
        finally:
            holder.kill()


def _start(node: Node) -> None:
    _configure(node)
    data = f"{node.folder}/etcd"
    node.start("etcd", "--data-dir", data, "--unsafe-no-fsync", "--log-level=error")
    node.start("containerd", "--config", f"{node.folder}/containerd.toml")
    _start_control_plane(node)
    _start_workers(node)
    ready = "kubectl", "wait", "--for=condition=Ready", "node/node", "--timeout=1s"
    node.wait("node", lambda: node.answers(*ready))


def _configure(node: Node) -> None:
    key = "openssl", "genrsa", "-out", f"{node.folder}/key.pem", "2048"
    node.say(*key)
    (node.folder / "tokens.csv").write_text(f'{TOKEN},admin,1,"system:masters"\n')
    (node.folder / "containerd.toml").write_text(CONTAINERD.format(folder=node.folder))
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
    for controller in CGROUPS.iterdir():
        (controller / node.cgroup).mkdir(exist_ok=True)


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


def _remove_cgroups(name: str) -> None:
    for controller in CGROUPS.iterdir():
        for folder, _, _ in os.walk(controller / name, topdown=False):
            os.rmdir(folder)
