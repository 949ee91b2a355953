"""scripts/deploy.sh and rollback.sh give the workers in a cloud what they give the service."""

import json
from pathlib import Path

import pytest

from tests.template import clouds
from tests.template.test_cloud_deploys import Cloud


@pytest.mark.parametrize("target", ["cloudrun", "azure"])
def test_the_workers_have_the_version_of_the_service(target: str, tmp_path: Path) -> None:
    cloud = Cloud(target, tmp_path)
    assert cloud.deploy("v1").returncode == 0 and cloud.workers() == {"v1"}
    assert cloud.deploy("bad").returncode == 1 and cloud.workers() == {"v1"}
    assert cloud.deploy("v2").returncode == 0 and cloud.workers() == {"v2"}
    assert cloud.run("rollback").returncode == 0 and cloud.workers() == {"v1"} == {cloud.running()}
    text = json.dumps(cloud.told["workers"])
    assert "production" not in text
    assert not {"PROJECT", "SUBSCRIPTION", "VAULT", "LOCATION", "REGISTRY"} & {*text.split("/")}
    if target == "cloudrun":
        assert not clouds.check(clouds.google("WorkerPool"), cloud.told["workers"])
    else:
        model = clouds.azure("appcontainers", "ContainerApp")
        assert not clouds.check(model, cloud.told["workers"])


def test_heroku_gets_an_image_for_each_process(tmp_path: Path) -> None:
    cloud = Cloud("heroku", tmp_path)
    assert cloud.deploy("v1").returncode == 0
    log = (cloud.state / "log").read_text()
    for process in "web", "worker":
        assert f"docker push registry.heroku.com/my-agent-staging/{process}\n" in log
    assert "docker build --quiet --tag registry.heroku.com/my-agent-staging/worker -\n" in log
    assert "heroku container:release web worker --app" in log
