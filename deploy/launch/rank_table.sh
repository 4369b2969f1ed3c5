#!/usr/bin/env bash
# Train on Ascend devices that a rank table lists, without msrun.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
usage: deploy/launch/rank_table.sh --table FILE [options] -- TRAIN OPTIONS

Train on the Ascend devices of a rank table (hccl_8p.json, from the vendor's hccn_tool or a cluster's manager):
one process a device, each with RANK_TABLE_FILE, RANK_SIZE, RANK_ID and DEVICE_ID. Where there is no table,
machine.sh and machines.sh need none. When a worker fails it is named, with its log, and the others are ended.
Ctrl-C and SIGTERM are handed to the first worker, which stops them all with the state saved.

  deploy/launch/rank_table.sh --table hccl_8p.json -- --task pretrain --data DATA --preset full \
      --backbone vgg16.npz --run DATA/runs/eight

  --table FILE        the rank table
  --workers N         devices of this machine (default: 8)
  --ranks N           devices of all machines (default: as --workers)
  --first-rank R      rank of this machine's first device (default: 0)
  --logs DIR          folder for worker_RANK.log (default: logs)
  --cores-each K      bind the workers to K CPU cores each: 0 to K-1, K to 2K-1, ...
TEXT
    common_help
}

table="" workers=8 ranks="" first=0 logs=logs each=""
while [[ $# -gt 0 ]]; do
    take_common "$@"
    if (( taken > 0 )); then shift "$taken"; continue; fi
    case "$1" in
        -h|--help) usage; exit 0 ;;
        --table) table="${2:?--table wants a file}"; shift 2 ;;
        --workers) number "$1" "${2:-}" 1 1024; workers="$2"; shift 2 ;;
        --ranks) number "$1" "${2:-}" 1 65536; ranks="$2"; shift 2 ;;
        --first-rank) number "$1" "${2:-}" 0 65535; first="$2"; shift 2 ;;
        --logs) logs="${2:?--logs wants a folder}"; shift 2 ;;
        --cores-each) number "$1" "${2:-}" 1 1024; each="$2"; shift 2 ;;
        --) shift; train=("$@"); break ;;
        *) fail "there is no option $1; see --help (options of \`train\` stand behind --)" ;;
    esac
done
ranks="${ranks:-$workers}"
[[ -n "$table" ]] || fail "--table FILE is missing"
(( first + workers <= ranks )) || fail "--first-rank $first and --workers $workers go beyond --ranks $ranks"
[[ -z "$each" || -z "$cores$numa" ]] || fail "--cores-each and --cores or --numa are two ways to say it; give one"
require_train
if has_option --workers; then fail "--workers stands twice; give it before --"; fi
if ! has_option --run && ! has_option --resume; then
    fail "give --run DIR behind --: each worker would make up a name of its own"
fi
case "$(option_value --device)" in
    "") train+=(--device Ascend) ;;
    Ascend) ;;
    *) fail "a rank table is for --device Ascend" ;;
esac
$dry_run || [[ -f "$table" ]] || fail "--table $table: there is no such file"

shared=("${variables[@]}")

# worker NUMBER: sets `command_line` to that of a worker of this machine.
worker() {
    variables=("${shared[@]}" "RANK_TABLE_FILE=$table" "RANK_SIZE=$ranks" "RANK_ID=$(( first + $1 ))" "DEVICE_ID=$1")
    if [[ -n "$each" ]]; then cores="$(( $1 * each ))-$(( ($1 + 1) * each - 1 ))"; fi
    bound "$PYTHON" -m model train "${train[@]}"
}

log_of() {
    echo "$logs/worker_$(( first + $1 )).log"
}

if $dry_run; then
    for (( i = 0; i < workers; i++ )); do
        worker "$i"
        echo "$(quoted "${command_line[@]}") > $(printf '%q' "$(log_of "$i")") 2>&1 &"
    done
    echo wait
    exit 0
fi

processes=()   # of worker i of this machine; empty once it has ended
asked=false

end_all() {
    local process
    for process in "${processes[@]}"; do
        [[ -z "$process" ]] || kill -KILL "$process" 2>/dev/null || true
    done
}

stop() {
    if $asked; then end_all; fi
    asked=true
    if [[ -n "${processes[0]:-}" ]]; then kill -TERM "${processes[0]}" 2>/dev/null || true; fi
}

# ended NUMBER: the end of a worker whose process is gone.
ended() {
    local code=0
    wait "${processes[$1]}" || code=$?
    processes[$1]=""
    running=$(( running - 1 ))
    if (( code == 0 )); then return; fi
    if (( status == 0 )); then status="$code"; fi
    if $asked; then return; fi
    echo "error: worker $(( first + $1 )) of $ranks ended with status $code; the end of its log $(log_of "$1"):" >&2
    tail -n 15 "$(log_of "$1")" >&2
    exit "$code"
}

mkdir -p "$logs"
trap end_all EXIT
trap stop INT TERM HUP
for (( i = 0; i < workers; i++ )); do
    worker "$i"
    "${command_line[@]}" > "$(log_of "$i")" 2>&1 &
    processes+=("$!")
done
echo "$workers workers, logs in $logs"

status=0
running="$workers"
while (( running > 0 )); do
    sleep 0.5
    for (( i = 0; i < workers; i++ )); do
        if [[ -n "${processes[i]}" ]] && ! kill -0 "${processes[i]}" 2>/dev/null; then ended "$i"; fi
    done
done
exit "$status"
