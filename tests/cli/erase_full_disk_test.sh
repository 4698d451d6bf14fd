# shellcheck shell=bash
# `reprise erase` on a full disk: the store is read as before, what is to go is hidden once that is
# recorded, and is gone from every file when there is room again.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

own_disk 60m
reprise init >/dev/null
head -c 4000000 /dev/urandom >"$work/secret"
secret=sha256:$(sha256sum <"$work/secret" | cut -d' ' -f1)

holds() {
  python3 - "$work/secret" <<'PYTHON'
import os, sys
content = open(sys.argv[1], "rb").read()
sought = content[len(content) // 2:][:32]
paths = (os.path.join(root, name) for root, _, names in os.walk(".reprise") for name in names)
sys.exit(not any(sought in open(path, "rb").read() for path in paths if os.path.isfile(path)))
PYTHON
}
# fill PAGES: leaves so many pages of the disk free.
fill() {
  local free
  free=$(stat --file-system --format %a "$disk")
  head -c $(((free - $1) * 4096)) /dev/zero >"$disk/ballast"
}

whole=0 unfinished=0
for pages in 0 4 16 64 200 500 1000 1500; do
  # In one pack, so that there is something to copy.
  mkdir data
  head -c 4000000 /dev/urandom >"$work/other"
  cp "$work/secret" "$work/other" data
  expect 0 reprise add data --name data --again
  rm -r data
  fill "$pages"
  got=0
  reprise erase "$secret" --reason 'request 17' >"$work/out" 2>"$work/err" || got=$?
  reprise cat data:other >"$work/read" 2>"$work/err.read" || fail "$pages: $(cat "$work/err.read")"
  cmp "$work/read" "$work/other" || fail "with $pages pages: another file has changed"
  if [ "$got" -ne 0 ]; then
    is 5 "$got"
    grep -qE 'No space left on device|the disk is full' "$work/err" || fail "$(cat "$work/err")"
  fi
  if [ -e .reprise/erasing ]; then
    unfinished=$((unfinished + 1))
    says "$(cat "$work/err.read")" 'an erasure is not finished, and bytes of it may still be there'
  elif [ "$got" -ne 0 ]; then
    whole=$((whole + 1))
    holds || fail "with $pages pages: nothing is recorded, and the bytes are gone"
    reprise cat "$secret" >/dev/null 2>&1
    rm "$disk/ballast"
    expect 0 reprise fsck --read-data
    continue
  fi
  rm "$disk/ballast"
  expect 0 reprise ledger verify
  ! holds || fail "with $pages pages: the bytes are still there"
  [ ! -e .reprise/erasing ] || fail "with $pages pages: it is not finished"
  expect 3 reprise cat "$secret"
  says "$err" 'request 17'
  expect 0 reprise fsck --read-data
  says "$out" 'the store is whole'
done
[ "$whole" -gt 0 ] || fail 'an erasure has begun on a disk without any room'
[ "$unfinished" -gt 0 ] || fail 'every erasure was finished at once'
