"""YAML whose mappings know their lines."""

from typing import Any

import yaml

from agentkit import bounded
from agentkit.rules.view import Mapping


class Loader(bounded.Loader):  # type: ignore[misc, valid-type]
    """Mappings with lines."""


def _mapping(loader: Any, node: yaml.MappingNode) -> Mapping:
    loader.flatten_mapping(node)
    made = Mapping(loader.construct_mapping(node, deep=True))
    made.line = node.start_mark.line + 1
    scalars = (key for key, _ in node.value if isinstance(key, yaml.ScalarNode))
    made.lines = {key.value: key.start_mark.line + 1 for key in scalars}
    return made


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _tagged(loader: Any, _: str, node: yaml.Node) -> Any:
    """What a tool's own tag stands before, such as !Ref of CloudFormation."""
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


Loader.add_multi_constructor("!", _tagged)
