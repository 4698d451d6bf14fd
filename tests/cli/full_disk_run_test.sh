# A disk that becomes full while a sealed run goes on does not disturb the command, and how that
# ended is told and kept; the store stays valid, and the record is completed once there is space.
. "$(dirname "$0")/lib.sh"

own_disk 24m
reprise init >/dev/null
export BALLAST=$disk/ballast RESULTS=$work
head -c 300000 /dev/urandom >input
reprise run --quiet -n before -o out -- sh -c 'cat input >out'

broken=0 whole=0
# Fills the disk but for some pages, reads what is to be stored, prints and writes elsewhere, and
# fails as it likes.
cat >train.sh <<'SCRIPT'
if [ "$PAGES" = none ]; then
  cat /dev/zero >"$BALLAST"
else
  free=$(stat --file-system --format %a "$(dirname "$BALLAST")")
  head -c $(((free - PAGES) * 4096)) /dev/zero >"$BALLAST"
fi 2>/dev/null
# More names than what is noted of them has room for beside the last that was.
i=0
while [ "$i" -lt 300 ]; do
  i=$((i + 1))
  [ ! -e "a-name-that-nothing-has-and-that-is-noted-all-the-same-$i" ] || exit 9
done
cat other >"$RESULTS/result"
echo trained
exit 7
SCRIPT

for pages in none 0 1 4 16 64; do
  rm -f "$work/result"
  head -c 400000 /dev/urandom >other  # More than there is space for.
  got=0
  PAGES=$pages reprise run -n "full$pages" -- sh train.sh >"$work/out" 2>"$work/err" || got=$?
  told=$(cat "$work/err")
  is trained "$(cat "$work/out")"
  cmp other "$work/result" || fail "with $pages pages: the command did not get to its end"
  says "$told" 'No space left on device'
  # The store can be looked at meanwhile.
  expect 0 reprise show before
  rm "$BALLAST"
  # Once there is space the record is completed, as far as it was kept.
  expect 0 reprise show "full$pages" --json
  record=$out
  is 'failed 7' "$(json 'd["run"]["status"], d["run"]["exit_code"]' <<<"$record" | tr -d '[]",')"
  is 125 "$got"
  says "$told" "the command ended with exit status 7, but could not be recorded to its end"
  # What had no space even while the command ran is a blind spot of the run.
  if json '" ".join(d["run"]["capture"]["blind_spots"])' <<<"$record" | grep -q trace; then
    says "$told" "file access is no longer recorded"
    says "$(reprise show "full$pages")" "in part, as the trace broke off"
    broken=$((broken + 1))
  else
    is "$(sha256sum <other)" "$(reprise cat "full$pages:other" | sha256sum)"
    whole=$((whole + 1))
  fi
  expect 0 reprise fsck --read-data
  is '' "$(ls -A .reprise/inbox)"
  expect 0 reprise run --quiet -n "after$pages" -- sh -c 'cat input >/dev/null'
  is finished "$(reprise show "after$pages" --json | json 'd["run"]["status"]')"
done
# Both happened.
[ "$broken" -gt 0 ] && [ "$whole" -gt 0 ] || fail "$broken broken off, $whole whole"
