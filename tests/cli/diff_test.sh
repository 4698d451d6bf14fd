# Why two runs, and two artifacts, differ.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
mkdir -p out src
printf 'age,city\n30,x\n40,y\n50,y\n' >train.csv
printf 'rate = 1\nprint(rate)\n' >src/train.py
git init -q .
git config user.email a@example.org
git config user.name a
git add src
git commit -qm first
train() {  # NAME ETA
  reprise run -n "$1" -p "eta=$2" -i train.csv -o out/model.txt -- \
    sh -c 'cat src/train.py >/dev/null; echo "w {eta}" >out/model.txt' >/dev/null 2>&1
}
train one 0.1
train again 0.1

# The same thing twice.
expect 0 reprise diff one again
says "$out" "no difference was found"
expect 0 reprise diff one again --json
is 'false' "$(json 'd["diff"]["differs"]' <<<"$out")"
expect 0 reprise diff one one
expect 0 reprise diff one again --patch
is "" "$out"

printf 'age,city\n30,x\n45,z\n50,y\n' >train.csv
printf 'rate = 2\nprint(rate)\nprint("done")\n' >src/train.py
printf 'new\n' >"src/a name.py"
chmod +x src/train.py
train two 0.3
expect 1 reprise diff one two
says "$out" "~ eta: 0.1 → 0.3"
says "$out" "train.csv: table, 1 row removed, 1 added"
says "$out" "- row 2: 40,y"
says "$out" "+ row 2: 45,z"
says "$out" "~ src/train.py: +2 -1"
says "$out" "+ src/a name.py"
says "$out" "model.txt"
expect 1 reprise diff one two --json
is '["eta"]' "$(json '[p["name"] for p in d["diff"]["params"]]' <<<"$out")"
is 'table' "$(json 'd["diff"]["inputs"][0]["difference"]["kind"]' <<<"$out")"
is 'one two' "$(json 'd["diff"]["before"]["name"] + " " + d["diff"]["after"]["name"]' <<<"$out")"

# git takes the patch, and gets the second run's code from the first one's.
expect 1 reprise diff one two --patch
cp "$work/out" "$work/patch"
mkdir "$work/first"
reprise restore one "$work/first" --only code >/dev/null 2>&1
(cd "$work/first" && git init -q . && git apply "$work/patch")
cmp src/train.py "$work/first/src/train.py"
cmp "src/a name.py" "$work/first/src/a name.py"
[ -x "$work/first/src/train.py" ] || fail "the patch lost the executable bit"

# Artifacts: files of runs, files on disk, folders, digests.
expect 1 reprise diff one:train.csv two:train.csv
says "$out" "table, 1 row removed, 1 added"
expect 1 reprise diff one:train.csv train.csv
expect 0 reprise diff two:train.csv train.csv
says "$out" "no difference was found"
mkdir data
for i in $(seq 30); do echo "$i" >"data/$i.txt"; done
reprise add data >/dev/null 2>&1
before=$(reprise add data --json 2>/dev/null | json 'd["artifacts"][0]["digest"]')
for i in $(seq 20); do echo "new $i" >"data/$i.txt"; done
rm data/30.txt
after=$(reprise add data --json 2>/dev/null | json 'd["artifacts"][0]["digest"]')
expect 1 reprise diff "$before" "$after"
says "$out" "folder, 20 changed, 1 removed"
says "$out" "… and 11 more; see all with --full"
expect 1 reprise diff "$before" "$after" --full
says "$out" "- 30.txt"
expect 1 reprise diff "$before" "$after" --json
is 21 "$(json 'len(d["diff"]["difference"]["entries"])' <<<"$out")"
is 10 "$(json 'len([e for e in d["diff"]["difference"]["entries"] if e["difference"]])' <<<"$out")"
expect 1 reprise diff "$before" "$after" --patch
says "$out" "+new 20"

# A folder that became a file, and a file that became a folder; what the patch lacks is said.
mkdir -p turned/a && echo one >turned/a/x && echo two >turned/b && cp -r turned first_turn
turned_from=$(reprise add turned --json 2>/dev/null | json 'd["artifacts"][0]["digest"]')
rm -r turned/a turned/b && echo three >turned/a && mkdir turned/b && echo four >turned/b/y
head -c 5000000 /dev/zero | tr '\0' 'z' >turned/large.txt
turned_to=$(reprise add turned --json 2>/dev/null | json 'd["artifacts"][0]["digest"]')
expect 1 reprise diff "$turned_from" "$turned_to" --patch
says "$err" "the patch lacks large.txt: larger than 4194304 bytes"
cp "$work/out" "$work/patch"
(cd first_turn && git init -q . && git apply "$work/patch" && rm -rf .git)
rm turned/large.txt
diff -r turned first_turn || fail "git made another folder of the patch"
large=$(reprise add --json turned/b/y 2>/dev/null | json 'd["artifacts"][0]["digest"]')
head -c 5000000 /dev/zero | tr '\0' 'z' >turned/b/y
expect 0 reprise add turned/b/y
expect 1 reprise diff "$large" turned/b/y --patch
says "$err" "the patch lacks turned/b/y: larger than"
rm -r turned first_turn

# What is not in the store is read from the disk, and nothing is stored.
objects=$(reprise status --json | json 'd["objects"]')
mkdir -p fresh/a fresh/b
printf 'id,email,on\n1,ann@x.org,2024-01-01\n2,bob@x.org,2024-01-02\n' >fresh/a/people.csv
printf 'id,email,on\n1,ann@x.org,2024-01-01\n2,bea@x.org,2024-03-02\n' >fresh/b/people_2.csv
printf 'kept\n' >fresh/a/kept.txt
cp fresh/a/kept.txt fresh/b/moved.md
expect 1 reprise diff fresh/a/people.csv fresh/b/people_2.csv
says "$out" "bob@x.org"
says "$out" "'on': Kolmogorov–Smirnov 0.5"
expect 1 reprise diff fresh/a fresh/b
says "$out" "folder, 1 changed, 1 moved"
says "$out" "~ kept.txt → moved.md: the same content"
says "$out" "~ people.csv → people_2.csv: 1 row removed, 1 added"
expect 1 reprise diff one:train.csv fresh/a/people.csv
expect 1 reprise diff fresh/a/people.csv fresh/b/people_2.csv --patch
says "$out" "+2,bea@x.org,2024-03-02"
is "$objects" "$(reprise status --json | json 'd["objects"]')"

# Personal data are not told, in text or JSON, whatever a table lies in or looks like.
printf '[columns]\n"fresh/a/people.csv#email" = ["pii"]\n' >reprise.toml
hides() {  # STATUS REF REF
  for format in '' --json; do
    # shellcheck disable=SC2086
    expect "$1" reprise diff "$2" "$3" $format
    case "$out" in *@x.org*) fail "a personal value is in: $out" ;; esac
  done
}
hides 1 fresh/a/people.csv fresh/b/people_2.csv
says "$out" "<pii>"
says "$out" "without the values of 'email', tagged pii"
hides 1 fresh/a fresh/b
printf '[columns]\n"email" = ["pii"]\n' >reprise.toml
gzip -k fresh/a/people.csv
gzip -c fresh/b/people_2.csv >fresh/b/people_2.csv.gz
# In an archive, and under a name that says nothing, it is personal whatever file the tag names.
zips() {  # FILE TABLE
  python3 -c 'import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as file:
    file.write(sys.argv[2], "inner/people.csv")' "$1" "$2"
}
zips fresh/a/data.zip fresh/a/people.csv && zips fresh/b/data.zip fresh/b/people_2.csv
cp fresh/a/people.csv.gz fresh/a/odd && cp fresh/b/people_2.csv.gz fresh/b/odd
for tag in email elsewhere.csv#email people.csv#email; do
  printf '[columns]\n"%s" = ["pii"]\n' "$tag" >reprise.toml
  hides 1 fresh/a/data.zip fresh/b/data.zip
  says "$out" "row 2"
  hides 1 fresh/a/odd fresh/b/odd
  hides 1 fresh/a/people.csv.gz fresh/b/people_2.csv.gz
done
printf '[columns]\n"email" = ["pii"]\n' >reprise.toml
printf 'id,email\n1,ann@x.org,3\n2,eve@x.org\n' >fresh/b/ragged.csv
hides 1 fresh/a/people.csv.gz fresh/b/people_2.csv.gz
is table "$(json 'd["diff"]["difference"]["content"]["kind"]' <<<"$out")"
hides 1 fresh/a/people.csv fresh/b/ragged.csv
is withheld "$(json 'd["diff"]["difference"]["kind"]' <<<"$out")"
rm -r reprise.toml fresh

# --full lists every row.
seq 1 40 | sed '1i x' >rows_1.csv
seq 101 140 | sed '1i x' >rows_2.csv
expect 1 reprise diff rows_1.csv rows_2.csv --full
is 80 "$(grep -c ' row ' <<<"$out")"
rm rows_1.csv rows_2.csv

# Names and bytes that are not text.
name=$(printf 'caf\xe9')
printf '\x00\x01' >"data/$name"
latin=$(reprise add data --json 2>/dev/null | json 'd["artifacts"][0]["digest"]')
expect 1 reprise diff "$after" "$latin"
says "$out" '+ caf\xe9'
expect 1 reprise diff "$after" "$latin" --json
is bytes "$(json 'd["diff"]["difference"]["entries"][0]["path"]["type"]' <<<"$out")"

# What is wrong is told in a sentence.
expect 2 reprise diff one
expect 2 reprise diff
expect 2 reprise diff one ""
expect 2 reprise diff one train.csv
says "$err" "'one' is a run and 'train.csv' is none"
expect 2 reprise diff one two --patch --json
expect 2 reprise diff one two three
expect 3 reprise diff one nothing
expect 3 reprise diff one:nothing one:train.csv
unknown=sha256:$(printf 0123456789abcdef%.0s 1 2 3 4)
expect 3 reprise diff "$unknown" one:train.csv
cd "$work"
expect 3 reprise diff one two
says "$err" "reprise init"
mkdir empty
cd empty
reprise init >/dev/null
expect 3 reprise diff @last @last~1
