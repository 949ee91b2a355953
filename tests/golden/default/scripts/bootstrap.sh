#!/usr/bin/env bash
# From a fresh clone to a project that is ready to run. It can be run again at any time.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v make >/dev/null; then
    echo "make is needed: install it and try again" >&2
    exit 1
fi
if [ ! -e .env ]; then
    (umask 077 && cp .env.template .env)
    echo "Made .env: put your keys there."
fi
make install # finds Python 3.11 or newer, or says what is missing
make validate
echo "Ready. What you can do now:"
make help
