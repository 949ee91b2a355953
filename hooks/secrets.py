#!/usr/bin/env python3
"""Refuse files that hold a secret. Runs in other people's repositories: standard library only.

A line that ends in `agentkit: not-a-secret` is let through.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ALLOWED = "agentkit: not-a-secret"
MAX_BYTES = 5_000_000  # larger files are data, and would only be slow
# What keys look like, as their makers document them.
SECRETS = {
    "an OpenAI or Anthropic key": r"\bsk-(?:ant-|proj-)?[\w-]{32,}",
    "an AWS access key": r"\b(?:AKIA|ASIA)(?!\w*EXAMPLE)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,})",
    "a GitLab token": r"\bglpat-[\w-]{20,}",
    "a Google key": r"\bAIza[\w-]{35}\b",
    "a Slack token": r"\bxox[abprs]-[\w-]{20,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\\n|\s)*(?:[\w+/=]{16}|[\"']?$)",
    "a password in a URL": r"\b[a-z][a-z0-9+]*://(?P<user>[^/\s:@${<]+):(?!(?P=user)@|\$|<|\{|(?i:(my|your)?_?(password|secret)))[^/\s@\"'`,;()]{8,}@",
}
PATTERN = re.compile("|".join(f"(?P<s{n}>{text})" for n, text in enumerate(SECRETS.values())), re.M)
NAMES = dict(zip((f"s{n}" for n in range(len(SECRETS))), SECRETS, strict=True))


def findings(path: Path) -> Iterator[str]:
    """What looks like a secret, as file:line, without the secret itself."""
    if path.stat().st_size > MAX_BYTES:
        return
    for number, line in enumerate(path.read_bytes().decode(errors="replace").splitlines(), 1):
        found = PATTERN.search(line)
        if found and not line.rstrip().endswith(ALLOWED):
            yield f"{path}:{number}: this looks like {NAMES[str(found.lastgroup)]}"


def main(arguments: Sequence[str]) -> int:
    """Check the files named; returns 1 if one holds a secret."""
    found = [f for name in arguments if Path(name).is_file() for f in findings(Path(name))]
    for line in found:
        print(line)
    if found:
        print(f"Take it out and revoke it, or end the line with `# {ALLOWED}`.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
