#!/usr/bin/env bash
# Check everything, deploy, and wait until the service is ready. If it does not become ready, go back
# to what ran before, and fail.
#   scripts/deploy.sh TARGET ENVIRONMENT [--dry-run]
# TARGET is one of scripts/deploy.d: the top of its file says what it reads from the environment.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/deploy_common.sh
. scripts/deploy_common.sh "$@"

preflight
prepare # nothing that runs has changed when this fails
try deploy
if [ "$failed" = 0 ]; then
    echo "ready: $(url)"
    exit
fi
echo "$target $environment is not ready: going back to what ran before" >&2
try rollback
if [ "$failed" = 0 ]; then
    echo "what ran before is ready again: $(url)" >&2
else
    echo "that is not ready either: somebody has to look" >&2
fi
exit 1
