#!/usr/bin/env bash
# Train on several machines: run this on each of them.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
usage: deploy/launch/machines.sh --machines M --workers N --rank I --master ADDRESS [options] -- TRAIN OPTIONS

Train on M machines with N devices each. Run it on each machine, with its own --rank; they must see the same
DATA at the same path. MindSpore's msrun starts the workers; machine 0 is where the others look for it.

  deploy/launch/machines.sh --machines 2 --workers 8 --rank 0 --master 10.0.0.1 -- --task pretrain --data DATA \
      --preset full --backbone vgg16.npz --device GPU --run DATA/runs/sixteen

  --machines M        2 at least
  --workers N         devices of each machine
  --rank I            number of this machine, from 0
  --master ADDRESS    machine 0, as the others reach it
  --port P            a free port of machine 0 (default: 8118)
  --logs DIR          folder for msrun's logs of this machine (default: logs)
  --bind-core         have msrun bind each worker to cores of its own
TEXT
    common_help
}

machines="" workers="" rank="" master="" port=8118 logs=logs bind=false
while [[ $# -gt 0 ]]; do
    take_common "$@"
    if (( taken > 0 )); then shift "$taken"; continue; fi
    case "$1" in
        -h|--help) usage; exit 0 ;;
        --machines) number "$1" "${2:-}" 2 4096; machines="$2"; shift 2 ;;
        --workers) number "$1" "${2:-}" 1 1024; workers="$2"; shift 2 ;;
        --rank) number "$1" "${2:-}" 0 4095; rank="$2"; shift 2 ;;
        --master) master="${2:?--master wants an address}"; shift 2 ;;
        --port) number "$1" "${2:-}" 1024 65535; port="$2"; shift 2 ;;
        --logs) logs="${2:?--logs wants a folder}"; shift 2 ;;
        --bind-core) bind=true; shift ;;
        --) shift; train=("$@"); break ;;
        *) fail "there is no option $1; see --help (options of \`train\` stand behind --)" ;;
    esac
done
[[ -n "$machines" ]] || fail "--machines M is missing"
[[ -n "$workers" ]] || fail "--workers N is missing"
[[ -n "$rank" ]] || fail "--rank I is missing"
[[ -n "$master" ]] || fail "--master ADDRESS is missing"
(( rank < machines )) || fail "--rank $rank: there are $machines machines, 0 to $(( machines - 1 ))"
require_train
if has_option --workers; then fail "--workers stands twice; give it before --"; fi
if ! has_option --run && ! has_option --resume; then
    fail "give --run DIR behind --, the same on all machines: each would make up a name of its own"
fi

bind_core=()
if $bind; then
    [[ -z "$cores$numa" ]] || fail "--bind-core and --cores or --numa are two ways to say it; give one"
    bind_core=(--bind_core=True)
fi
bound msrun "--worker_num=$(( machines * workers ))" "--local_worker_num=$workers" "--master_addr=$master" \
    "--master_port=$port" "--node_rank=$rank" "--log_dir=$logs" --join=True "${bind_core[@]}" \
    "$PYTHON" -m model train "${train[@]}"
finish
