#!/usr/bin/env bash
# Train on one device: CPU, GPU or Ascend.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
usage: deploy/launch/one.sh [options] -- TRAIN OPTIONS

Train on one device, in one process:

  deploy/launch/one.sh -- --task pretrain --data DATA --preset lite
  deploy/launch/one.sh --visible 3 -- --task pretrain --data DATA --preset full --device GPU --backbone vgg16.npz
  deploy/launch/one.sh --cores 0-7 --visible 0 -- --task finetune --data DATA --preset full --device Ascend
TEXT
    common_help
}

while [[ $# -gt 0 ]]; do
    take_common "$@"
    if (( taken > 0 )); then shift "$taken"; continue; fi
    case "$1" in
        -h|--help) usage; exit 0 ;;
        --) shift; train=("$@"); break ;;
        *) fail "there is no option $1; see --help (options of \`train\` stand behind --)" ;;
    esac
done
require_train
if has_option --workers; then fail "several workers are for machine.sh"; fi

bound "$PYTHON" -m model train "${train[@]}"
finish
