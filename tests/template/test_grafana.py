"""Grafana's files, in the shapes that it reads.

tests/e2e/test_prometheus.py asks a real Prometheus what its panels ask.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template import clouds, projects
from tests.template.shapes import NAMES, TEXT, Schema, items, table

SOURCE = table(type={"const": "prometheus"}, uid={"const": "${datasource}"})
STEP = table(color={"enum": ["green", "red"]}, value={"type": ["number", "null"]})
LIMITS = table(mode={"const": "absolute"}, steps=items(STEP))
UNIT = {"enum": ["short", "s", "ops", "reqps", "percentunit", "currencyUSD"]}
ASKED = table(refId={"pattern": "^[A-Z]$"}, expr=TEXT, legendFormat=TEXT)
ASKED["required"] = ["refId", "expr"]
PLACE = table(
    x={"enum": [0, 4, 8, 12, 16, 20]},
    y={"type": "integer"},
    w={"enum": [4, 12]},
    h={"enum": [4, 8]},
)


def panel(kind: str, **defaults: Any) -> Schema:
    return table(
        id={"type": "integer"},
        type={"const": kind},
        title=TEXT,
        gridPos=PLACE,
        datasource=SOURCE,
        fieldConfig=table(defaults=table(unit=UNIT, **defaults), overrides={"const": []}),
        targets=items(ASKED),
    )


DASHBOARD = table(
    uid=TEXT,
    title=TEXT,
    tags=NAMES,
    schemaVersion={"const": 39},
    editable={"type": "boolean"},
    refresh={"pattern": r"^\d+s$"},
    time=table(**{"from": TEXT, "to": TEXT}),
    templating=table(
        list={
            "prefixItems": [
                table(
                    name=TEXT,
                    label=TEXT,
                    type={"const": "datasource"},
                    query={"const": "prometheus"},
                ),
                table(
                    name=TEXT,
                    label=TEXT,
                    type={"const": "query"},
                    datasource=SOURCE,
                    query=TEXT,
                    refresh={"const": 2},
                    multi={"type": "boolean"},
                    includeAll={"type": "boolean"},
                    current=table(text=TEXT, value=TEXT),
                ),
            ],
            "items": False,
        }
    ),
    panels=items({"anyOf": [panel("stat", thresholds=LIMITS), panel("timeseries", min={})]}),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return projects.make(tmp_path / "my-agent", {"targets": ["docker", "monitoring"]})


def test_the_dashboard_has_the_shape_that_grafana_reads(project: Path) -> None:
    board = json.loads((project / "monitoring/grafana/dashboards/agent.json").read_text())
    assert not clouds.check(DASHBOARD, board)
    for one in board["panels"]:
        assert one["gridPos"]["x"] + one["gridPos"]["w"] <= 24, one["title"]
    board["panels"][0]["targets"][0]["exp"] = "up"
    assert clouds.check(DASHBOARD, board)


def test_grafana_finds_the_source_and_the_dashboards(project: Path) -> None:
    """Provisioning, dashboard and compose agree on the names, types, folders and variables."""
    folder = project / "monitoring/grafana/provisioning"
    (source,) = yaml.safe_load((folder / "datasources/prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((folder / "dashboards/agent.yml").read_text())["providers"]
    board = json.loads((project / "monitoring/grafana/dashboards/agent.json").read_text())
    variables = {one["name"]: one for one in board["templating"]["list"]}
    assert source["type"] == variables["datasource"]["query"] == "prometheus"
    assert source["isDefault"] and source["uid"] == "prometheus"
    grafana = yaml.safe_load((project / "docker/compose.yaml").read_text())["services"]["grafana"]
    assert source["url"].removeprefix("$") in grafana["environment"]
    mounts = dict(volume.split(":")[:2] for volume in grafana["volumes"])
    assert mounts["../monitoring/grafana/dashboards"] == provider["options"]["path"]
    assert mounts["../monitoring/grafana/provisioning"] == "/etc/grafana/provisioning"
