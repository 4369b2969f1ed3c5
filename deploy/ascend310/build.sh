#!/usr/bin/env bash
# Build the program for an Ascend 310, or the one without a network.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: deploy/ascend310/build.sh [--lite DIR] [--build DIR] [--no-opencv]

Build textlines_cells (no network, for trying the rest) and, with MindSpore Lite, textlines_lite.
Needs cmake 3.14 or newer and a C++17 compiler; OpenCV's C++ headers for anything but PPM pictures.

  --lite DIR     unpacked MindSpore Lite, with runtime/include and runtime/lib (default: $LITE_HOME)
  --build DIR    where to build (default: build/ascend310)
  --no-opencv    read PPM alone, even where OpenCV is
  --help         this text
TEXT
}

lite="${LITE_HOME:-}"
build=build/ascend310
opencv=ON
while [[ $# -gt 0 ]]; do
    case "$1" in
        --lite) lite="${2:?--lite wants a folder}"; shift 2 ;;
        --build) build="${2:?--build wants a folder}"; shift 2 ;;
        --no-opencv) opencv=OFF; shift ;;
        -h|--help) usage; exit 0 ;;
        *) echo "error: there is no option $1; see --help" >&2; exit 2 ;;
    esac
done

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cmake -S "$here" -B "$build" -DLITE_HOME="$lite" -DWITH_OPENCV="$opencv"
cmake --build "$build" --parallel "$(nproc)"
