# A run is rerun in a sandbox in a chroot, too, where the kernel makes no user namespace: runs of
# root need none.  Whoever cannot is told why.
. "$(dirname "$0")/lib.sh"

# 77: skipped.
[ "$(id -u)" -eq 0 ] || exit 77
unshare --mount true 2>/dev/null || exit 77

root=$work/root
mkdir -p "$work/project" "$root/proc" "$root/dev" "$root/tmp"
cd "$work/project"
reprise init >/dev/null
printf 'b\na\n' >words
expect 0 reprise run -n sorted -- sh -c 'sort words >in-order'

cp "$REPRISE" "$root/reprise"
cp -a .reprise "$root/store"
ldd "$REPRISE" | grep -o '/[^ ]*' | xargs -I{} cp -L --parents {} "$root"
: >"$root/dev/null"

# in_chroot WITH_PROC COMMAND...: the folder of the root is no mount.
in_chroot() {
  # shellcheck disable=SC2016
  unshare --mount bash -c '
    mount --bind /dev/null "$0/dev/null"
    [ "$1" = no ] || mount -t proc proc "$0/proc"
    shift
    exec env -u TMPDIR chroot "$0" "$@"' "$root" "$@"
}
expect 0 in_chroot yes /reprise --store /store rerun sorted
says "$out" 'verdict: identical'
says "$out" 'output in-order: identical'

# Another user's number cannot be taken without a user namespace.
expect 1 in_chroot yes /reprise doctor
says "$out" 'the kernel makes no user namespace in a chroot'
says "$out" 'yes  mounts'

# Without /proc a build with sanitizers cannot look for leaks, nor be told not to, and ends with 1.
status=2
! ldd "$REPRISE" | grep -q libasan || status=1
expect "$status" in_chroot no /reprise --store /store rerun sorted
says "$err" '/proc is not mounted'
