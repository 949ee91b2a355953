"""IMG: the container image."""

import re
from collections.abc import Iterable, Mapping

from agentkit.rules import Finding, Rule, dockerfile, images
from agentkit.rules.view import View

BEST = "https://docs.docker.com/build/building/best-practices/"
COMPILERS = re.compile(r"\b(build-essential|gcc|g\+\+|make|cmake|cargo|rustc|python3-dev)\b")
PIPED = re.compile(r"\b(curl|wget)\b[^|;&]*\|\s*(sudo\s+)?(ba|z|da)?sh\b")
SECRET = re.compile(r"(PASSWORD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY)\b", re.I)
BINARIES = ("curl", "wget", "nc", "ps")


class _Image(Rule):
    def applies(self, view: View) -> bool:
        return bool(dockerfile.all_of(view))


class FixedBase(_Image):
    """The base image is named by a version, or by its digest"""

    id = "AK-IMG001"
    severity = "high"
    why = "another image tomorrow under the same name is another service"
    fix = "write FROM python:3.13-slim, or better FROM python:3.13-slim@sha256:..."
    url = "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"

    def check(self, view: View) -> Iterable[Finding]:
        digest = view.option(self.id, "digest", False)
        for file in dockerfile.all_of(view):
            for stage in file.external:
                if images.floating(stage.image):
                    yield self.at(file.path, stage.line, f"{stage.image} is another one tomorrow")
                elif digest and "@sha256:" not in stage.image and "$" not in stage.image:
                    yield self.at(file.path, stage.line, f"{stage.image} has no digest")


class NotRoot(_Image):
    """The process in the image is not root"""

    id = "AK-IMG002"
    severity = "high"
    why = "who breaks out of the process owns what root owns"
    fix = "end the last stage with USER 10001:10001"
    url = f"{BEST}#user"

    def check(self, view: View) -> Iterable[Finding]:
        for file in dockerfile.all_of(view):
            if not file.stages:
                continue
            users = file.final("USER")
            last = users[-1].value.split(":")[0] if users else ""
            line = users[-1].line if users else file.stages[-1].line
            if last in ("", "root", "0"):
                yield self.at(file.path, line, "the final image runs as root", "user")
            elif not last.isdigit() and "$" not in last:
                what = f"USER {last} is a name: Kubernetes cannot tell that it is not root"
                yield self.at(file.path, line, what, "user")


class SmallFinalImage(_Image):
    """The final image holds no compiler"""

    id = "AK-IMG003"
    confidence = "structural"
    why = "what is not there cannot be used by who breaks in, and need not be patched"
    fix = "build in a stage of its own, and copy the result"
    url = "https://docs.docker.com/build/building/multi-stage/"

    def check(self, view: View) -> Iterable[Finding]:
        for file in dockerfile.all_of(view):
            for run in file.final("RUN"):
                if "install" in run.value and (found := COMPILERS.search(run.value)):
                    yield self.at(file.path, run.line, f"installs {found[1]} in the final image")


class DockerIgnore(_Image):
    """What is copied into the image leaves secrets and git's history out"""

    id = "AK-IMG004"
    severity = "high"
    why = "COPY . . takes .env and .git along, into a layer that everybody can read"
    fix = "add a .dockerignore that ignores everything but what the image needs"
    url = "https://docs.docker.com/build/concepts/context/#dockerignore-files"

    def check(self, view: View) -> Iterable[Finding]:
        from pathspec import GitIgnoreSpec

        for file in dockerfile.all_of(view):
            broad = [i for i in file.instructions if re.match(r"(--\S+ )*\./?\s", i.value + " ")]
            whole = [i for i in broad if i.word in ("COPY", "ADD") and "--from" not in i.value]
            own = f"{file.path}.dockerignore"
            ignore = own if view.has(own) else ".dockerignore"
            spec = GitIgnoreSpec.from_lines(view.text(ignore).splitlines())
            for copy in whole:
                for name in (".env", ".git/config"):
                    if not spec.match_file(name):
                        yield self.at(file.path, copy.line, f"copies {name.split('/')[0]} too")

    def repair(self, view: View) -> Mapping[str, str | None]:
        lines = view.text(".dockerignore").splitlines()
        return {".dockerignore": "\n".join([*lines, "**/.env*", ".git"]) + "\n"}


class ExecForm(_Image):
    """The service gets its signals: it is not started by a shell"""

    id = "AK-IMG005"
    why = "a shell as process 1 does not pass SIGTERM on, and runs are lost at each deployment"
    fix = 'write CMD ["agent", "serve"], or exec in the script that starts it'
    url = "https://docs.docker.com/reference/dockerfile/#shell-and-exec-form"

    def check(self, view: View) -> Iterable[Finding]:
        for file in dockerfile.all_of(view):
            for word in ("ENTRYPOINT", "CMD"):
                for last in file.final(word)[-1:]:
                    words = last.exec_form
                    shell = words is None or (words[:2] in (["sh", "-c"], ["bash", "-c"]))
                    if shell and "exec " not in last.value:
                        yield self.at(file.path, last.line, f"{word} starts a shell", word)


class HealthCheckExists(_Image):
    """The health check can run in the image"""

    id = "AK-IMG006"
    confidence = "structural"
    why = "a check that cannot start reports a healthy service as ill, for ever"
    fix = "check with what the image has, such as a script of Python's standard library"
    url = "https://docs.docker.com/reference/dockerfile/#healthcheck"

    def check(self, view: View) -> Iterable[Finding]:
        for file in dockerfile.all_of(view):
            installed = " ".join(run.value for run in file.final("RUN"))
            slim = any("slim" in s.image or "distroless" in s.image for s in file.stages[-1:])
            bases = {s.name: s.image for s in file.stages}
            slim = slim or any("slim" in bases.get(s.image, "") for s in file.stages[-1:])
            for check in file.final("HEALTHCHECK"):
                for tool in BINARIES:
                    if slim and re.search(rf"\b{tool}\b", check.value) and tool not in installed:
                        yield self.at(file.path, check.line, f"{tool} is not in the image", tool)
        for name in view.matching(r"(.*/)?scripts/.*\.(sh|py)"):
            lines = view.text(name).splitlines()
            if (
                lines
                and not lines[0].startswith("#!")
                and any(x.startswith("#!") for x in lines[:3])
            ):
                yield self.at(name, 1, "the line with #! is not the first", "shebang")


class NothingFetchedBlindly(_Image):
    """The image is built of what was looked at, and keeps no secret"""

    id = "AK-IMG007"
    severity = "high"
    why = "what a server sends today runs in production; a secret in ENV or ARG is in every layer"
    fix = "check a digest of what is fetched, and mount secrets: RUN --mount=type=secret"
    url = "https://docs.docker.com/build/building/secrets/"

    def check(self, view: View) -> Iterable[Finding]:
        for file in dockerfile.all_of(view):
            for i in file.instructions:
                if (
                    i.word == "ADD"
                    and re.search(r"https?://", i.value)
                    and "--checksum" not in i.value
                ):
                    yield self.at(file.path, i.line, "ADD of a URL, without a checksum")
                elif i.word == "RUN" and PIPED.search(i.value):
                    yield self.at(file.path, i.line, "pipes a download into a shell")
                elif i.word in ("ENV", "ARG") and (found := SECRET.search(i.value.split("=")[0])):
                    yield self.at(file.path, i.line, f"{i.word} holds a secret", found[0])


class FixedImages(Rule):
    """Every image that is run is named by a version, or by its digest"""

    id = "AK-IMG008"
    severity = "high"
    why = "another image tomorrow under the same name is another service"
    fix = "name a version, or better a digest"
    url = "https://kubernetes.io/docs/concepts/containers/images/#image-names"

    def check(self, view: View) -> Iterable[Finding]:
        for path, line, image in images.run(view):
            if images.floating(image):
                yield self.at(path, line, f"{image} is another one tomorrow", image)
