# Forged attestations, requirements, cards and files, and what a kept checkpoint anchors.
tampering="$(realpath "$(dirname "$0")/..")/tracker/audit/verify_adversary_test.py"
. "$(dirname "$0")/lib.sh"
export XDG_CONFIG_HOME=$work/config

git init -q . && git config user.email t@example.org && git config user.name t
reprise init >/dev/null
printf 'a,b\n1,2\n' >d.csv
git add -A && git commit -qm one
cat >policy.toml <<'P'
version = 1
name = "Scorecards"

[[promotion]]
to = "qa"
approvals = [{ role = "validator" }]
P
reprise policy set policy.toml 2>/dev/null
reprise ledger checkpoint >../before_the_run
reprise run -n train --capture declared -i d.csv -o m.bin -o out -- sh -c '
  echo m >m.bin; mkdir -p out/in out/in2 out/none; echo a >out/a; echo a >out/in2/a
  echo b >out/in/b; echo c >out/in/c' 2>/dev/null
reprise ledger checkpoint >../after_the_run
reprise model register scorecard train:m.bin 2>/dev/null
reprise model register scorecard train:m.bin --reason again 2>/dev/null
reprise model register folder train:out 2>/dev/null
for who in ada carl; do
  reprise key new $who --unencrypted >/dev/null 2>&1
  reprise key trust $who --owner $who --name "${who^} Lovelace" --role validator 2>/dev/null
done
printf 'purpose = "p"\nintended_use = "u"\nowner = "o"\n' >card.toml
reprise evidence add scorecard@1 --kind model_card card.toml 2>/dev/null
reprise sign scorecard@1 --stage qa --role validator --key ada --decision approve --reason fine \
  2>/dev/null
reprise ledger checkpoint >../before_the_move
reprise model promote scorecard@1 --to qa --reason tried 2>/dev/null
for kind in slsa model-signing; do
  reprise attest scorecard@1 --kind $kind --key ada 2>/dev/null
  reprise attest folder@1 --kind $kind --key ada 2>/dev/null
done
reprise key revoke carl --reason lost 2>/dev/null

# What is kept anchors content whose maker, and a stage whose move into it, was recorded by then.
anchors() {  # FOLDER CHECKPOINT TEXT
  expect 0 python3 -B "$1/verify.py" "$1" --since "$2"
  says "$out" "$3"
  cp "$work/out" "$work/by_script"
  expect 0 reprise audit verify "$1" --since "$2"
  cmp "$work/out" "$work/by_script"
}
expect 0 reprise audit export m.bin -o ../content
anchors ../content ../before_the_run 'unanchored'
anchors ../content ../after_the_run 'anchored by the checkpoint that you kept'
expect 0 reprise audit export --stage qa -o ../stage
anchors ../stage ../after_the_run 'unanchored'
anchors ../stage ../before_the_move 'unanchored'
reprise ledger checkpoint >../kept
anchors ../stage ../kept 'anchored by the checkpoint that you kept'

mkdir ../forged ../forged/people
expect 0 reprise audit export model:scorecard -o ../forged/bundle \
  --requirements eu-ai-act-annex-iv
cp .reprise/keys/checkpoint.key ../forged/log.key
cp "$XDG_CONFIG_HOME"/reprise/keys/*.key ../forged/people/
# The trees of an attested folder are in the bundle though no run wrote it, however files are named.
mkdir -p given/in given/none
echo 1 >given/.gitignore && echo 2 >'given/in/b\c' && echo 3 >"given/in/$(printf 'c\u202e')"
reprise add given >/dev/null 2>&1
reprise model register given given 2>/dev/null
reprise attest given@1 --kind model-signing --key ada 2>/dev/null
expect 0 reprise audit export given@1 -o ../given
expect 0 reprise audit verify ../given
cp "$work/out" "$work/by_command"
expect 0 python3 -B ../given/verify.py ../given
cmp "$work/out" "$work/by_command"

# A folder that was added, in which what a run wrote lies twice.  The run is upstream of the other
# version, too: without these edges it would still be joined.
mkdir -p parts/in parts/none
cp m.bin parts/m.bin && cp m.bin parts/in/again && : >parts/none/empty
reprise add parts >/dev/null 2>&1
reprise model register pair parts 2>/dev/null
reprise model register pair train:m.bin 2>/dev/null
expect 0 reprise audit export model:pair -o ../forged/parts
expect 0 reprise audit verify ../forged/parts

# And one of two files of a run, each of which joins it to the folder.
reprise run -n writer --capture declared -o 1.txt -o 2.txt -- sh -c 'echo 1 >1.txt; echo 2 >2.txt' \
  2>/dev/null
mkdir both && cp 1.txt 2.txt both
reprise add both >/dev/null 2>&1
reprise model register both both 2>/dev/null
expect 0 reprise audit export both@1 -o ../forged/both
expect 0 reprise audit verify ../forged/both
python3 -B "$tampering" ../forged
