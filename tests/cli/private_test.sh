# What is in a store, its private key above all, is never stored as content, by whatever name it is
# called; and nothing is written into a store.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
mkdir -p ../elsewhere data
echo 1 >data/a.csv
reprise init ../elsewhere >/dev/null
cp -r ../elsewhere/.reprise ../copied
ln -s .reprise link
ln -s ../project/.reprise/keys/checkpoint.key key
ln -s ../elsewhere/.reprise/keys keys
git init -q .
echo true >.git/hooks/post-commit

refused() {
  expect 2 reprise add "$1"
  says "$err" "is never content"
  expect 2 reprise run -i "$1" -- touch started
  says "$err" "the input "
  says "$err" "is never content"
  expect 2 reprise run -o "$1" -- touch started
  says "$err" "the output "
  says "$err" "is never content"
  [ ! -e started ] || fail "$1: the command was started"
}
for path in .reprise ./.reprise/ data/../.reprise "$PWD/.reprise" .reprise/keys \
  .reprise/keys/checkpoint.key link link/keys key keys keys/checkpoint.key \
  ../elsewhere/.reprise ../copied ../copied/keys/checkpoint.key \
  .git .git/hooks/post-commit; do
  refused "$path"
done
expect 2 reprise run -o .reprise/new -- touch started
says "$err" "is never content"
expect 0 reprise runs --json
is 0 "$(json 'len(d["runs"])' <<<"$out")"

# A link that the command makes of its output, and what the SDK calls its input or output.
expect 0 reprise run -n late -o model -- ln -s .reprise/keys/checkpoint.key model
says "$err" "the output 'model' could not be stored"
is model "$(reprise show late --json | json 'd["run"]["missing_outputs"][0]')"

# A rerun's other input, and where a rerun works.
expect 0 reprise run -n base -i data -- cat data/a.csv
expect 2 reprise rerun base --on-host --input data=.reprise/keys
says "$err" "is never content"
expect 2 reprise rerun base --on-host --keep .reprise/work
says "$err" "name a folder elsewhere"

# Folders are stored without the stores in them, whatever their names.
mkdir -p data/nested
cp -r ../elsewhere/.reprise data/nested/.reprise
cp -r ../elsewhere/.reprise data/nested/moved
expect 0 reprise add data --name data
says "$err" "'nested/moved' is a store of Reprise and was left out"
expect 0 reprise restore "$(cut -d' ' -f1 <<<"$out")" ../data
is "a.csv nested" "$(cd ../data && find . -mindepth 1 -printf '%P\n' | sort | xargs)"
rm -rf .git
expect 0 reprise run -n code -- true
expect 0 reprise restore code ../code
is "" "$(find ../code -name 'checkpoint.key*' -o -name format)"

# Nothing is written into a store.
before=$(find .reprise -name new)
for target in .reprise/new link/new ../copied/new .reprise; do
  expect 2 reprise restore base "$target"
  says "$err" "name a folder elsewhere"
  expect 2 reprise audit export base -o "$target"
  says "$err" "name a folder elsewhere"
done
is "$before" "$(find .reprise ../copied -name new)"

# A work tree that somebody keeps inside of a git folder is content all the same.
mkdir -p ../outer/.git/trees/one/.git
echo 1 >../outer/.git/trees/one/a
expect 0 reprise add ../outer/.git/trees/one/a

# The private key is in no pack.
expect 0 reprise fsck
for digest in $(sha256sum .reprise/keys/* ../elsewhere/.reprise/keys/* | cut -d' ' -f1); do
  expect 3 reprise cat "sha256:$digest"
done
