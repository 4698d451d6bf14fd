# A run that is said to have written what it never touched is recorded with a warning.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
echo foreign >bought.bin
mkdir -p folder/sub
echo 1 >folder/sub/a
sleep 0.02  # Times of files are as coarse as the clock of the kernel.

warns() {
  says "$err" "-o $2: was there before and was not changed by the run"
  says "$(reprise show "$1" --json | json 'd["run"]["warnings"]')" "-o $2: was there before"
}
silent() {
  case "$err" in *"was there before"*) fail "$1: $err" ;; esac
}

expect 0 reprise run -n claims -o bought.bin -- true
warns claims bought.bin
is bought.bin "$(reprise show claims --json | json 'd["run"]["outputs"][0]["path"]')"
expect 0 reprise run -n claims-folder -o folder -o bought.bin -- cat folder/sub/a bought.bin
warns claims-folder folder
warns claims-folder bought.bin
expect 0 reprise audit export claims -o ../bundle
grep -q "was there before" ../bundle/report/report.html || fail "the report does not say it"
python3 ../bundle/verify.py >/dev/null

# Whoever writes is believed, be it the same bytes, in place or by a new file.
expect 0 reprise run -n same -o bought.bin -- sh -c 'cat bought.bin >x && cat x >bought.bin'
silent same
expect 0 reprise run -n moved -o bought.bin -- sh -c 'cp -p bought.bin y && mv y bought.bin'
silent moved
expect 0 reprise run -n deep -o folder -- sh -c 'echo 2 >folder/sub/a'
silent deep
expect 0 reprise run -n removed -o folder -- rm folder/sub/a
silent removed
expect 0 reprise run -n new -o new.bin -- touch new.bin
silent new
expect 0 reprise run -n gone -o new.bin -- rm new.bin
silent gone
says "$err" "was not there at the end"

# A project is its own output only if something in it changed; the store in it does at every run.
expect 0 reprise run -n all -o . -- true
warns all .
# Whatever name it has.
mv .reprise records
export REPRISE_STORE=$PWD/records
expect 0 reprise run -n renamed -o . -- true
warns renamed .
