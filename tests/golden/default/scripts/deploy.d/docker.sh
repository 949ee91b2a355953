# shellcheck shell=bash disable=SC2154
# Docker Compose on this machine, or on the one that DOCKER_HOST names, such as ssh://me@machine.
# The settings are in .env.ENVIRONMENT, made from its template. IMAGE is a published image to run:
# without it, one is built.
name=my-agent
export ENV_FILE=".env.$environment"

preflight() {
    need docker
    docker version >/dev/null 2>&1 || fail "Docker does not answer: is it running, and DOCKER_HOST right?"
    [ -f "$ENV_FILE" ] || fail "no $ENV_FILE: make it from $ENV_FILE.template"
    names_callers <"$ENV_FILE" || fail "$ENV_FILE has no AGENT_API_KEYS"
    check_project
    make --silent compose DO="config --quiet" >&2
}

prepare() {
    if [ -n "${IMAGE-}" ]; then
        run docker pull "$IMAGE"
        run docker tag "$IMAGE" "$name:next"
    else
        run make image TAG="$name:next"
    fi
}

image() {
    docker image ls --quiet --no-trunc "$name:$1"
}

deploy() {
    if [ "$(image next)" != "$(image latest)" ]; then
        [ -z "$(image latest)" ] || run docker tag "$name:latest" "$name:previous"
        run docker tag "$name:next" "$name:latest"
    fi
    run make up BUILD=--no-build
}

rollback() {
    [ -n "$(image previous)" ] || fail "nothing ran before"
    run docker tag "$name:previous" "$name:latest"
    run make up BUILD=--no-build
}

ready() {
    make --silent compose DO="exec -T agent python scripts/healthcheck.py /ready"
}

url() {
    echo "http://localhost:${AGENT_PORT:-8080} on ${DOCKER_HOST:-this machine}"
}
