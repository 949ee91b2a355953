"""Pipelines log in to the clouds of the chosen targets by who they are, and keep no key."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.auth import identity_pool

from tests.template import projects

CLOUDS = {"aws", "google", "azure"}
ACTIONS = {
    "aws": "aws-actions/configure-aws-credentials",
    "google": "google-github-actions/auth",
    "azure": "Azure/login",
}
TARGETS = [k for k in projects.CATALOG["target"] if k not in ("nginx", "monitoring")]
TOKENS = {"FLY_API_TOKEN", "HEROKU_API_KEY"}  # where there is no such identity
PROVIDER = "projects/1/locations/global/workloadIdentityPools/ci/providers/gitlab"


def made(folder: Path, ci: str, *targets: str) -> Path:
    given = {"ci": ci, "targets": [*targets], "store": "postgres", "features": ["aws_secrets"]}
    return projects.make(folder, given)


def github(folder: Path) -> Any:
    return yaml.safe_load((folder / ".github/workflows/deploy.yml").read_text())["jobs"]["deploy"]


def gitlab(folder: Path) -> Any:
    return yaml.safe_load((folder / ".gitlab-ci.yml").read_text())[".deploy"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_pipeline_logs_in_to_the_clouds_of_its_targets_only(target: str, tmp_path: Path) -> None:
    wanted = {*projects.CATALOG["target"][target].get("login", [])}
    job = github(made(tmp_path / "github", "github", target, "docker"))
    used = {step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step}
    assert used & {*ACTIONS.values()} == {ACTIONS[cloud] for cloud in wanted}
    token = {"contents": "read", "id-token": "write"}
    assert job.get("permissions") == (token if wanted else None)
    tokens = gitlab(made(tmp_path / "gitlab", "gitlab", target, "docker")).get("id_tokens", {})
    assert {*tokens} == {f"{cloud.upper()}_TOKEN" for cloud in wanted}


def test_no_key_is_kept_where_an_identity_will_do(tmp_path: Path) -> None:
    folder = made(tmp_path / "x", "github", *TARGETS)
    text = (folder / ".github/workflows/deploy.yml").read_text()
    files = {"SETTINGS", "SSH_KEY", "KUBECONFIG"}
    assert set(re.findall(r"secrets\.(\w+)", text)) == files | TOKENS
    last = github(folder)["steps"][-1]
    assert "scripts/deploy.sh" in last["run"] and {*last["env"]} >= TOKENS
    others = [step for step in github(folder)["steps"][:-1] if TOKENS & {*step.get("env", {})}]
    assert not others, "only what deploys gets the tokens"


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_page_names_the_variables_that_the_pipeline_reads(ci: str, tmp_path: Path) -> None:
    folder = made(tmp_path / "x", ci, *TARGETS)
    page = (folder / "docs/DEPLOYMENT.md").read_text()
    page = page[page.index("## Deploying from the pipeline") :]
    documented = set(re.findall(r"`([A-Z][A-Z_]+)`", page))
    if ci == "github":
        text = (folder / ".github/workflows/deploy.yml").read_text()
        read = set(re.findall(r"(?:secrets|vars)\.(\w+)", text))
    else:
        text = "\n".join(gitlab(folder)["script"]) + str(gitlab(folder)["id_tokens"])
        read = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", text))
        read = {n for n in read if n[:3] != "CI_" and not n.endswith("_TOKEN")} - {"HOME"}
    assert read <= documented, read - documented


class Deployed:
    """The script of GitLab's job, with tools that record; `deploy.sh` prints its variables."""

    def __init__(self, folder: Path, target: str, **variables: str):
        self.project, self.home = made(folder / "x", "gitlab", *TARGETS), folder / "home"
        self.log, tools = folder / "log", folder / "bin"
        self.home.mkdir()
        tools.mkdir()
        record = f'#!/bin/sh\necho "${{0##*/}} $*" >> {self.log}\n'
        for name in ("apt-get", "make", "pip", "npm", "az", "curl", "tar", "rm"):
            (tools / name).write_text(record)
        (self.project / "scripts/deploy.sh").write_text("#!/bin/sh\nenv\n")
        for path in (*tools.iterdir(), self.project / "scripts/deploy.sh"):
            path.chmod(0o755)
        script = "set -eo pipefail\n" + "\n".join(gitlab(self.project)["script"])
        for folder_of_root in "/usr/share/keyrings", "/etc/apt/sources.list.d":
            script = script.replace(folder_of_root, str(self.home))
        env = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(self.home), "CI_JOB_ID": "7"}
        env |= {"CI_ENVIRONMENT_NAME": "staging", "DEPLOY_TARGET": target} | variables
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.project, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        self.env = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        self.called = self.log.read_text()


def test_gitlab_logs_in_to_aws(tmp_path: Path) -> None:
    """By the variables that every tool for AWS reads itself."""
    role = "arn:aws:iam::123456789012:role/deploy"
    ran = Deployed(tmp_path, "lambda", AWS_ROLE_ARN=role, AWS_REGION="eu-west-1", AWS_TOKEN="j.w.t")
    assert ran.env["AWS_ROLE_ARN"] == role and ran.env["AWS_DEFAULT_REGION"] == "eu-west-1"
    file = Path(ran.env["AWS_WEB_IDENTITY_TOKEN_FILE"])
    assert file.read_text() == "j.w.t" and file.stat().st_mode & 0o077 == 0
    assert ran.env["AWS_ROLE_SESSION_NAME"] == "gitlab-7"
    assert not {"google.json", "google-token"} & {*os.listdir(ran.home)} and "az " not in ran.called


def test_gitlab_logs_in_to_google(tmp_path: Path) -> None:
    """By a file that Google's own library takes."""
    account = "deploy@p.iam.gserviceaccount.com"
    given = {"GOOGLE_PROVIDER": PROVIDER, "GOOGLE_SERVICE_ACCOUNT": account, "GOOGLE_TOKEN": "j.w"}
    ran = Deployed(tmp_path, "cloudrun", **given)
    file = ran.env["GOOGLE_APPLICATION_CREDENTIALS"]
    assert file == ran.env["CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"]
    found = identity_pool.Credentials.from_file(file)
    assert found.service_account_email == account
    assert found.retrieve_subject_token(None) == "j.w"
    aud = gitlab(ran.project)["id_tokens"]["GOOGLE_TOKEN"]["aud"]
    assert aud.replace("$GOOGLE_PROVIDER", PROVIDER) == f"https:{found.info['audience']}"
    assert "install -qq google-cloud-cli" in ran.called


def test_gitlab_logs_in_to_azure(tmp_path: Path) -> None:
    names = "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID", "AZURE_TOKEN"
    ran = Deployed(tmp_path, "azure", **{name: name.lower() for name in names})
    assert "pip install --quiet azure-cli" in ran.called
    options = "--username azure_client_id --tenant azure_tenant_id --federated-token azure_token"
    assert f"az login --service-principal {options} --output none\n" in ran.called
    assert "az account set --subscription azure_subscription_id\n" in ran.called


def test_gitlab_needs_neither_a_cloud_nor_ssh_for_a_token(tmp_path: Path) -> None:
    ran = Deployed(tmp_path, "heroku", HEROKU_API_KEY="x")
    assert "npm install" in ran.called and "az " not in ran.called
    assert not os.listdir(ran.home) and "AWS_WEB_IDENTITY_TOKEN_FILE" not in ran.env
