#!/usr/bin/env bash
# Go back to what ran before the last deployment, and wait until it is ready.
#   scripts/rollback.sh TARGET ENVIRONMENT [--dry-run]
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/deploy_common.sh
. scripts/deploy_common.sh "$@"

preflight
try rollback
[ "$failed" = 0 ] || fail "$target $environment is not ready: somebody has to look"
echo "ready: $(url)"
