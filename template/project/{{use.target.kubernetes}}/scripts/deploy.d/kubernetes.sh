# shellcheck shell=bash disable=SC2154
# The cluster that kubectl's current context names. IMAGE is NAME@sha256:DIGEST of a pushed image, which
# is written into k8s/overlays/ENVIRONMENT; without it, the one that is written there runs.
overlay=k8s/overlays/$environment
namespace=$(sed -n 's/^namespace: //p' "$overlay/kustomization.yaml")

kube() {
    kubectl --namespace "$namespace" "$@"
}

preflight() {
    need kubectl
    kubectl version >/dev/null 2>&1 || fail "no cluster answers: see kubectl config current-context"
    check_project
    [ -f config/manifest.lock ] || fail "no config/manifest.lock: .venv/bin/agent lock writes it"
    case ${IMAGE:-$(pinned)} in
        *@sha256:0000000000000000*) fail "$overlay names no image yet: IMAGE=NAME@sha256:DIGEST $0 ..." ;;
        ?*@sha256:????????????????????????????????????????????????????????????????) ;;
        *) fail "IMAGE is NAME@sha256:DIGEST, as docker push prints it" ;;
    esac
    kubectl kustomize "$overlay" >/dev/null || fail "$overlay cannot be built"
    check_secret
}

check_secret() {
    local callers
    if grep -q '^kind: ExternalSecret' <<<"$(kubectl kustomize "$overlay")"; then return; fi
    callers=$(kube get secret agent --output 'jsonpath={.data.AGENT_API_KEYS}{.data.AGENT_JWKS_URL}') ||
        fail "no Secret agent in $namespace: docs/DEPLOYMENT.md says how to make it"
    [ -n "$callers" ] || fail "the Secret agent in $namespace has no AGENT_API_KEYS"
}

pinned() {
    sed -n 's/^ *newName: //p; s/^ *digest: /@/p' "$overlay/kustomization.yaml" | tr -d '\n'
}

pin() {
    sed -i.bak "s|newName: .*|newName: ${IMAGE%@*}|; s|digest: .*|digest: ${IMAGE#*@}|" "$overlay/kustomization.yaml"
    rm -- "$overlay/kustomization.yaml.bak"
}

prepare() {
    if [ -n "${IMAGE-}" ]; then run pin; fi
}

deploy() {
    run kubectl apply --kustomize "$overlay"
}

deployments() {
    kube get deployment --selector track=stable --output name
}

# The image and the manifests of the revision before; doing it twice goes forth again. k8s/ and config/
# still say what did not work.
rollback() {
    local name names
    names=$(deployments)
    for name in $names; do
        [ "$(revision "$name")" != 1 ] || fail "nothing ran before in $namespace"
        run kubectl --namespace "$namespace" rollout undo "$name"
        run remember "$name"
    done
}

revision() {
    kube get "$1" --output 'jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}'
}

# What kubectl takes for applied is what runs again: else the next version keeps what only the older one had.
remember() {
    local applied pods
    applied=$(kube apply view-last-applied "$1" --output json) || return 0 # it was not applied from here
    pods=$(kube get "$1" --output 'jsonpath={.spec.template}')
    kube patch --local --filename - --type json --output json \
        --patch "[{\"op\": \"replace\", \"path\": \"/spec/template\", \"value\": $pods}]" <<<"$applied" |
        kube apply set-last-applied --filename -
}

ready() {
    local name names
    names=$(deployments) && [ -n "$names" ] || return 1
    for name in $names; do
        kube rollout status "$name" --timeout 1s || return 1
    done
}

url() {
    local host
    host=$(kube get ingress agent --output 'jsonpath={.spec.rules[0].host}' 2>/dev/null) || true
    if [ -n "$host" ]; then echo "https://$host"; else echo "http://agent.$namespace, in the cluster"; fi
}
