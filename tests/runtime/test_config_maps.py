"""Manifests where Kubernetes puts them: behind links, which change all at once."""

import shutil
from pathlib import Path

from agent import lock
from agent.manifests import hashes
from agent.service import Service
from agent.settings import Settings


def mount(config: Path, at: Path, generation: str) -> None:
    """As kubelet does: a folder for each generation, and a link for each file through one link."""
    at.mkdir(exist_ok=True)
    (at / generation).mkdir()
    for file in filter(Path.is_file, config.iterdir()):
        shutil.copy(file, at / generation / file.name)
        if not (at / file.name).is_symlink():
            (at / file.name).symlink_to(Path("..data", file.name))
    (at / "..data_tmp").symlink_to(generation)
    (at / "..data_tmp").replace(at / "..data")


async def test_a_service_starts_from_config_maps_and_sees_new_ones(
    config: Path, tmp_path: Path
) -> None:
    lock.write(config)
    mounted = tmp_path / "mounted"
    for folder in ".", "agents", "environments":  # the latter are mounted into the first
        (config / folder).mkdir(exist_ok=True)
        mount(config / folder, mounted / folder, "..1")
    assert hashes(mounted) == hashes(config)
    service = Service(Settings.load(config_dir=mounted))
    running = service.engine
    assert lock.check(running.manifests) == ""  # production would start
    policies = config / "policies.yaml"
    policies.write_text(policies.read_text().replace("60/minute", "61/minute"))
    mount(config, mounted, "..2")
    await service.watch()
    assert service.engine is not running
    assert (await service.health())["manifest_hashes"] == hashes(config)
    await service.store.close()
