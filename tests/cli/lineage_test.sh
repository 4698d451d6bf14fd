# Lineage is computed from content.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
printf 'raw\n' >raw.csv
reprise run -n prepare -i raw.csv -o clean.csv -- sh -c 'tr a-z A-Z <raw.csv >clean.csv' 2>/dev/null
mkdir models
reprise run -n train -i clean.csv -o models -- \
  sh -c 'cat clean.csv clean.csv >models/m.bin' 2>/dev/null
cp models/m.bin elsewhere.bin
reprise run -n score -i elsewhere.bin -o score.txt -- sh -c 'wc -c <elsewhere.bin >score.txt' \
  2>/dev/null
id_of() { reprise show "$1" --json | json 'd["run"]["id"]'; }
prepare=$(id_of prepare) train=$(id_of train) score=$(id_of score)

expect 0 reprise lineage up score.txt --json
ids=$(json '" ".join(n["id"] for n in d["nodes"])' <<<"$out")
for id in "$prepare" "$train" "$score"; do says "$ids" "$id"; done
says "$ids" "$(sha256sum <raw.csv | cut -d' ' -f1)"
is '["code_of", "environment_of", "produced", "used"]' \
  "$(json 'sorted({e["kind"] for e in d["edges"]})' <<<"$out")"
expect 0 reprise lineage down raw.csv --json
ids=$(json '" ".join(n["id"] for n in d["nodes"])' <<<"$out")
says "$ids" "$score"
expect 0 reprise lineage up score --depth 1 --json
is '["artifact", "code", "environment", "run"]' \
  "$(json 'sorted(n["kind"] for n in d["nodes"])' <<<"$out")"
for format in text json dot svg mermaid; do
  expect 0 reprise lineage up score.txt --format "$format"
  says "$out" prepare
done
expect 2 reprise lineage up score.txt --format nonsense
expect 2 reprise lineage up score.txt --depth -1
expect 3 reprise lineage up unknown

# A file is known by its bytes, wherever it lies.
expect 0 reprise whence elsewhere.bin
says "$out" "train"
says "$out" "score"
expect 0 reprise whence elsewhere.bin --json
is "$train" "$(json 'd["artifact"]["produced_by"][0]["run"]' <<<"$out")"
printf 'never seen\n' >unknown.txt
expect 3 reprise whence unknown.txt

# So is a file within a folder that runs made and used, and a folder within one.
mkdir -p data/sub
printf 'inner\n' >data/sub/inner.csv
reprise run -n maker -o data -- true 2>/dev/null
reprise run -n user -i data -- true 2>/dev/null
cp data/sub/inner.csv copy.csv
expect 0 reprise whence copy.csv
says "$out" "produced by maker"
says "$out" "as data/sub/inner.csv"
expect 0 reprise whence data/sub --json
is '["data/sub", "data/sub"]' \
  "$(json '[d["artifact"][k][0]["path"] for k in ("produced_by", "used_by")]' <<<"$out")"
