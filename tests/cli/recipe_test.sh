# What is and what is not part of a recipe's identity, seen from outside.
. "$(dirname "$0")/lib.sh"

git init -q . && git config user.email t@example.org && git config user.name t
printf '*.tmp\n' >.gitignore
printf 'cat data.txt >model\n' >train.sh
printf 'a\n' >data.txt
mkdir sub
git add -A && git commit -qm one
reprise init >/dev/null
reprise run -- true 2>/dev/null  # Its caches make the copies faster.
cp -a . ../fresh

# recipe ARGUMENTS…: prints the recipe of a run of the training, here, with these arguments of run.
recipe() {
  reprise run --json "$@" -i data.txt -o model -- ${words-} sh train.sh ${more-} 2>/dev/null |
    json 'd["run"]["recipe"]'
}
base=$(recipe -p n=1)

# Each line: whether the recipe stays the same, and what is done before the run in a fresh copy.
while IFS='|' read -r want change; do
  cp -a ../fresh ../copy
  cd ../copy
  got=$(words='' more='' options='-p n=1'; eval "$change" >/dev/null 2>&1; recipe $options)
  cd ../project
  rm -rf ../copy
  [ -n "$got" ] || fail "$change: no recipe"
  if [ "$got" = "$base" ]; then got=same; else got=other; fi
  [ "$want" = "$got" ] || fail "$change: wanted $want, got $got"
done <<'TABLE'
same|true
same|touch -d 2001-01-01 train.sh data.txt
same|git commit -q --allow-empty -m more
same|git checkout -q -b other
same|git remote add origin https://example.org/x.git
same|rm -rf .git .gitignore; git -C ../fresh show HEAD:.gitignore >.gitignore
same|echo x >ignored.tmp
same|echo x >model
same|chmod 600 train.sh
same|export FOO=bar HOME=/nowhere USER=somebody
same|options='-p n=1 -n named -e other --tag a=b --note text'
same|recipe -p n=1
same|recipe -p n=2
same|export PATH=$PATH:/nowhere
other|echo '# more' >>train.sh
other|chmod +x train.sh
other|echo x >untracked.py
other|ln -s train.sh link
other|git rm -q --cached train.sh; rm train.sh; echo 'cat data.txt >model ' >train.sh
other|echo b >data.txt
other|chmod +x data.txt
other|options='-p n=2'
other|options='-p n=1.0'
other|options='-p n:="1"'
other|options='-p m=1'
other|options=''
other|options='-p n=1 -i train.sh'
other|options='-p n=1 --env FOO'; export FOO=bar
other|words=MODE=fast
other|more=argument
other|export LC_ALL=C
other|export OMP_NUM_THREADS=3
other|export TZ=Asia/Tokyo
TABLE

# From another working directory, and from what was restored.
recipe_of_true() { reprise run --json -- true 2>/dev/null | json 'd["run"]["recipe"]'; }
there=$(cd sub && recipe_of_true)
here=$(recipe_of_true)
[ "$there" != "$here" ] || fail "the working directory does not count"
expect 0 reprise run -n original -p n=1 -i data.txt -o model -- sh train.sh
expect 0 reprise restore original ../restored --only code,inputs
cd ../restored
reprise init >/dev/null
is "$base" "$(recipe -p n=1)"
