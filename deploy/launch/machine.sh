#!/usr/bin/env bash
# Train on several devices of one machine.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
usage: deploy/launch/machine.sh --workers N [options] -- TRAIN OPTIONS

Train on N devices of this machine, each with the preset's batch. `python -m model train --workers N`
starts MindSpore's msrun, watches it, and ends all workers when one fails; an Ascend needs no rank table.

  deploy/launch/machine.sh --workers 8 -- --task pretrain --data DATA --preset full --device GPU --backbone vgg16.npz
  deploy/launch/machine.sh --workers 8 --hccl-exec 3600 -- --task pretrain --data DATA --preset full --device Ascend --backbone vgg16.npz
  deploy/launch/machine.sh --workers 2 -- --task pretrain --data DATA      # two processes on the CPU

  --workers N         devices, 2 at least; processes on the CPU
TEXT
    common_help
}

workers=""
while [[ $# -gt 0 ]]; do
    take_common "$@"
    if (( taken > 0 )); then shift "$taken"; continue; fi
    case "$1" in
        -h|--help) usage; exit 0 ;;
        --workers) number "$1" "${2:-}" 2 1024; workers="$2"; shift 2 ;;
        --) shift; train=("$@"); break ;;
        *) fail "there is no option $1; see --help (options of \`train\` stand behind --)" ;;
    esac
done
[[ -n "$workers" ]] || fail "--workers N is missing"
require_train
if has_option --workers; then fail "--workers stands twice; give it before --"; fi

bound "$PYTHON" -m model train "${train[@]}" --workers "$workers"
finish
