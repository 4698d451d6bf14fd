# What the graph calls things: each by its own name, in the direction that was asked for.
. "$(dirname "$0")/lib.sh"

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git init -q .
printf 'data/\nout/\n' >.gitignore
reprise init >/dev/null
mkdir data out
printf 'raw\n' >data/raw.csv
reprise run -n clean -i data/raw.csv -o data/clean.csv -- \
  sh -c 'tr a-z A-Z <data/raw.csv >data/clean.csv' 2>/dev/null
reprise run -n train -e models -i data/clean.csv -o out/m.bin -- \
  sh -c 'cat data/clean.csv data/clean.csv >out/m.bin' 2>/dev/null
reprise run -n score -i out/m.bin -o out/s.txt -- sh -c 'wc -c <out/m.bin >out/s.txt' 2>/dev/null
digest_of() { echo "sha256:$(sha256sum <"$1" | cut -d' ' -f1)"; }
labels='{n["id"]: n["label"] for n in d["nodes"] if n["kind"] == "artifact"}'
labels_are_right() {
  local file
  for file in "$@"; do
    is "$file" "$(json "$labels.get('$(digest_of "$file")')" <<<"$out")"
  done
}

# Where runs are passed through, an edge `via` still names the file that it leads to, and no other.
expect 0 reprise lineage up out/s.txt --kind artifact --json
labels_are_right out/s.txt out/m.bin data/clean.csv data/raw.csv
expect 0 reprise lineage up out/s.txt --kind artifact
says "$out" "out/s.txt ($(digest_of out/s.txt | cut -c1-19)"
says "$out" "came from out/m.bin ($(digest_of out/m.bin | cut -c1-19)"
expect 0 reprise lineage down data/raw.csv --kind artifact --json
labels_are_right out/s.txt out/m.bin data/clean.csv data/raw.csv
expect 0 reprise lineage down data/clean.csv --where 'experiment = models' --json
labels_are_right out/m.bin out/s.txt

# A folder has its own name, and not those of its members.
reprise run -n folder -o out -- true 2>/dev/null
expect 0 reprise lineage up out --json
is '"out"' "$(json 'json.dumps(d["nodes"][0]["label"])' <<<"$out")"

# The tree of a walk down goes down, whatever lies above.
expect 0 reprise lineage down out/s.txt --depth 1
says "$out" 'out/s.txt'
case "$out" in *'produced by'*) fail "upwards: $out" ;; esac
expect 0 reprise lineage down score
says "$out" '└─ produced out/s.txt'

# What has no path in the graph is called as it was asked for, else by its dataset.
printf 'apart\n' >data/apart.csv
reprise add data/apart.csv --name measurements >/dev/null 2>&1
for ref in data/apart.csv measurements; do
  expect 0 reprise lineage down "$ref"
  says "$out" "$ref (sha256:"
done
expect 0 reprise lineage up "$(digest_of data/apart.csv)"
says "$out" 'measurements (sha256:'
