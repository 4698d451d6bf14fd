# Tables: their profiles, what is said of their columns, shared content, and leaks between roles.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
python3 - <<'PYTHON'
import random
random.seed(5)
purposes = ["car", "house"]
rows = [f"{i},{random.randint(18, 75)},{random.random() * 1e4:.2f},{random.choice(purposes)}"
        for i in range(1000)]
head = "id,age,amount,purpose\n"
open("loans.csv", "w").write(head + "\n".join(rows) + "\n")
open("train.csv", "w").write(head + "\n".join(rows[:800]) + "\n")
open("test.csv", "w").write(head + "\n".join(rows[800:] + rows[10:13]) + "\n")
open("clean_test.csv", "w").write(head + "\n".join(rows[800:]) + "\n")
renumbered = [f"{5000 + i},{row.split(',', 1)[1]}" for i, row in enumerate(rows[:2])]
open("renumbered.csv", "w").write(head + "\n".join(renumbered) + "\n")
PYTHON
printf '[columns]\nage = ["protected"]\n"loans.csv#amount" = ["pii"]\n' >reprise.toml

# `add` keeps a profile, of which there is one for each content.
expect 0 reprise add loans.csv --name loans
expect 0 reprise ledger show --json
is 1 "$(json 'len([e for e in d["entries"] if e["kind"] == "profile"])' <<<"$out")"
cp loans.csv copy.csv
expect 0 reprise add copy.csv
expect 0 reprise ledger show --json
is 1 "$(json 'len([e for e in d["entries"] if e["kind"] == "profile"])' <<<"$out")"
expect 0 reprise show loans
says "$out" "1000 rows, 4 columns"
says "$out" "protected"
says "$out" "pii; values withheld"
says "$out" "car"
expect 0 reprise show loans --json
is 1000 "$(json 'd["artifact"]["profile"]["rows"]' <<<"$out")"
is integer,integer,real,text \
  "$(json '",".join(c["type"] for c in d["artifact"]["profile"]["columns"])' <<<"$out")"
is '["protected"]' "$(json 'd["artifact"]["profile"]["columns"][1]["tags"]' <<<"$out")"
is false "$(json '"mean" in d["artifact"]["profile"]["columns"][2]' <<<"$out")"
is 499.5 "$(json 'd["artifact"]["profile"]["columns"][0]["mean"]' <<<"$out")"

# The catalog is built again without reading tables; what is no table says why.
expect 0 reprise fsck --rebuild-index
expect 0 reprise show loans --json
is 1000 "$(json 'd["artifact"]["profile"]["rows"]' <<<"$out")"
printf 'a,b\n1,2\n3\n' >ragged.csv
expect 0 reprise add ragged.csv
expect 0 reprise show ragged.csv
says "$out" "row 2 has 1 fields"
expect 0 reprise show ragged.csv --json
says "$(json 'd["artifact"]["profile"]["problem"]' <<<"$out")" "no table"
printf 'text\n' >notes.txt
expect 0 reprise add notes.txt
expect 0 reprise show notes.txt --json
is null "$(json 'd["artifact"]["profile"]' <<<"$out")"

# Beyond the size there is none, and it is said; a wrong setting is an error with its line.
printf '[profile]\nmax_mib = 0\n' >reprise.toml
printf 'x\n1\n' >small.csv
expect 0 reprise add small.csv
expect 0 reprise show small.csv
says "$out" "not made: it is larger than"
printf '[columns]\nage = "pii"\n' >reprise.toml
expect 2 reprise show loans
says "$err" "reprise.toml:2"
rm reprise.toml

# A column whose name is there again has the tags of the first.
printf '[columns]\nemail = ["pii"]\n' >reprise.toml
printf 'email,x,email\na@x.org,1,b@x.org\n' >twice.csv
expect 0 reprise add twice.csv
expect 0 reprise show twice.csv
says "$out" "email.2"
says "$out" "names that are there again are numbered"
case "$out" in *@x.org*) fail "a personal value is in: $out" ;; esac
rm reprise.toml

# A rerun keeps profiles of the tables that it writes.
expect 0 reprise run -n made -p n=3 -i small.csv -o made.csv -- \
  sh -c 'cat small.csv; seq {n} | sed "1i x" >made.csv'
expect 0 reprise rerun made --set n=5 --on-host
digest=$(reprise show @last --json | json 'd["run"]["outputs"][0]["digest"]')
is 1 "$(reprise ledger show --json |
  json "len([e for e in d['entries'] if e['kind'] == 'profile' and e['subject'] == '$digest'])")"

# overlap counts chunks.
expect 0 reprise lineage overlap loans.csv copy.csv --json
is true "$(json 'd["shared_bytes"] == d["a_bytes"] == d["b_bytes"] > 0' <<<"$out")"
is true "$(json 'd["files"][0]["is_same_file"]' <<<"$out")"
head -c 400000 /dev/urandom >one.bin
mkdir both
cat one.bin loans.csv >both/more.bin
expect 0 reprise add one.bin both
expect 0 reprise lineage overlap one.bin both --json
is true "$(json '200000 < d["shared_bytes"] <= 400000 == d["a_bytes"]' <<<"$out")"
expect 0 reprise lineage overlap one.bin both
says "$out" "more.bin"
expect 0 reprise lineage overlap one.bin notes.txt --json
is 0 "$(json 'd["shared_bytes"]' <<<"$out")"
expect 3 reprise lineage overlap one.bin nothing-there
expect 2 reprise lineage overlap one.bin
printf 'not stored' >new.txt
expect 3 reprise lineage overlap one.bin new.txt

# leak: three rows of the test set were trained on.
expect 0 reprise run -n leaky --input-role train=train.csv --input-role test=test.csv -- true
says "$err" "3 of the 203 rows of test (1.5 %) are among the 800 of train, by 4 columns"
says "$err" "row 201 is row 11"
expect 1 reprise lineage leak leaky
says "$out" "row 203 is row 13"
expect 1 reprise lineage leak leaky --json
is true "$(json 'd["leak"]["found"]' <<<"$out")"
is true "$(json 'd["leak"]["complete"]' <<<"$out")"
is 3 "$(json 'd["leak"]["pairs"][0]["rows"]["b_shared"]' <<<"$out")"
is train "$(json 'd["leak"]["pairs"][0]["a"]["role"]' <<<"$out")"
expect 0 reprise show leaky --json
is '["test", "train"]' "$(json 'sorted(i["role"] for i in d["run"]["inputs"])' <<<"$out")"

# Without a role names tell it; nothing shared is no leak; an id can be left out.
expect 0 reprise run -n clean -i train.csv -i clean_test.csv -- true
is "" "$(grep -c 'rows of' <<<"$err" | grep -v '^0$' || true)"
expect 0 reprise lineage leak clean
says "$out" "nothing is shared"
expect 0 reprise run -n numbered -i train.csv --input-role holdout=renumbered.csv -- true
expect 0 reprise lineage leak numbered
expect 1 reprise lineage leak numbered --ignore-columns id
says "$out" "2 of the 2 rows of holdout (100.0 %)"
says "$out" "by 3 columns"
cp train.csv train_copy.csv
expect 0 reprise run -n same --input-role train=train.csv \
  --input-role validation=train_copy.csv -- true
says "$err" "are the same file"
expect 1 reprise lineage leak same
expect 0 reprise run -n alone -i train.csv -- true
expect 3 reprise lineage leak alone
says "$err" "--input-role"
# What cannot be compared is no clean answer: neither of the check nor at the end of a run.
printf 'id,age\n1,2\n3\n' >ragged_test.csv
expect 0 reprise run -n ragged -i train.csv -i ragged_test.csv -- true
says "$err" "not fully checked: the rows of ragged_test.csv were not compared"
expect 4 reprise lineage leak ragged
says "$out" "not checked: the rows of ragged_test.csv"
says "$out" "not everything could be compared"
expect 4 reprise lineage leak ragged --json
is false "$(json 'd["leak"]["found"]' <<<"$out")"
is false "$(json 'd["leak"]["complete"]' <<<"$out")"
is 1 "$(json 'len(d["leak"]["not_checked"])' <<<"$out")"
# Other words are roles too; compressed tables and JSON Lines are read; labels tell little.
python3 - <<'PYTHON'
import gzip, json, random
random.seed(6)
lines = open("test.csv").read().splitlines()
with gzip.open("late.csv.gz", "wt") as out:
    out.write("\n".join(lines[:1] + lines[-3:]) + "\n")
for name, count in (("labels.csv", 500), ("late_labels.csv", 100)):
    with open(name, "w") as out:
        out.write("bad\n" + "".join(f"{random.randint(0, 1)}\n" for _ in range(count)))
for name, ids in (("cases.jsonl", range(50)), ("late_cases.jsonl", (70, 49, 71))):
    with open(name, "w") as out:
        out.writelines(json.dumps({"id": i, "text": f"case {i}"}) + "\n" for i in ids)
PYTHON
expect 0 reprise run -n late --input-role train=train.csv --input-role oot=late.csv.gz -- true
expect 1 reprise lineage leak late
says "$out" "3 of the 3 rows of out_of_time (100.0 %)"
expect 0 reprise run -n stress --input-role stress=cases.jsonl --input-role eval=late_cases.jsonl \
  -- true
expect 1 reprise lineage leak stress
says "$out" "evaluation late_cases.jsonl and stress cases.jsonl share rows"
says "$out" "by whole lines: row 50 is row 2"
expect 0 reprise run -n labels --input-role train=labels.csv --input-role test=late_labels.csv \
  -- true
is "" "$(grep warning <<<"$err" || true)"
expect 0 reprise lineage leak labels
says "$out" "no leak: train labels.csv and test late_labels.csv hold rows that tell little"
says "$out" "nothing more than chance is shared"
expect 0 reprise lineage leak labels --json
is false "$(json 'd["leak"]["found"]' <<<"$out")"
is 100 "$(json 'd["leak"]["by_chance"][0]["rows"]["b_shared"]' <<<"$out")"
expect 2 reprise lineage leak leaky --ignore-columns ids
says "$err" "has a column 'ids'; did you mean 'id'?"
# What is not read is named by the check, and no news at the end of each run.
printf 'PAR1' >test.parquet
expect 0 reprise run -n parquet --input-role train=train.csv --input-role test=test.parquet -- true
is "" "$(grep warning <<<"$err" || true)"
expect 4 reprise lineage leak parquet
says "$out" "not checked: of test.parquet the bytes were compared and not the rows"
expect 3 reprise lineage leak train.csv
expect 3 reprise lineage leak nobody
expect 2 reprise lineage leak
expect 2 reprise run --input-role train -- true
expect 2 reprise run --input-role train=train.csv --input-role test=train.csv -- true
expect 3 reprise run --input-role train=missing.csv -- true

# Columns are followed through runs by their values.
expect 0 reprise run -n split -i loans.csv -o ages.csv -- \
  sh -c 'cut -d, -f2 loans.csv | sed "s/^age\$/years/" >ages.csv'
expect 0 reprise lineage up 'ages.csv#years'
says "$out" "ages.csv#years"
says "$out" "[the same values, by split] loans.csv#age"
expect 0 reprise lineage down 'loans.csv#age' --json
is '["same_column"]' "$(json 'sorted({e["kind"] for e in d["edges"]})' <<<"$out")"
says "$(json '" ".join(n["label"] for n in d["nodes"])' <<<"$out")" "ages.csv#years"
expect 0 reprise lineage down 'loans.csv#amount' --depth 0 --json
is 1 "$(json 'len(d["nodes"])' <<<"$out")"
expect 3 reprise lineage up 'ages.csv#age'
says "$err" "it has years"
expect 3 reprise lineage up 'notes.txt#age'
says "$err" "is no table"
expect 3 reprise lineage up 'nothing.csv#age'

# And by what a program says that it computed.
if [ -n "${MINIMAL:-}" ]; then
  library=$(ldd "$MINIMAL" | sed -n 's/.*libreprise[^ ]* => \([^ ]*\).*/\1/p')
  cat >score.py <<'PYTHON'
import ctypes, sys
sdk = ctypes.CDLL(sys.argv[1])
sdk.reprise_run_start.restype = ctypes.c_void_p
run = ctypes.c_void_p(sdk.reprise_run_start(None))
names = (ctypes.c_char_p * 2)(b"age", b"loans.csv#amount")
assert sdk.reprise_run_derive(run, b"score", names, ctypes.c_size_t(2)) == 1
assert sdk.reprise_run_derive(run, b"model.txt#weight", names, ctypes.c_size_t(1)) == 1
with open("loans.csv") as table, open("scores.csv", "w") as scores:
    scores.write("score\n")
    for line in list(table)[1:]:
        fields = line.split(",")
        scores.write(f"{int(fields[1]) * float(fields[2]):.3f}\n")
open("model.txt", "w").write("weights")
assert sdk.reprise_run_finish(run, 0) == 1
PYTHON
  expect 0 reprise run -n scorer -i loans.csv -o scores.csv -o model.txt -- \
    "${python_with_sdk[@]}" score.py "$library"
  expect 0 reprise lineage up 'scores.csv#score'
  says "$out" "[computed by scorer] loans.csv#age"
  says "$out" "[computed by scorer] loans.csv#amount"
  expect 0 reprise lineage up 'scorer:scores.csv#score' --json
  is "derived,derived" "$(json '",".join(e["kind"] for e in d["edges"])' <<<"$out")"
  expect 0 reprise lineage down 'loans.csv#amount'
  says "$out" "[computed by scorer] scores.csv#score"
  case "$out" in *weight*) fail "amount is no source of weight" ;; esac
  expect 0 reprise lineage up 'model.txt#weight'
  says "$out" "loans.csv#age"
  expect 3 reprise lineage up 'model.txt#bias'

  # Which other tools are told, too.
  expect 0 reprise export scorer --format openlineage -o ../scorer.jsonl
  fields=$(tail -1 ../scorer.jsonl | json '{o["name"]: {c: [f["name"] + "#" + f["field"]
    for f in field["inputFields"]] for c, field in o["facets"]["columnLineage"]["fields"].items()}
    for o in d["outputs"] if "columnLineage" in o["facets"]}')
  is '{"weight": ["loans.csv#age"]}' "$(json 'd["model.txt"]' <<<"$fields")"
  is '{"score": ["loans.csv#age", "loans.csv#amount"]}' "$(json 'd["scores.csv"]' <<<"$fields")"

  # Without the profiles it is not known which columns are meant, and that is said.
  find .reprise/packs -name '*.pack' -exec truncate -s 0 {} +
  expect 4 reprise export scorer --format openlineage -o ../lost.jsonl
  says "$err" "the profile of a table of its column score is not in the store"
  says "$(tail -1 ../lost.jsonl | json 'd["run"]["facets"]["reprise_run"]["missing"]')" "score"
fi

# Tables whose content is lost are compared by their profiles, and that is said.
mkdir ../lost && cd ../lost && reprise init >/dev/null
printf 'id,age\n1,30\n2,41\n3,52\n' >before.csv
printf 'id,age\n1,30\n2,NA\n3,62\n4,70\n' >after.csv
reprise add before.csv after.csv >/dev/null 2>&1
before=$(sha256sum before.csv | cut -d' ' -f1)
after=$(sha256sum after.csv | cut -d' ' -f1)
expect 1 reprise diff "sha256:$before" "sha256:$after"
says "$out" "table, 3 rows became 4"
cp -r .reprise ../kept
kinds=
for pack in $(cd .reprise && find packs -name '*.pack'); do
  rm -rf .reprise && cp -r ../kept .reprise && rm ".reprise/$pack"
  reprise diff "sha256:$before" "sha256:$after" --json >../told 2>/dev/null || true
  kinds+=" $(json 'd["diff"]["difference"]["kind"]' <../told 2>&1 || true)"
  case "$kinds" in *profiles) break ;; esac
done
case "$kinds" in *profiles) ;; *) fail "no lost pack left the profiles to compare:$kinds" ;; esac
age=$(json 'd["diff"]["difference"]["columns"][1]' <../told)
is 0.6666666666666667 "$(json 'd["kolmogorov_smirnov"]' <<<"$age")"
is 0 "$(json 'd["kolmogorov_smirnov_error"]' <<<"$age")"
expect 1 reprise diff "sha256:$before" "sha256:$after"
says "$out" "by profiles alone, as the content cannot be read"
