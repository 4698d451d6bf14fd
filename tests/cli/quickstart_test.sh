# Every command of docs/quickstart.md, as it stands there, but for those that install.
. "$(dirname "$0")/lib.sh"

page=$(dirname "$0")/../../docs/quickstart.md
export HOME=$work
cp "$REPRISE" "$work/reprise"
export PATH="$work:$PATH"
unset -f reprise
mkdir -p "$work/credit/data"
printf 'age,bad\n30,0\n' >"$work/credit/data/loans.csv"
cat >"$work/credit/train.py" <<'PROGRAM'
import json, os, sys
eta, data, folder = float(sys.argv[2]), sys.argv[3], sys.argv[4]
os.makedirs(folder, exist_ok=True)
with open(data) as loans, open(os.path.join(folder, "model.json"), "w") as model:
    json.dump({"eta": eta, "rows": len(loans.readlines())}, model)
print("trained")
PROGRAM

python3 - "$page" >"$work/commands" <<'PROGRAM'
import re, sys
blocks = re.findall(r"```console\n(.*?)```", open(sys.argv[1], encoding="utf-8").read(), re.S)
for block in blocks[1:]:  # The first installs.
    for command in re.findall(r"^\$ (.*?)(?: +#.*)?$", block.replace("\\\n", " "), re.M):
        print(command)
PROGRAM
[ "$(wc -l <"$work/commands")" -gt 20 ] || fail "the page has hardly any commands"
cd /
while IFS= read -r command; do
  eval "$command" >"$work/out" 2>"$work/err" ||
    fail "'$command' of the quickstart exited with $?: $(cat "$work/out" "$work/err")"
done <"$work/commands"
