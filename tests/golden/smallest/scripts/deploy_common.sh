# shellcheck shell=bash
# What deploy.sh and rollback.sh share. A target is a file of deploy.d with these functions:
#   preflight  whether all is there, without changing anything     prepare   build or fetch what is new
#   deploy     start it     rollback  start what ran before        ready     whether it is ready
#   url        where it is reached
# What changes something goes through `run`, which only prints it with --dry-run.

fail() {
    echo "$0: $*" >&2
    exit 1
}

need() {
    command -v "$1" >/dev/null || fail "$1 is not installed"
}

# A word as any shell takes it.
quoted() {
    case $1 in
        '' | *[!A-Za-z0-9_./:=@,-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
        *) printf '%s' "$1" ;;
    esac
}

run() {
    local word
    {
        printf '+'
        for word in "$@"; do printf ' %s' "$(quoted "$word")"; done
        echo
        [ -n "$dry" ] || "$@"
    } >&2
}

# A step and then waiting, in a shell of its own that ends at the first error; `failed` says whether
# there was one. It must not be called where the shell ignores errors, such as after `if`.
try() {
    set +e
    (
        set -e
        "$1"
        wait_until_ready
    )
    # shellcheck disable=SC2034
    failed=$?
    set -e
}

wait_until_ready() {
    local end=$((SECONDS + ${DEPLOY_TIMEOUT:-120}))
    [ -z "$dry" ] || return 0
    until ready >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || fail "not ready after ${DEPLOY_TIMEOUT:-120} seconds"
        sleep 1
    done
}

# Manifests that production refuses, or callers that nobody knows, should not get as far as a machine.
check_project() {
    [ -x .venv/bin/agent ] || fail "run make install first"
    .venv/bin/agent validate --env "$environment" >&2 || fail "config/ is not valid for $environment"
}

# Whether a file of settings, on standard input, says who may call.
names_callers() {
    grep -Eq '^(AGENT_API_KEYS|AGENT_JWKS_URL)=.+'
}

dry=
target=
environment=
for word in "$@"; do
    case $word in
        --dry-run) dry=yes ;;
        -*) environment= && break ;;
        *) if [ -z "$target" ]; then target=$word; else environment=$word; fi ;;
    esac
done
case $environment in
    staging | production) ;;
    *)
        echo "usage: $0 TARGET staging|production [--dry-run]" >&2
        exit 2
        ;;
esac
[ -f "scripts/deploy.d/$target.sh" ] || fail "no target $target: there is no scripts/deploy.d/$target.sh"
# shellcheck source=/dev/null
. "scripts/deploy.d/$target.sh"
