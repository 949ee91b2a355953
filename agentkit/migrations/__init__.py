"""What a template's new version asks of projects that older ones made: `template/migrations.yml`.

A list, oldest version first. Left of a colon stands what it was called in the version before:

    - version: 0.2.0
      why: one sentence, which the user is shown
      rename: {author: copyright_holder}           # the question of an answer
      map: {ci: {gh: github, travis: null}}        # its value, or each of a list; null drops it
      split: {deploy: {targets: {k8s: [kubernetes]}, ci: {k8s: github}}}  # one answer into several
      move: {docs/OPERATIONS.md: docs/RUNBOOK.md, old/: new/place/}       # folders end in /
      imports: {agent.store: agent.stores}         # in every .py file, those of the user too
      keys: {config/*.yaml: {store.path: url, "nodes.*.type": kind}}      # * is any key or item

All of one entry happens at once, so no new name in it is also an old one.
"""

from agentkit.migrations.answers import migrate_answers
from agentkit.migrations.declared import Migration, between, load
from agentkit.migrations.files import moved, rewritten, touches

__all__ = ["Migration", "between", "load", "migrate_answers", "moved", "rewritten", "touches"]
