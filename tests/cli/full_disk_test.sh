# On a full disk a command says so and fails, nothing is lost, and all goes on once there is space.
. "$(dirname "$0")/lib.sh"

own_disk 6m
reprise init >/dev/null
head -c 100000 /dev/urandom >data.csv
reprise add data.csv --name data >/dev/null
reprise run --quiet -n one -o out -- sh -c 'head -c 60000 /dev/urandom >out'
head -c 50000 /dev/urandom >"$work/new.csv"
mkdir "$disk/other"

# fill PAGES: leaves so many free.
fill() {
  dd if=/dev/zero of="$disk/ballast" bs=4k 2>/dev/null || true
  truncate -s "-$(($1 * 4096))" "$disk/ballast"
}
free() { rm "$disk/ballast"; }

# refuses COMMAND…: it is told that there is no space, and the store is as it was.
refuses() {
  fill 0
  expect 5 reprise "$@"
  says "$err" 'No space left on device'
  # The store can be looked at meanwhile.
  expect 0 reprise show one
  free
  expect 0 reprise fsck --read-data
}

before=$(reprise ledger show --json | json 'len(d["entries"])')
refuses add "$work/new.csv" --name new
refuses run -n two -- true
refuses init "$disk/other"
refuses restore one "$disk/restored"
[ ! -e "$disk/restored" ] || fail "a part of the folder stays"
refuses audit export one -o "$disk/bundle"
[ ! -e "$disk/bundle" ] || fail "a part of the bundle stays"
fill 0
expect 5 reprise tag one key=value
says "$err" 'the disk is full'
free
is "$before" "$(reprise ledger show --json | json 'len(d["entries"])')"

# A catalog that cannot be rebuilt: that is no success, and costs nothing.
rm -r .reprise/catalog
refuses fsck --rebuild-index
expect 0 reprise fsck --rebuild-index
expect 0 reprise show one
is '' "$err"

# With a little room, whatever a command gets done stays done, and whatever it says it did is there.
for pages in 1 2 3 4 5 6 8; do
  fill "$pages"
  tagged=0 ran=0
  reprise tag one "key$pages=value" 2>/dev/null || tagged=$?
  reprise run --quiet -n "run$pages" -- true 2>/dev/null || ran=$?
  reprise fsck --rebuild-index >/dev/null 2>&1 || true
  free
  expect 0 reprise fsck --read-data
  is '' "$(ls -A .reprise/inbox)"
  tags=$(reprise show one --json | json 'd["run"]["tags"]')
  [ "$tagged" -ne 0 ] || says "$tags" "key$pages"
  [ "$ran" -ne 0 ] || is finished "$(reprise show "run$pages" --json | json 'd["run"]["status"]')"
  case $tagged,$ran in [05],0 | [05],5 | [05],125) ;; *) fail "$tagged, $ran" ;; esac
done

# All goes on.
expect 0 reprise add "$work/new.csv" --name new
expect 0 reprise run -n two -- true
expect 0 reprise tag one key=value
expect 0 reprise init "$disk/other"
expect 0 reprise restore one "$disk/restored"
expect 0 reprise audit export one -o "$disk/bundle"
