"""SEC: secrets stay out of what git holds, and out of what is printed."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from agentkit.rules import Finding, Rule, code, images, objects
from agentkit.rules.view import Mapping, View

# The patterns of hooks/secrets.py, which runs where agentkit is not installed; a test compares.
ALLOWED = "agentkit: not-a-secret"
SECRETS = {
    "an OpenAI or Anthropic key": r"\bsk-(?:ant-|proj-)?[\w-]{32,}",
    "an AWS access key": r"\b(?:AKIA|ASIA)(?!\w*EXAMPLE)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,})",
    "a GitLab token": r"\bglpat-[\w-]{20,}",
    "a Google key": r"\bAIza[\w-]{35}\b",
    "a Slack token": r"\bxox[abprs]-[\w-]{20,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\\n|\s)*(?:[\w+/=]{16}|[\"']?$)",
    "a password in a URL": (
        r"\b[a-z][a-z0-9+]*://(?P<user>[^/\s:@${<]+):(?!(?P=user)@|\$|<|\{|(?i:(my|your)?_?(password|secret)))[^/\s@\"'`,;()]{8,}@"
    ),
}
PATTERN = re.compile("|".join(f"(?P<s{n}>{text})" for n, text in enumerate(SECRETS.values())), re.M)
WORDS = list(SECRETS)
# Where none of these is, there is no secret: most files are read by these only, which is fast.
STARTS = ("sk-", "AKIA", "ASIA", *(f"gh{c}_" for c in "pousr"), "github_pat_", "glpat-", "AIza")
STARTS += ("xox", "PRIVATE KEY-----")
ADDRESS = re.compile(r"://[^/\s:]+:[^/\s]+@")
NAME = re.compile(r"(^|[_-])(api_?key|secret|token|password|passwd|private_?key)s?$", re.I)
PLACEHOLDER = re.compile(
    r"^\W*$|^(change.?me|your[-_ ]|<|x{3,}|placeholder|example|secret$|test|dummy|fake|null|none)|"
    r"[$%]\{|\{\{|^\$",
    re.I,
)
CREDENTIALS = (
    r"(.*/)?(\.env(\.(?!.*(template|example|sample|dist)(\.\w+)?$)[\w.-]+)?|id_(rsa|ed25519|ecdsa)|"
)
CREDENTIALS += r"[\w.-]+\.(pem|key|p12|pfx|jks)|provider_credentials\.ya?ml|\.netrc|\.pypirc)"
OWASP = "https://owasp.org/www-project-top-10-ci-cd-security-risks/CICD-SEC-06-Insufficient-Credential-Hygiene"


class NoSecret(Rule):
    """No file holds a secret"""

    id = "AK-SEC001"
    severity = "critical"
    why = "whoever reads the repository, or any old clone of it, has the key"
    fix = f"revoke it, take it out, or end the line with `# {ALLOWED}`"
    url = OWASP

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.files:
            text = view.text(path)
            if not (any(start in text for start in STARTS) or ADDRESS.search(text)):
                continue
            for number, line in view.lines(path):
                near = "://" in line or any(start in line for start in STARTS)
                found = PATTERN.search(line) if near else None
                if found and not line.rstrip().endswith(ALLOWED):
                    kind = WORDS[int(str(found.lastgroup)[1:])]
                    yield self.at(path, number, f"this looks like {kind}", f"{kind} {number}")


class NoCredentialFile(Rule):
    """No file of credentials is in git"""

    id = "AK-SEC002"
    severity = "critical"
    why = "a file that exists to hold secrets holds one sooner or later"
    fix = "git rm --cached it, add it to .gitignore, and revoke what was in it"
    url = OWASP

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.matching(CREDENTIALS):
            public = "PRIVATE KEY" not in view.text(path) and path.endswith((".pem", ".key"))
            if not public and (path in view.tracked or not view.versioned):
                yield self.at(path, 0, "a file of credentials is in git")


class NoSecretManifest(Rule):
    """No Kubernetes Secret has its data in git"""

    id = "AK-SEC003"
    severity = "critical"
    why = "base64 is no protection: the manifest is the secret"
    fix = "name the Secret, and let External Secrets or a person make it"
    url = "https://kubernetes.io/docs/concepts/security/secrets-good-practices/"

    def applies(self, view: View) -> bool:
        return bool(objects.all_of(view))

    def check(self, view: View) -> Iterable[Finding]:
        for found in objects.all_of(view):
            if found.kind == "Secret":
                for field in ("data", "stringData"):
                    values = found.body.get(field) or {}
                    real = [k for k, v in values.items() if not PLACEHOLDER.search(str(v))]
                    if real:
                        line = found.body.lines.get(field, found.line)
                        yield self.at(
                            found.path, line, f"{field} holds {', '.join(map(str, real))}"
                        )


class NamesNotValues(Rule):
    """Configuration names secrets, it does not hold them"""

    id = "AK-SEC004"
    severity = "high"
    confidence = "structural"
    why = "a secret in a file of configuration cannot be rotated, and is in every clone"
    fix = "name the environment variable instead, as in api_key_env: OPENAI_API_KEY"
    url = "https://12factor.net/config"

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.matching(r"(.*/)?(config|settings)/.*\.ya?ml|(.*/)?config[\w.-]*\.ya?ml"):
            for document in view.yaml(path):
                for mapping, key, value in _scalars(document):
                    if NAME.search(str(key)) and _literal(value):
                        yield self.at(path, mapping.lines.get(key, 1), f"{key} holds a value", key)


class NoLiteralPassword(Rule):
    """No password is written out in compose files and pipelines"""

    id = "AK-SEC005"
    severity = "high"
    confidence = "structural"
    why = "what is copied from development runs in production"
    fix = "take it from the environment: ${POSTGRES_PASSWORD:?}"
    url = "https://docs.docker.com/compose/how-tos/use-secrets/"

    def check(self, view: View) -> Iterable[Finding]:
        files = view.matching(rf"{images.COMPOSE}|\.github/workflows/.*\.ya?ml|\.gitlab-ci\.yml")
        for path in files:
            for document in view.yaml(path):
                for mapping, key, value in _scalars(document):
                    name, text = _pair(key, value)
                    if NAME.search(name) and name != "id-token" and _literal(text):
                        line = mapping.lines.get(key, mapping.line)
                        yield self.at(path, line, f"{name} is written out", name)


class NoDefaultSecret(Rule):
    """A secret has no default: without it the service does not start"""

    id = "AK-SEC006"
    severity = "high"
    confidence = "heuristic"
    why = "a service that starts with the secret of the source code is open to every reader"
    fix = "leave the default out, and refuse to start without a value"
    url = "https://docs.pydantic.dev/latest/concepts/pydantic_settings/"

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.saying(*code.GETENV):
            for call in code.calls(view.python(path), "os.getenv", "os.environ.get", "getenv"):
                texts = [str(code.value(a) or "") for a in call.args]
                if len(texts) == 2 and NAME.search(texts[0]) and _secret(texts[1]):
                    yield self.at(path, call.lineno, f"{texts[0]} has a default", texts[0])


def _secret(value: str) -> bool:
    return _literal(value) and not re.fullmatch(r"true|false|\d+", value, re.I)


def _literal(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= 3 and not PLACEHOLDER.search(value)


def _pair(key: Any, value: Any) -> tuple[str, Any]:
    """Of an item NAME=value of a list, what it names."""
    if isinstance(key, int) and isinstance(value, str) and "=" in value:
        name, _, text = value.partition("=")
        return name, text
    return str(key), value


def _scalars(value: Any, above: Mapping | None = None) -> Iterator[tuple[Mapping, Any, Any]]:
    """Every scalar with its key, and the mapping whose lines tell where it is."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list):
                yield from _scalars(inner, value)
            else:
                yield value, key, inner
    elif isinstance(value, list) and above is not None:
        for number, inner in enumerate(value):
            if isinstance(inner, Mapping | list):
                yield from _scalars(inner, above)
            else:
                yield above, number, inner
