# What `show` names by digests, given back to the commands that take content, and paths that the
# store does not have.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
printf 'one\n' >train.sh
reprise run -n one -- true 2>/dev/null
printf 'two\n' >train.sh
LC_ALL=C reprise run -n two -- env true 2>/dev/null
tree_of() { reprise show "$1" --json | json 'd["run"]["code"]["tree"]'; }
environment_of() { reprise show "$1" --json | json 'd["run"]["environment"]'; }

# The tree of a run's code is a folder.
expect 0 reprise show "$(tree_of one)"
says "$out" '  folder'
expect 0 reprise restore "$(tree_of one)" ../code
is one "$(cat ../code/train.sh)"
expect 1 reprise diff "$(tree_of one)" "$(tree_of two)"
says "$out" 'train.sh'
expect 1 reprise diff "$(tree_of one)" "$(tree_of two)" --patch
says "$out" '-one'
expect 0 reprise lineage overlap "$(tree_of one)" "$(tree_of one)" --json
is 4 "$(json 'd["shared_bytes"]' <<<"$out")"

# Two environments are compared entry by entry.
expect 0 reprise show "$(environment_of one)"
says "$out" '  environment'
expect 1 reprise diff "$(environment_of one)" "$(environment_of two)"
says "$out" environment
says "$out" LC_ALL
expect 1 reprise diff "$(environment_of one)" "$(environment_of two)" --json
is environments "$(json 'd["diff"]["kind"]' <<<"$out")"
says "$(json '[e["name"] for e in d["diff"]["environment"]]' <<<"$out")" LC_ALL
expect 0 reprise diff "$(environment_of one)" "$(environment_of one)"

# A file on disk that the store does not have is named by its path, with what to do.
printf 'apart\n' >apart.csv
mkdir folder
printf 'within\n' >folder/file
for command in whence show 'lineage overlap train.sh' 'model register name'; do
  for path in apart.csv folder; do
    # shellcheck disable=SC2086  # Words.
    expect 3 reprise $command $path
    says "$err" "'$path'"
    says "$err" "\`reprise add $path\` stores it"
  done
done
# Only what is compared needs no store.
expect 1 reprise diff train.sh apart.csv
expect 1 reprise diff train.sh folder
says "$out" "a file became a folder"
