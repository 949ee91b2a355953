"""A generated project as its user brings it to a cluster: images, Secrets, scripts, requests."""

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e import image
from tests.e2e.node import ADDRESS, Node
from tests.e2e.project import clean_environment, run
from tests.template import projects

GIVEN = {"providers": ["openai"], "interfaces": ["http", "worker"], "store": "redis"}
TARGETS = {"targets": ["docker", "kubernetes"]}
REPOSITORY = "registry.example.com/my-agent"
PAUSE = "docker.io/library/pause:latest"
NGINX = "docker.io/nginxinc/nginx-unprivileged:1.29-alpine"
KEY = "of-alice"
# What version 1.20 calls otherwise or does not know. All else is applied as it is generated.
OLDER = {
    "apiVersion: autoscaling/v2\n": "apiVersion: autoscaling/v2beta2\n",
    "apiVersion: policy/v1\n": "apiVersion: policy/v1beta1\n",
    'kubeVersion: ">=1.32.0-0"': 'kubeVersion: ">=1.20.0-0"',
    "preStop: {sleep: {seconds: 5}}": 'preStop: {exec: {command: [sleep, "5"]}}',
}
# What the version is that each of a hundred callers gets
CALLERS = """
import json, sys, urllib.request
def version(key):
    asked = urllib.request.Request(sys.argv[1], headers={"X-API-Key": f"caller-{key}"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return json.load(answer)["status"], answer.headers["X-Agent-Version"]
print(json.dumps([version(key) for key in range(100)]))
"""
# Asks again and again, with a new connection each time, until its input ends.
CALLER = """
import select, sys, urllib.request
print("asking", flush=True)
while not select.select([sys.stdin], [], [], 0.05)[0]:
    try:
        with urllib.request.urlopen(sys.argv[1], timeout=10) as answer:
            print(answer.read().decode(), flush=True)
    except OSError as error:
        print("failed:", error, flush=True)
"""


class Project:
    """What is in the folder, and what runs in the cluster."""

    def __init__(self, node: Node, folder: Path):
        self.node = node
        self.folder = projects.make(folder / "my-agent", GIVEN | TARGETS)
        for path in (self.folder / "k8s").rglob("*.yaml"):
            text = path.read_text()
            for new, old in OLDER.items():
                text = text.replace(new, old)
            path.write_text(text)
        run(self.folder, "make", "install")
        run(self.folder, ".venv/bin/agent", "lock")
        (folder / "lib/images").mkdir()
        self.old, self.new, self.broken = self._images(folder / "lib/images")

    def _images(self, folder: Path) -> tuple[str, str, str]:
        """Two versions, which differ in what /live says, and one that ends at once."""
        content = image.files(self.folder, folder / "old")
        shutil.copytree(content, folder / "new")
        changed = folder / f"new{image.PACKAGES}/agent/interfaces/http/operations.py"
        changed.write_text(changed.read_text().replace('"alive"', '"new"'))
        nothing: dict[str, object] = {"Entrypoint": ["sleep"], "Cmd": ["infinity"]}
        for name, base in {PAUSE: image.BASE, NGINX: image.SERVICES}.items():
            image.archive(folder / "other.tar", name, None, base, **nothing)
            load = "ctr", "--namespace=k8s.io", "images", "import", str(folder / "other.tar")
            self.node.say(*load)
        return (
            self._image(content),
            self._image(folder / "new"),
            self._image(content, Entrypoint=["false"]),
        )

    def _image(self, content: Path, **config: object) -> str:
        target = content.parent / f"{content.name}{len(config)}.tar"
        image.archive(target, "docker.io/library/given:latest", content, **config)
        return image.load(self.node, target, REPOSITORY)

    def script(self, name: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        mine = {"KUBECONFIG": self.node.env["KUBECONFIG"], "PATH": self.node.env["PATH"]}
        told = clean_environment(DEPLOY_TIMEOUT="240", ROLLOUT_TIMEOUT="240s") | mine | env
        return self.node.run(f"scripts/{name}.sh", *arguments, cwd=self.folder, env=told)

    def prepare(self, environment: str, **settings: str) -> None:
        """The namespace and the Secret, as docs/DEPLOYMENT.md says."""
        file, namespace = self.folder / f".env.{environment}", f"my-agent-{environment}"
        settings |= {"AGENT_API_KEYS": f"alice:{KEY}", "AGENT_STORE_URL": f"redis://{ADDRESS}/0"}
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self.node.say("kubectl", "create", "namespace", namespace, "--save-config")
        secret = "create", "secret", "generic", "agent", f"--from-env-file={file}"
        self.node.say("kubectl", f"--namespace={namespace}", *secret)

    def address(self, environment: str, service: str = "agent") -> str:
        """Of a Service, which the proxy knows and this machine does not."""
        get = "get", "service", service, "--output=jsonpath={.spec.clusterIP}"
        return "http://" + self.node.say("kubectl", f"--namespace=my-agent-{environment}", *get)

    def ask(self, url: str, question: str) -> str:
        """The status of a run."""
        body = json.dumps({"input": question})
        headers = f"X-API-Key: {KEY}", "Content-Type: application/json"
        options = [word for header in headers for word in ("--header", header)]
        curl = "curl", "--fail-with-body", "--silent", "--show-error", "--data", body
        return str(json.loads(self.node.say(*curl, *options, f"{url}/v1/runs"))["status"])

    def version(self, url: str) -> str:
        return str(json.loads(self.node.say("curl", "-fsS", f"{url}/live"))["status"])

    def versions(self, url: str) -> list[list[str]]:
        """What each of a hundred callers gets: the version, and its name."""
        told: list[list[str]] = json.loads(self.node.say("python3", "-c", CALLERS, f"{url}/live"))
        return told

    def be_the_pipeline(self) -> str:
        """Where the kubeconfig is that docs/DEPLOYMENT.md makes for it."""
        page = (self.folder / "docs/DEPLOYMENT.md").read_text()
        (block,) = re.findall(r"```sh\n(namespace=.*?)```", page, re.DOTALL)
        return self.node.say("sh", "-ec", block).splitlines()[-1]

    def wait_for(self, url: str, version: str) -> None:
        self.node.wait(version, lambda: self.version(url) == version)

    @contextmanager
    def variable(self, name: str) -> Iterator[None]:
        """One more in the environment of the containers, for what is deployed meanwhile."""
        path = self.folder / "k8s/version/deployment.yaml"
        before = path.read_text()
        known = '- {name: AGENT_PORT, value: "8080"}'
        assert known in before
        path.write_text(
            before.replace(known, f'{known}\n            - {{name: {name}, value: "1"}}')
        )
        yield
        path.write_text(before)

    def variables(self) -> list[str]:
        names = "--output=jsonpath={.spec.template.spec.containers[0].env[*].name}"
        get = "kubectl", "--namespace=my-agent-staging", "get", "deployment", "agent"
        return self.node.say(*get, names).split()

    def running(self) -> dict[str, str]:
        """The image of each Deployment of production."""
        get = "kubectl", "--namespace=my-agent-production", "get", "deployments", "--output=json"
        return {
            one["metadata"]["name"]: one["spec"]["template"]["spec"]["containers"][0]["image"]
            for one in json.loads(self.node.say(*get))["items"]
        }

    @contextmanager
    def asking(self, url: str) -> Iterator[Counter[str]]:
        """What callers are told meanwhile; it is counted at the end."""
        command = self.node.inside("python3", "-c", CALLER, f"{url}/live")
        told = Counter[str]()
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as caller:
            assert caller.stdout and caller.stdout.readline() == "asking\n"
            try:
                yield told
            finally:
                told.update(caller.communicate()[0].splitlines())
