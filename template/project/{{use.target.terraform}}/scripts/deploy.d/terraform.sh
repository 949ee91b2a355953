# shellcheck shell=bash disable=SC2154
# A folder of terraform/ that runs the image: MODULE, aws-ecs without it. Its variables are in
# ENVIRONMENT.tfvars there, its state in the workspace ENVIRONMENT. IMAGE is NAME@sha256:DIGEST of a
# pushed image; without it, the image that runs is kept.
module=terraform/${MODULE:-aws-ecs}

tf() {
    terraform "-chdir=$module" "$@"
}

preflight() {
    need terraform
    grep -qs '"previous_image"' "$module/outputs.tf" || fail "MODULE is a folder of terraform/ that runs an image"
    [ -f "$module/$environment.tfvars" ] || fail "no $module/$environment.tfvars: docs/DEPLOYMENT.md says what is in it"
    check_project
    [ -f config/manifest.lock ] || fail "no config/manifest.lock: .venv/bin/agent lock writes it"
    tf init -input=false >/dev/null || fail "terraform init fails in $module"
    tf validate >/dev/null || fail "$module is not valid"
    tf workspace select "$environment" >/dev/null 2>&1 ||
        fail "no workspace $environment: terraform -chdir=$module workspace new $environment"
    now=$(output image)
    previous=$(output previous_image)
    case ${IMAGE:-$now} in
        ?*@sha256:????????????????????????????????????????????????????????????????) ;;
        *) fail "IMAGE is NAME@sha256:DIGEST, as docker push prints it" ;;
    esac
}

# Nothing before the first deployment.
output() {
    tf output -raw "$1" 2>/dev/null || true
}

prepare() {
    replaced=$now # what a deployment that fails goes back to
}

deploy() {
    if [ "${IMAGE:-$now}" = "$now" ]; then change "$now" "$previous"; else change "$IMAGE" "$now"; fi
}

# The image before; doing it twice goes forth again.
rollback() {
    local before=${replaced-$previous}
    [ -n "$before" ] || fail "nothing ran before"
    if [ "$before" = "$now" ]; then change "$now" "$previous"; else change "$before" "$now"; fi
}

# It waits itself until /ready is 200 for the new version, and fails if it does not come.
change() { # image, the one before
    run terraform "-chdir=$module" apply -input=false -auto-approve -var-file "$environment.tfvars" \
        -var "image=$1" -var "previous_image=$2"
}

ready() {
    [ -n "$(output image)" ]
}

url() {
    echo "https://$(output host)"
}
