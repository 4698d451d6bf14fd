# What cannot be captured is said, and never keeps a run from being recorded; secrets are not kept.
. "$(dirname "$0")/lib.sh"

# Root reads everything, so that root's part is played by somebody else.
if [ "$(id -u)" -eq 0 ]; then
  cp "$REPRISE" "$work/reprise" && chmod 755 "$work" "$work/reprise"
  as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work" "$@"; }
  REPRISE=$work/reprise
  chown -R 65534:65534 "$work"
  reprise() { as_user "$REPRISE" "$@"; }
else
  as_user() { "$@"; }
fi

as_user sh -c 'echo 1 >a.py; echo 2 >closed.py; mkdir closed; echo 3 >closed/b.py
               chmod 000 closed.py closed'
reprise init >/dev/null
expect 0 reprise run -n bare -- true
says "$err" "'closed.py' is not part of the recorded code"
says "$err" "'closed' is not part of the recorded code"
# But an input that was asked for must be there.
expect 5 reprise run -i closed.py -- true
says "$err" "the input '$PWD/closed.py' cannot be stored"
expect 5 reprise run -i closed -- true
expect 2 reprise run -i /dev/null -- true
expect 3 reprise run -i missing -- true
expect 0 reprise restore bare ../bare
as_user cmp a.py ../bare/a.py
as_user git init -q . && as_user git add a.py
as_user git -c user.name=t -c user.email=t@example.org commit -qm one
as_user sh -c 'echo more >>a.py; echo new >zz.py'
expect 0 reprise run -n in_git -- true
says "$err" "'closed.py' is not part of the recorded code"
expect 0 reprise restore in_git ../in_git
as_user cmp a.py ../in_git/a.py
as_user cmp zz.py ../in_git/zz.py

# A secret that the command line gives the command: in its name, in its value, in an argument.
expect 0 reprise run -n secret -- TOKEN=hunter2 URL=https://bob:hunter2@example.org/ \
  sh -c 'test ${#TOKEN} -eq 7 && test ${#URL} -eq 32' x \
  --password=hunter2
expect 0 reprise show secret --json
recipe=$(json 'd["run"]["recipe"]' <<<"$out")
expect 0 reprise cat "$recipe"
says "$out" '"URL":"https://<redacted>@example.org/"'
says "$out" '"TOKEN":"<redacted>"'
if as_user grep -rl hunter2 .reprise; then fail "a secret is in the store"; fi
expect 1 reprise rerun secret --on-host
says "$out" "the variable URL held a secret"
says "$out" "the variable TOKEN held a secret"
expect 1 reprise rerun secret --on-host --keep ../secret_kept
[ ! -e ../secret_kept ] || fail "something was kept of a rerun that lacks a secret"
