# A disk that becomes full while a sealed run goes on does not disturb the command, and how that ended
# is told and kept; the store stays valid, and the record is completed once there is space.
. "$(dirname "$0")/lib.sh"

# A disk of our own, as in full_disk_test.sh.
if [ -z "${REPRISE_TEST_HAS_MOUNTS-}" ]; then
  for way in --mount '--mount --propagation unchanged' '--mount --map-root-user'; do
    # shellcheck disable=SC2086  # Several words.
    if unshare $way sh -c 'mount -t tmpfs tmpfs "$0" && umount "$0"' "$work" 2>/dev/null; then
      REPRISE_TEST_HAS_MOUNTS=1 unshare $way bash "$0"
      exit
    fi
  done
  echo 'SKIPPED: this user may neither mount a file system nor make a namespace of users; in a' \
    'container, allow it with --cap-add SYS_ADMIN'
  exit 77
fi

disk="$work/disk"
mkdir "$disk"
mount -t tmpfs -o size=24m tmpfs "$disk"
trap 'cd /; umount -l "$disk"; rm -rf "$work"' EXIT
mkdir "$disk/project"
cd "$disk/project"
reprise init >/dev/null
export BALLAST=$disk/ballast RESULTS=$work
head -c 300000 /dev/urandom >input
reprise run --quiet -n before -o out -- sh -c 'cat input >out'
head -c 400000 /dev/urandom >other

# Fills the disk, reads what is to be stored, prints and writes elsewhere, and fails as it likes.
cat >train.sh <<'SCRIPT'
dd if=/dev/zero of="$BALLAST" bs=4k 2>/dev/null
truncate -s "-$((PAGES * 4096))" "$BALLAST"
cat other >"$RESULTS/result"
echo trained
exit 7
SCRIPT

for pages in 0 1 8 32 64; do
  rm -f "$work/result"
  # What it read does not fit into the store: reprise fails, and says how the command ended.
  PAGES=$pages expect 125 reprise run -n "full$pages" -- sh train.sh
  says "$out" trained
  cmp other "$work/result" || fail "with $pages pages: the command did not get to its end"
  says "$err" "the command ended with exit status 7, but could not be recorded to its end"
  says "$err" 'No space left on device'
  # The store can be looked at meanwhile.
  expect 0 reprise show before
  rm "$BALLAST"
  # Once there is space the record is completed.
  expect 0 reprise show "full$pages" --json
  is 'failed 7' "$(json 'd["run"]["status"], d["run"]["exit_code"]' <<<"$out" | tr -d '[]",')"
  is "$(sha256sum <other)" "$(reprise cat "full$pages:other" | sha256sum)"
  expect 0 reprise fsck --read-data
  is '' "$(ls -A .reprise/inbox)"
  expect 0 reprise run --quiet -n "after$pages" -- sh -c 'cat input >/dev/null'
  is finished "$(reprise show "after$pages" --json | json 'd["run"]["status"]')"
done
