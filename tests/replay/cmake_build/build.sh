# The folder has the same name each time: CMake writes it into what it builds.
set -e
build=$PWD/unfinished
trap 'rm -rf "$build"' EXIT
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$build" >/dev/null
cp "$build/forecast" .
./forecast >forecast.txt
