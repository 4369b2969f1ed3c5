# Shared by the launch scripts beside it, which source it.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the scripts that source this use what is set here

PYTHON="${PYTHON:-python}"
dry_run=false
cores=""
numa=""
visible=""
variables=()   # NAME=value, before the command
train=()       # what stands behind --

common_help() {
    cat <<'TEXT'

  --cores LIST        run on these CPU cores alone, such as 0-15 or 0,2,4 (taskset)
  --numa N            run on this NUMA node's cores and memory alone (numactl)
  --visible LIST      devices that may be seen, such as 0 or 4,5,6,7 (CUDA_VISIBLE_DEVICES and
                      ASCEND_RT_VISIBLE_DEVICES)
  --hccl-connect S    Ascend: seconds that devices wait for one another to connect
                      (HCCL_CONNECT_TIMEOUT; CANN's default is 120, it takes 120 to 7200)
  --hccl-exec S       Ascend: seconds that a device waits in a step for the others
                      (HCCL_EXEC_TIMEOUT; CANN's default is 1836). The others wait while worker 0
                      evaluates: give more than the longest evaluation takes
  --dry-run           print the commands, quoted for a shell, and run nothing
  --help              this text

What stands behind -- goes to `python -m model train` as it is; see its --help. Run this in the project's
folder, its environment active; PYTHON names another Python.
TEXT
}

fail() {
    echo "error: $1" >&2
    exit 2
}

# number OPTION VALUE LOWEST HIGHEST
number() {
    [[ "$2" =~ ^[0-9]{1,10}$ ]] || fail "$1 $2: give a whole number"
    (( 10#$2 >= $3 && 10#$2 <= $4 )) || fail "$1 $2: give $3 to $4"
}

# take_common OPTION [VALUE ...]: sets `taken`, how many words it used; 0 where the option is none of these.
take_common() {
    taken=2
    case "$1" in
        --dry-run) dry_run=true; taken=1 ;;
        --cores)
            [[ "${2:-}" =~ ^[0-9]+([-,][0-9]+)*$ ]] || fail "--cores wants a list such as 0-15 or 0,2,4"
            cores="$2" ;;
        --numa) number "$1" "${2:-}" 0 1023; numa="$2" ;;
        --visible)
            [[ "${2:-}" =~ ^[0-9]+(,[0-9]+)*$ ]] || fail "--visible wants a list such as 0 or 4,5,6,7"
            visible="$2" ;;
        --hccl-connect) number "$1" "${2:-}" 120 7200; variables+=("HCCL_CONNECT_TIMEOUT=$2") ;;
        --hccl-exec) number "$1" "${2:-}" 0 2147483647; variables+=("HCCL_EXEC_TIMEOUT=$2") ;;
        *) taken=0 ;;
    esac
}

# Whether --NAME (or --NAME=value) stands in the options of `train`.
has_option() {
    local word
    for word in "${train[@]}"; do
        [[ "$word" == "$1" || "$word" == "$1="* ]] && return 0
    done
    return 1
}

# The value of --NAME in the options of `train`; nothing where it is not there.
option_value() {
    local i
    for (( i = 0; i < ${#train[@]}; i++ )); do
        case "${train[i]}" in
            "$1") echo "${train[i + 1]:-}"; return ;;
            "$1="*) echo "${train[i]#*=}"; return ;;
        esac
    done
}

require_train() {
    [[ ${#train[@]} -gt 0 ]] || fail "nothing behind --; give the options of \`python -m model train\` there"
    [[ -z "$cores" || -z "$numa" ]] || fail "--cores and --numa are two ways to say it; give one"
    if [[ -n "$visible" ]]; then
        variables+=("CUDA_VISIBLE_DEVICES=$visible" "ASCEND_RT_VISIBLE_DEVICES=$visible")
    fi
}

# bound COMMAND ...: sets `command_line`, with variables and the binding to cores in front.
bound() {
    command_line=()
    [[ ${#variables[@]} -eq 0 ]] || command_line+=(env "${variables[@]}")
    [[ -z "$cores" ]] || command_line+=(taskset --cpu-list "$cores")
    [[ -z "$numa" ]] || command_line+=(numactl "--cpunodebind=$numa" "--membind=$numa")
    command_line+=("$@")
}

# A command as a shell would read it again.
quoted() {
    printf '%q' "$1"
    shift
    [[ $# -eq 0 ]] || printf ' %q' "$@"
    echo
}

# Print `command_line`, or become it.
finish() {
    if $dry_run; then
        quoted "${command_line[@]}"
        return
    fi
    exec "${command_line[@]}"
}
