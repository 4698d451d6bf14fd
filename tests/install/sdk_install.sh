#!/bin/sh
# Usage: sdk_install.sh CMAKE BUILD_FOLDER WORK_FOLDER CC CXX VERSION
set -eu
cmake=$1 build=$2 work=$3 cc=$4 cxx=$5 version=$6
here=$(cd "$(dirname "$0")" && pwd)

rm -rf "$work"
mkdir -p "$work/inbox"
"$cmake" --install "$build" --component sdk --prefix "$work/first" >"$work/install.log"
# An installed tree can be moved.
mv "$work/first" "$work/prefix"
REPRISE_RUN_DIR=$work/inbox
export REPRISE_RUN_DIR

# Each program must have left one segment that holds its point.
expect_segments() {
  found=$(grep -la loss "$work"/inbox/seg-* | wc -l)
  if [ "$found" -ne "$1" ]; then
    echo "expected $1 segments with a point, found $found" >&2
    exit 1
  fi
}

echo "find_package(reprise)"
"$cmake" -G Ninja -S "$here/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" >"$work/configure.log"
"$cmake" --build "$work/consumer" >"$work/build.log"
"$work/consumer/consumer"
"$work/consumer/consumer_c"
expect_segments 2

echo "reprise.pc"
if command -v pkg-config >/dev/null; then
  pc=$(find "$work/prefix" -name reprise.pc)
  PKG_CONFIG_PATH=$(dirname "$pc")
  export PKG_CONFIG_PATH
  test "$(pkg-config --modversion reprise)" = "$version"
  library=$(pkg-config --variable=libdir reprise)
  # shellcheck disable=SC2046  # Flags are words.
  "$cxx" -std=c++20 "$here/consumer/consumer.cc" -o "$work/pc" $(pkg-config --cflags --libs reprise)
  # shellcheck disable=SC2046
  "$cc" -std=c99 -pedantic -Werror "$here/consumer/consumer.c" -o "$work/pc_c" \
    $(pkg-config --cflags --libs reprise)
  LD_LIBRARY_PATH=$library "$work/pc"
  LD_LIBRARY_PATH=$library "$work/pc_c"
  expect_segments 4
else
  echo "pkg-config is not installed; left out" >&2
fi

echo "each header alone"
for header in "$work"/prefix/include/reprise/*.h; do
  printf "#include <reprise/%s>\nextern int something;\n" "$(basename "$header")" >"$work/alone.c"
  for flags in -std=c++20 "-std=c++20 -fno-exceptions -fno-rtti"; do
    # shellcheck disable=SC2086  # Flags are words.
    "$cxx" -x c++ $flags -Wall -Wextra -Wpedantic -Wconversion -Werror -fsyntax-only \
      -I"$work/prefix/include" "$work/alone.c"
  done
  case "$header" in
    */run.h) ;;  # C++ only.
    *)
      "$cc" -std=c99 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$work/prefix/include" \
        "$work/alone.c"
      ;;
  esac
done

echo "the smallest example"
"$cmake" -G Ninja -S "$here/../../sdk/examples/minimal" -B "$work/minimal" \
  -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" \
  >"$work/configure.log"
"$cmake" --build "$work/minimal" >"$work/build.log"
(cd "$work" && minimal/minimal && minimal/minimal_c)
grep -q '^2$' "$work/slope.txt"

# Only what is meant to be seen is exported, and only the C and C++ libraries are needed.
library=$(find "$work/prefix" -name "libreprise.so.$version")
if nm -DC --defined-only "$library" | grep -vE ' (reprise::Run::|reprise_|REPRISE_0)'; then
  echo "the library exports the symbols above, which are not part of its interface" >&2
  exit 1
fi
if readelf -d "$library" | grep NEEDED |
  grep -vE 'lib(stdc\+\+|gcc_s|c|m|pthread|dl)\.so|ld-linux'; then
  echo "the library needs the libraries above" >&2
  exit 1
fi
