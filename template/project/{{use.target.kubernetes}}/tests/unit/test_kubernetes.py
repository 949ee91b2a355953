"""The cluster gets every manifest that is in config/."""

from pathlib import Path

import yaml

from agent.manifests import hashes

CONFIG = Path(__file__).parents[2] / "config"


def test_every_manifest_is_in_a_config_map():
    generators = yaml.safe_load((CONFIG / "kustomization.yml").read_text())["configMapGenerator"]
    listed = {name for generator in generators for name in generator["files"]}
    assert listed - {"manifest.lock"} == {*hashes(CONFIG)} - {"provider_credentials.yaml"}
