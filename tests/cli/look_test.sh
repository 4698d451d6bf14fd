# Commands that look at what was recorded.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
mkdir -p out
for eta in 0.1 0.3; do
  reprise run -e credit -n "eta-$eta" -p eta=$eta -o out/model.txt -- \
    sh -c 'echo out {eta}; echo err {eta} >&2; echo {eta} >out/model.txt' >/dev/null 2>&1
done

expect 0 reprise runs
says "$out" eta-0.1
expect 0 reprise runs --json --where 'params.eta > 0.2'
is '["eta-0.3"]' "$(json '[r["name"] for r in d["runs"]]' <<<"$out")"
expect 0 reprise runs --json --sort -params.eta
is '["eta-0.3", "eta-0.1"]' "$(json '[r["name"] for r in d["runs"]]' <<<"$out")"
expect 0 reprise runs --json --limit 1
is '["eta-0.3"]' "$(json '[r["name"] for r in d["runs"]]' <<<"$out")"
expect 2 reprise runs --where 'nonsense'
expect 2 reprise runs --sort nonsense
expect 2 reprise runs --limit -1

# References.
expect 0 reprise show @last --json
id=$(json 'd["run"]["id"]' <<<"$out")
is eta-0.3 "$(json 'd["run"]["name"]' <<<"$out")"
for ref in eta-0.3 "$id" "${id:0:24}" credit@last @last~0; do
  is "$id" "$(reprise show "$ref" --json | json 'd["run"]["id"]')"
done
is eta-0.1 "$(reprise show @last~1 --json | json 'd["run"]["name"]')"
expect 3 reprise show @last~2
expect 3 reprise show no-such-thing
expect 3 reprise show "${id:0:4}"
says "$err" "could be"
expect 2 reprise show

expect 0 reprise log eta-0.1
is "out 0.1" "$out"
expect 0 reprise log eta-0.1 --stderr
is "err 0.1" "$out"
expect 0 reprise cat eta-0.1:out/model.txt
is 0.1 "$out"
expect 3 reprise cat eta-0.1:nothing
digest=$(printf '0.1\n' | sha256sum | cut -d' ' -f1)
expect 0 reprise cat "sha256:${digest:0:8}"
is 0.1 "$out"
is "$digest" "$(reprise cat "$digest" | sha256sum | cut -d' ' -f1)"

expect 0 reprise compare eta-0.1 eta-0.3
says "$out" eta
expect 0 reprise compare eta-0.1 eta-0.3 --json
is 'true' "$(json '[r["differs"] for r in d["rows"] if r["key"] == "eta"][0]' <<<"$out")"
expect 2 reprise compare eta-0.1
expect 0 reprise experiments --json
is 2 "$(json 'd["experiments"][0]["runs"]' <<<"$out")"
expect 0 reprise status
expect 0 reprise status --json
is '2 0' "$(json '"%d %d" % (d["runs"], d["live_runs"])' <<<"$out")"

# Notes and tags come after the fact, to runs and to artifacts.
expect 0 reprise note eta-0.1 'a later note'
expect 0 reprise tag eta-0.1 stage=candidate owner=risk
expect 0 reprise tag eta-0.1 stage=rejected
expect 0 reprise show eta-0.1 --json
is '{"owner": "risk", "stage": "rejected"}' "$(json 'd["run"]["tags"]' <<<"$out")"
is 'a later note' "$(json 'd["run"]["notes"][-1]["text"]' <<<"$out")"
expect 0 reprise runs --json --where 'tags.stage = rejected'
is 1 "$(json 'len(d["runs"])' <<<"$out")"
expect 0 reprise tag out/model.txt reviewed=yes
expect 0 reprise show out/model.txt --json
is '{"reviewed": "yes"}' "$(json 'd["artifact"]["tags"]' <<<"$out")"
expect 2 reprise tag eta-0.1
expect 2 reprise tag eta-0.1 novalue
expect 3 reprise note no-such-run text

# Datasets.
mkdir data
printf 'x\n' >data/a.csv
: >data/empty
expect 0 reprise add data --name loans --tag source=uci --json
is folder "$(json 'd["artifacts"][0]["kind"]' <<<"$out")"
expect 0 reprise show data --json
is '["loans"]' "$(json 'd["artifact"]["names"]' <<<"$out")"
is 2 "$(json 'd["artifact"]["size_bytes"]' <<<"$out")"
expect 0 reprise add data/a.csv
says "$out" "$(sha256sum <data/a.csv | cut -d' ' -f1)"
# By its name, of which the newest is meant.
for command in show 'lineage down' whence; do
  # shellcheck disable=SC2086  # Several words.
  expect 0 reprise $command loans
done
expect 0 reprise cat loans:a.csv
is x "$out"
expect 0 reprise restore loans ../loans
is x "$(cat ../loans/a.csv)"
was=$(reprise show loans --json | json 'd["artifact"]["digest"]')
printf 'y\n' >data/b.csv
expect 0 reprise show loans --json
is "$was" "$(json 'd["artifact"]["digest"]' <<<"$out")"
expect 0 reprise add data --name loans
expect 0 reprise cat loans:b.csv
is y "$out"
expect 0 reprise cat "$was:a.csv"
expect 3 reprise cat "$was:b.csv"
expect 0 reprise add data/a.csv --name eta-0.1
expect 3 reprise show eta-0.1
says "$err" "and the run $(reprise show @last~1 --json | json 'd["run"]["id"]')"

# A digest alone is of the kind that a dataset or run gives it.
mkdir -p nested/sub
printf '12345' >nested/sub/five
expect 0 reprise add nested
sub=$(reprise show nested/sub --json | json 'd["artifact"]["digest"]')
mkdir -p inputs/below
printf '1234567' >inputs/below/seven
expect 0 reprise run -i inputs -o made -- sh -c 'mkdir -p made/deep; echo 123 >made/deep/four'
for place in nested/sub:5 inputs:7 inputs/below:7 made/deep:4; do
  digest=$(reprise show "${place%:*}" --json | json 'd["artifact"]["digest"]')
  expect 0 reprise show "$digest" --json
  is "folder ${place#*:}" "$(json '"%(kind)s %(size_bytes)d" % d["artifact"]' <<<"$out")"
done
expect 0 reprise show "$(printf '12345' | sha256sum | cut -d' ' -f1)" --json
is file "$(json 'd["artifact"]["kind"]' <<<"$out")"
expect 0 reprise show "$(reprise show @last --json | json 'd["run"]["recipe"]')" --json
is object "$(json 'd["artifact"]["kind"]' <<<"$out")"
expect 0 reprise restore "$sub" ../sub
is 12345 "$(cat ../sub/five)"

expect 3 reprise add missing
expect 2 reprise add
mkfifo pipe
expect 2 reprise add pipe
expect 0 reprise fsck --read-data
