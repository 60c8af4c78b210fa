#!/usr/bin/env bash
# Builds the libtorch bridge: build.sh [OUTPUT]; by default OUTPUT is libsearch_torch.so in the folder above, where a published program
# looks for it. Needs g++ and libtorch with its headers: the folder SEARCH_LIBTORCH names (an unpacked libtorch, or the torch folder of a
# Python installation), else Debian's libtorch-dev, else python3's torch. No .NET is needed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=${1:-$(dirname "$here")/libsearch_torch.so}

fail() { echo "search: torch bridge: $*" >&2; exit 1; }

torch=${SEARCH_LIBTORCH:-}
if [ -z "$torch" ] && [ ! -e /usr/include/torch/version.h ] && [ ! -e /usr/include/torch/csrc/api/include/torch/version.h ]; then
  torch=$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))' 2>/dev/null) ||
    fail "no libtorch: install libtorch-dev, or set SEARCH_LIBTORCH to a libtorch folder"
fi
command -v g++ >/dev/null || fail "g++ is missing: install g++"

flags=() libraries=(-ltorch -ltorch_cpu -lc10)
if [ -n "$torch" ]; then
  torch=$(cd "$torch" 2>/dev/null && pwd) || fail "SEARCH_LIBTORCH is '$SEARCH_LIBTORCH', which is no folder"
  [ -d "$torch/include" ] || fail "SEARCH_LIBTORCH is '$torch', which has no 'include' folder"
  folder=$torch/lib
  [ -e "$folder/libtorch.so" ] || fail "SEARCH_LIBTORCH is '$torch', which has no 'lib/libtorch.so'"
  flags+=(-isystem "$torch/include" -isystem "$torch/include/torch/csrc/api/include" -L"$folder" "-Wl,-rpath,$folder")
else
  folder=/usr/lib/$(uname -m)-linux-gnu
  flags+=(-isystem /usr/include/torch/csrc/api/include)
fi
if [ -e "$folder/libtorch_cuda.so" ]; then
  libraries+=(-ltorch_cuda -lc10_cuda)
  cuda=${CUDA_HOME:-/usr/local/cuda}
  if [ -e "$cuda/include/cuda_runtime_api.h" ]; then flags+=(-DSEARCH_TORCH_CUDA -isystem "$cuda/include"); fi
fi
flags+=("-DSEARCH_TORCH_FOLDER=\"$torch\"")
# Older wheels were built with the C++ library's old string layout; the bridge must agree with its libtorch.
if command -v nm >/dev/null; then
  # grep reads to the end: with -q, nm would die of a closed pipe.
  if nm -D --defined-only "$folder/libc10.so" 2>/dev/null | grep '__cxx11' >/dev/null; then flags+=(-D_GLIBCXX_USE_CXX11_ABI=1); else flags+=(-D_GLIBCXX_USE_CXX11_ABI=0); fi
fi

build() { g++ -O2 -fPIC -shared -fvisibility=hidden "-std=$1" "${flags[@]}" "$here/search_torch.cpp" -o "$output.new" -Wl,--no-as-needed "${libraries[@]}" -ldl; }

mkdir -p "$(dirname "$output")"
# Up to 2.0 the headers are C++14, from 2.1 on C++17, lately C++20.
errors=$(build c++17 2>&1) || errors=$(build c++20 2>&1) || fail "does not compile against $folder: $errors"
mv "$output.new" "$output"
