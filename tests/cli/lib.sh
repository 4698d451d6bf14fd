# What the command-line tests share.  Each test sources this file and then states facts.
#
# A test works in a new folder, which is the working directory, with no store above it, and removes
# it at the end.  The first fact that does not hold ends the test with a message.

set -euo pipefail

: "${REPRISE:?is set by ctest to the path of the executable}"
# A git hook that runs the tests must not lend them its repository.
# shellcheck disable=SC2046
unset $(git rev-parse --local-env-vars)
unset REPRISE_STORE REPRISE_RUN_DIR NO_COLOR || true
export LC_ALL=C.UTF-8 TZ=UTC

work=$(realpath "$(mktemp -d)")
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
mkdir project
cd project

reprise() { "$REPRISE" "$@"; }

# Python for programs that load the SDK; one that was built with sanitizers wants to come first.
# shellcheck disable=SC2034
python_with_sdk=(env ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 python3)

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect STATUS COMMAND…: the command ends with that exit status; its streams are in out and err.
expect() {
  local want=$1 got=0
  shift
  "$@" >"$work/out" 2>"$work/err" || got=$?
  out=$(cat "$work/out")
  err=$(cat "$work/err")
  [ "$got" -eq "$want" ] || fail "\`$*\` exited with $got, not $want; stdout: $out; stderr: $err"
}

# says TEXT PATTERN: the text contains the pattern (a fixed string).
says() {
  case "$1" in
    *"$2"*) ;;
    *) fail "'$2' is not in: $1" ;;
  esac
}

# json EXPRESSION: prints EXPRESSION of the JSON record on stdin, named d; in one write, so that a
# reader that needs no more than the text may leave.
json() {
  python3 -c 'import json, sys
d = json.load(sys.stdin)
v = eval(sys.argv[1])
sys.stdout.write((v if isinstance(v, str) else json.dumps(v)) + "\n")' "$1"
}

# is WANTED GOT
is() { [ "$1" = "$2" ] || fail "wanted '$1', got '$2'"; }

# own_disk SIZE: goes on with a disk of that size, in which the working directory is an empty folder
# of its own; `disk` is where it lies.  That needs a namespace of mounts; whoever is not root makes
# one of users, too.  In a chroot whose root is no mount the propagation stays as it is.
own_disk() {
  local way
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
  mount -t tmpfs -o "size=$1" tmpfs "$disk"
  trap 'cd /; umount -l "$disk"; rm -rf "$work"' EXIT
  mkdir "$disk/project"
  cd "$disk/project"
}
