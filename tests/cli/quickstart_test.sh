# Every command of docs/quickstart.md and of the first screen of README.md, as it stands there, but
# for those that install.
project=$(cd "$(dirname "$0")/../.." && pwd)
. "$project/tests/cli/lib.sh"

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
# The files that the page shows, or speaks of.
python3 - "$project/docs/quickstart.md" >"$work/credit/policy.toml" <<'PROGRAM'
import re, sys
print(re.search(r"```toml\n(.*?)```", open(sys.argv[1], encoding="utf-8").read(), re.S).group(1))
PROGRAM
echo '{"auc": 0.78}' >"$work/credit/report.json"

# Where no sandbox can be made, what the pages rerun in one is rerun without.
sandbox=true
"$REPRISE" doctor >"$work/doctor" || sandbox=false

# run_page PAGE FIRST END COUNT: the commands of the page's blocks FIRST to END, of which there are
# more than COUNT.
run_page() {
  python3 - "$project/$1" "$2" "$3" >"$work/commands" <<'PROGRAM'
import re, sys
page, first, end = sys.argv[1:]
blocks = re.findall(r"```console\n(.*?)```", open(page, encoding="utf-8").read(), re.S)
for block in blocks[int(first) : int(end)]:
    for command in re.findall(r"^\$ (.*?)(?: +#.*)?$", block.replace("\\\n", " "), re.M):
        print(command)
PROGRAM
  [ "$(wc -l <"$work/commands")" -gt "$4" ] || fail "$1 has hardly any commands"
  while IFS= read -r command; do
    case "$sandbox $command" in
      *--on-host*) ;;
      'false reprise rerun '*) command+=' --on-host' ;;
    esac
    eval "$command" >"$work/out" 2>"$work/err" ||
      fail "'$command' of $1 exited with $?: $(cat "$work/out" "$work/err")"
  done <"$work/commands"
}

cd /
run_page docs/quickstart.md 1 99 20  # The first block installs.

mkdir "$work/readme"
cd "$work/readme"
cp ../credit/data/loans.csv .
{ echo "#!$(command -v python3)"; cat ../credit/train.py; } >train
chmod +x train
run_page README.md 0 1 7
says "$(cat "$work/out")" "self-consistent"
