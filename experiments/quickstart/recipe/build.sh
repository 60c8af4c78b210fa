#!/bin/sh
# Rebuilds ../zoo and ../data from Debian and npm packages. usage: recipe/build.sh [OUTPUT_FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)

packages="python3-torch libopenblas0-pthread python3-numpy python3-pil python3-fonttools python3-onnx python3-sklearn
dataset-fashion-mnist $(sed 's/#.*//' "$here/fonts.txt" | tr '\n' ' ')"
missing=$(for p in $packages; do dpkg -s "$p" >/dev/null 2>&1 || echo "$p"; done)
if [ -n "$missing" ]; then
    root=; [ "$(id -u)" = 0 ] || root=sudo
    $root apt-get update -qq
    # shellcheck disable=SC2086
    $root apt-get install -y -qq --no-install-recommends $missing
fi

# Debian's interpreter by its path: the packages above belong to it and to no other.
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/build.py" "$@"
