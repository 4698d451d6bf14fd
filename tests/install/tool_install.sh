#!/bin/bash
# Usage: tool_install.sh CMAKE BUILD_FOLDER WORK_FOLDER VERSION LINKS_ARCHIVES
#
# Installs the command into a folder of its own and uses it there, and a copy of the executable
# alone elsewhere, as on another machine: it brings everything that is not of the C library.
set -euo pipefail
cmake=$1 build=$2 work=$3 version=$4 links_archives=$5

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

rm -rf "$work"
mkdir -p "$work"
"$cmake" --install "$build" --component tool --prefix "$work/first" >"$work/install.log"
# An installed tree can be moved.
mv "$work/first" "$work/prefix"
tool=$work/prefix/bin/reprise
[ -x "$tool" ] || fail "there is no bin/reprise"

echo "needs the C library alone"
if [ "$links_archives" = ON ]; then
  if readelf -d "$tool" | grep NEEDED | grep -vE '\[(lib(c|m|dl|pthread|rt)\.so|ld-linux)'; then
    fail "the command needs the libraries above; was build/ configured before they were linked in?"
  fi
fi
if readelf -d "$tool" | grep -E 'RPATH|RUNPATH'; then
  fail "the command looks for libraries in the folders above"
fi

echo "runs without any environment"
[ "$(cd / && env -i "$tool" --version)" = "reprise $version" ] || fail "--version"
[ -f "$work/prefix/share/doc/reprise/LICENSE" ] || fail "the licence is not installed"

echo "completes in each shell"
completions=$work/prefix/share
offered=$(env -i PATH="$work/prefix/bin:/usr/bin:/bin" bash --norc -c '
  . "$1"
  complete -p reprise >/dev/null
  COMP_WORDS=(reprise re) COMP_CWORD=1
  _reprise
  printf "%s\n" "${COMPREPLY[@]}"' bash "$completions/bash-completion/completions/reprise")
[ "$(sort <<<"$offered" | xargs)" = "rerun restore" ] || fail "bash offers '$offered' for 're'"
zsh_file=$completions/zsh/site-functions/_reprise
fish_file=$completions/fish/vendor_completions.d/reprise.fish
# By its first line zsh knows what the file completes.
[ "$(head -n 1 "$zsh_file")" = "#compdef reprise" ] || fail "zsh does not know what $zsh_file is"
grep -q "^complete -c reprise .*-a rerun" "$fish_file" || fail "fish is not told of rerun"
if command -v zsh >/dev/null; then zsh -n "$zsh_file" || fail "zsh cannot read its file"; fi
if command -v fish >/dev/null; then
  HOME=$work fish -n "$fish_file" || fail "fish cannot read its file"
fi

echo "a copy alone records, and proves"
mkdir -p "$work/elsewhere/project"
cp "$tool" "$work/elsewhere/tracker"
rm -rf "$work/prefix"
cd "$work/elsewhere/project"
copied() { env -i PATH=/usr/bin:/bin "$work/elsewhere/tracker" "$@"; }
copied init >/dev/null
copied run -n first -o out -- sh -c 'echo trained | tee out' >stdout 2>stderr ||
  fail "$(cat stderr)"
[ "$(cat stdout)" = trained ] || fail "the command's output was '$(cat stdout)'"
copied rerun first --on-host --json >verdict 2>stderr || fail "$(cat stderr)"
grep -q '"identical"' verdict || fail "the rerun is not identical: $(cat verdict)"
copied fsck --read-data >fsck 2>&1 || fail "$(cat fsck)"
copied audit export first -o audit >export 2>&1 || fail "$(cat export)"
python3 audit/verify.py >verified 2>&1 || fail "$(cat verified)"
