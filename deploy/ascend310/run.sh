#!/usr/bin/env bash
# Run the detector over pictures on an Ascend 310.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: deploy/ascend310/run.sh [--build DIR] --model FILE.mindir --out DIR [options] PICTURE|FOLDER ...

Set the paths of CANN and MindSpore Lite and run textlines_lite, which build.sh built, with all that stands
behind --build; `run.sh --model x --out y --help` shows what that takes.

  --build DIR    where build.sh built (default: build/ascend310)
  --help         this text

Environment: LITE_HOME, the unpacked MindSpore Lite; ASCEND_HOME, where CANN is (default:
/usr/local/Ascend/ascend-toolkit), whose set_env.sh is read where it is there.
TEXT
}

build=build/ascend310
case "${1:-}" in
    -h|--help|"") usage; exit 0 ;;
    --build) build="${2:?--build wants a folder}"; shift 2 ;;
esac

program="$build/textlines_lite"
if [[ ! -x "$program" ]]; then
    echo "error: no $program; build it: deploy/ascend310/build.sh --lite DIR --build $build" >&2
    exit 2
fi
settings="${ASCEND_HOME:-/usr/local/Ascend/ascend-toolkit}/set_env.sh"
if [[ -f "$settings" ]]; then
    set +u  # it reads variables that may not be set
    # shellcheck disable=SC1090
    source "$settings"
    set -u
fi
if [[ -n "${LITE_HOME:-}" ]]; then
    export LD_LIBRARY_PATH="$LITE_HOME/runtime/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
# As the project's own limit; OpenCV reads it once, when it is loaded.
export OPENCV_IO_MAX_IMAGE_PIXELS="${OPENCV_IO_MAX_IMAGE_PIXELS:-40000000}"
exec "$program" "$@"
