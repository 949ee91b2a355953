#!/usr/bin/env bash
# Try a version in production, beside the one that runs there. Then go on, or back.
#   scripts/rollout.sh canary IMAGE          one pod of it, behind the same Service
#   scripts/rollout.sh ab IMAGE              the same, but always for the same callers
#   scripts/rollout.sh blue-green IMAGE      as many pods of it, without requests yet: green
#   scripts/rollout.sh switch green|stable   with blue-green: where the requests go
#   scripts/rollout.sh promote               it becomes the version of production
#   scripts/rollout.sh abort                 it goes, and nothing else changes
# IMAGE is NAME@sha256:DIGEST. What is decided is written into k8s/, to be committed.
set -euo pipefail
cd "$(dirname "$0")/.."

production=k8s/overlays/production
canary=k8s/rollouts/canary
ab=k8s/rollouts/ab
blue_green=k8s/rollouts/blue-green
namespace=$(sed -n 's/^namespace: //p' "$production/kustomization.yaml")
patience=${ROLLOUT_TIMEOUT:-10m}

fail() {
    echo "$1" >&2
    exit "${2:-1}"
}

kube() { kubectl --namespace "$namespace" "$@"; }

# All of an overlay but the Deployments of the version that runs: they keep their image and config.
apply_beside() { kubectl apply --kustomize "$1" --selector 'track!=stable'; }

wait_for() { kube rollout status "$1" --timeout "$patience"; }

edit() {
    sed -i.bak "$2" "$1"
    rm -- "$1.bak"
}

pin() {
    edit "$1/kustomization.yaml" "s|newName: .*|newName: ${2%@*}|; s|digest: .*|digest: ${2#*@}|"
}

pinned() {
    sed -n 's/^ *newName: //p; s/^ *digest: /@/p' "$1/kustomization.yaml" | tr -d '\n'
}

# Which of the two is there, if any
beside() {
    kube get deployment --selector 'track in (canary,green),app.kubernetes.io/component=service' \
        --output 'jsonpath={.items[*].metadata.labels.track}'
}

start() { # overlay folder-of-the-version image
    local found track=${2##*/}
    case $3 in
        ?*@sha256:????????????????????????????????????????????????????????????????) ;;
        *) fail "IMAGE is NAME@sha256:DIGEST, as docker push prints it, not '$3'" 2 ;;
    esac
    found=$(beside) # so that an error of kubectl ends it here
    case $found in
        '' | "$track") ;;
        *) fail "another rollout is under way: scripts/rollout.sh promote, or abort" ;;
    esac
    pin "$2" "$3"
    apply_beside "$1"
    wait_for "deployment/agent-$track" || {
        remove "$track"
        fail "$3 does not become ready: it is gone again, and production is as it was"
    }
}

# The Service leads to nginx when that can serve, and not before.
divide() { # image
    start "$canary" "$canary/canary" "$1"
    kubectl apply --kustomize "$ab" --selector track=split
    wait_for deployment/agent-split || {
        remove canary
        fail "nginx does not become ready: it is gone again, and production is as it was"
    }
    apply_beside "$ab"
}

traffic() { # track
    edit "$blue_green/traffic.yaml" "s|track: .*|track: $1|"
    apply_beside "$blue_green"
}

switch() { # track
    local found
    found=$(beside)
    [ "$found" = green ] || fail "there is no green: scripts/rollout.sh blue-green IMAGE"
    case $1 in
        green) wait_for deployment/agent-green ;;
        stable) wait_for deployment/agent ;;
        *) fail "switch green, or switch stable" 2 ;;
    esac
    traffic "$1"
}

# The Deployments of production get what k8s/ and config/ say now, while the others serve.
update_stable() { # overlay image
    pin "$production" "$2"
    kubectl apply --kustomize "$1"
    kube get deployment --selector track=stable --output name | while read -r deployment; do
        wait_for "$deployment" || exit 1
    done || fail "production does not become ready, and serves what it did: scripts/rollout.sh abort"
}

promote() {
    local found
    found=$(beside)
    case $found in
        canary) update_stable "$canary" "$(pinned "$canary/canary")" ;;
        green)
            switch green
            update_stable "$blue_green" "$(pinned "$blue_green/green")"
            ;;
        *) fail "nothing to promote: start with canary or blue-green" ;;
    esac
    remove "$found"
}

# Requests go to the stable version before the other one does, and the Service is as it was.
remove() { # track
    if [ "$1" = green ]; then traffic stable; else apply_beside "$production"; fi
    kube delete deployment,hpa,service,networkpolicy,configmap --selector 'track in (canary,green,split)'
    apply_beside "$production"
}

abort() {
    local found
    found=$(beside)
    [ -n "$found" ] || fail "nothing to abort"
    remove "$found"
}

case ${1-}:$# in
    canary:2) start "$canary" "$canary/canary" "$2" ;;
    ab:2) divide "$2" ;;
    blue-green:2) start "$blue_green" "$blue_green/green" "$2" ;;
    switch:2) switch "$2" ;;
    promote:1) promote ;;
    abort:1) abort ;;
    *) fail "$(sed -n '2,9s/^# *//p' "$0")" 2 ;;
esac
