#!/usr/bin/env bash
# Make dist/chart, a Helm chart of what the overlays of k8s/ are now. Namespaces are not part of it.
#   scripts/chart.sh
set -euo pipefail
cd "$(dirname "$0")/.."

chart=dist/chart
rm -rf "$chart"
mkdir -p dist
cp -R k8s/chart "$chart"
mkdir "$chart/manifests"
for overlay in k8s/overlays/*; do
    cat >"$chart/kustomization.yaml" <<END
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: release-namespace
resources: [../../$overlay]
patches:
  - target: {kind: Namespace}
    patch: '{apiVersion: v1, kind: Namespace, metadata: {name: agent}, \$patch: delete}'
END
    kubectl kustomize "$chart" >"$chart/manifests/${overlay##*/}.yaml"
done
rm "$chart/kustomization.yaml"
echo "$chart"
