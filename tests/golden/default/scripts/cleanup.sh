#!/usr/bin/env bash
# Remove what can be made again: .venv, caches, build products. Data, .env and config/ stay.
#   scripts/cleanup.sh [--dry-run]
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1-} in
    '') dry= ;;
    --dry-run) dry=yes ;;
    *)
        echo "usage: scripts/cleanup.sh [--dry-run]" >&2
        exit 2
        ;;
esac

{
    for path in .venv build dist .coverage .mypy_cache .pytest_cache .ruff_cache; do
        if [ -e "$path" ]; then echo "$path"; fi
    done
    find config scripts src tests -type d \( -name __pycache__ -o -name '*.egg-info' \) -prune
} | while IFS= read -r path; do
    echo "${dry:+would }remove $path"
    [ -n "$dry" ] || rm -rf -- "$path"
done
