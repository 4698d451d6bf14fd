# Files that runs used and that only their closures name: modules of an interpreter.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
module=$(python3 -c 'import csv; print(csv.__file__)')
printf 'import csv\nopen("out.txt", "w").write("x")\n' >use.py
reprise run -n user -e tables -o out.txt -- python3 -B use.py 2>/dev/null
reprise run -n reader -e others -i out.txt -- cat out.txt >/dev/null 2>&1
reprise run -n stranger -- true 2>/dev/null
user=$(reprise show user --json | json 'd["run"]["id"]')

expect 0 reprise whence "$module"
says "$out" "system file of user (tables, $user)"
expect 0 reprise whence "$module" --json
is "[[\"$user\", \"system\"]]" "$(json '[[f["run"], f["class"]] for f in d["file_of"]]' <<<"$out")"
expect 0 reprise lineage impact "$module" --json
is '[2, 1]' "$(json '[d["counts"]["run"], d["counts"]["artifact"]]' <<<"$out")"
is '["others", "tables"]' "$(json '[e["name"] for e in d["experiments"]]' <<<"$out")"
expect 0 reprise lineage down "$module"
says "$out" "used by user"
says "$out" "produced out.txt"
expect 0 reprise lineage down "$module" --depth 1 --json
is 2 "$(json 'len(d["nodes"])' <<<"$out")"
expect 0 reprise lineage down "$module" --where 'experiment = others' --kind run --json
is '["reader"]' "$(json '[n["label"] for n in d["nodes"][1:]]' <<<"$out")"
expect 0 reprise lineage down "$module" --limit 1 --json
is '[1, true]' "$(json '[len(d["nodes"]), d["truncated"]]' <<<"$out")"

# Where system files are not kept their digests are known all the same.
mkdir ../observed && cp use.py ../observed && cd ../observed
reprise init >/dev/null
expect 3 reprise whence "$module"
reprise run -n user --capture observed -- python3 -B use.py 2>/dev/null
expect 0 reprise whence "$module"
says "$out" 'system file of user'
expect 0 reprise lineage impact "$module"
says "$out" 'touches 1 run'
printf 'nobody knows\n' >unknown
expect 3 reprise whence unknown
expect 3 reprise lineage down unknown
