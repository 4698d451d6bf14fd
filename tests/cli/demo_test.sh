# scripts/demo, with the executables of this build: it does what it says, and leaves nothing behind.
. "$(dirname "$0")/lib.sh"

: "${CREDIT_RISK:?is set by ctest to the path of the example}"
demo=$(cd "$(dirname "$0")/../.." && pwd)/scripts/demo
mkdir "$work/tmp" "$work/home"
export TMPDIR=$work/tmp HOME=$work/home
unset XDG_CONFIG_HOME

expect 0 "$demo" --remove --use "$REPRISE" "$CREDIT_RISK"
says "$out" '$ reprise rerun careful'
# A machine without a sandbox says so, and goes on.
if ! grep -q 'This machine does not allow that' <<<"$out"; then
  copied=${out#*'clean# reprise --store /store rerun careful'}
  if [ "$copied" != "$out" ]; then
    copied=${copied%%'# The better model'*}
    says "$copied" $'\nverdict: identical\n'
    says "$copied" '  output out/model.json: identical'
  else
    says "$out" '# Left out, as its root folder cannot be entered here: '
  fi
fi
# Refused at first, and let through when everything is there.
says "$err" '  MISSING  an approval as validator: there is none'
says "$err" 'as validator: approve scorecard@1 to production'
says "$err" 'scorecard@1 moved from development to production'
says "$out" 'wrote the image of careful'
# The verdict, and every output on its own.
says "$out" $'\nverdict: identical\n'
says "$out" '  output out/model.json: identical'
verdict=${out#*'verdict: '}
verdict=${verdict%%'# The better model'*}
is '' "$(grep -E '^  (output|metric) ' <<<"$verdict" | grep -v ': identical$' || true)"
# The changed row: the input and what was made from it differ, the code does not.
differing=${out#*'reprise compare careful after-change'}
differing=${differing%%'the same:'*}
says "$differing" 'data/german_credit.csv'
says "$differing" 'out/model.json'
case "$differing" in *'run        code'*) fail "the code differs: $differing" ;; esac
# The bundle, checked by what is in it and by the auditor's checkpoint.
says "$out" $'\nresult  verified, anchored by the checkpoint that you kept'
is '' "$(ls -A "$TMPDIR")"
is '' "$(ls -A "$HOME")"

expect 2 "$demo" --use /no/such/reprise "$CREDIT_RISK"
says "$err" '--use'
