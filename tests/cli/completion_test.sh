# Completion as the shells ask for it.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
reprise run -n first -e credit -- true 2>/dev/null
reprise run -n second -e 'a b; touch evil $(touch evil)' -- true 2>/dev/null
touch file.csv
mkdir ../bin
ln -s "$REPRISE" ../bin/reprise
export PATH=$work/bin:$PATH

# completes WORDS… : what bash offers for the last of WORDS, one a line.
completes() {
  bash --norc -c '
    eval "$(reprise completion bash)"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _reprise
    printf "%s\n" "${COMPREPLY[@]}"' bash reprise "$@" | sort
}
offers() {
  local want=$1
  shift
  is "$want" "$(completes "$@" | tr '\n' ' ' | sed 's/ $//')"
}

offers 'rerun restore run runs' r
offers 'add attest audit' a
offers 'down impact leak overlap path up' lineage ''
offers 'export' audit e
offers '--where' runs --w
offers '--json' runs --js
offers 'file.csv first' show fi
offers 'second' --store .reprise compare first se
offers 'second' lineage up se
offers 'credit' runs -e c
# Words of fixed sets.
offers 'bash fish zsh' completion ''
offers 'refs rerun restore run runs' help r
offers 'dot' lineage up first --format d
offers 'svg' lineage up first --format = sv
offers 'dot json mermaid svg text' lineage up first --format =
offers 'bundle html openlineage pdf prov ro-crate' audit export first --format ''
offers 'code' restore first dir --only c
offers 'code,inputs' restore first dir --only code,i
# A name is offered, quoted, and never run.
offers 'a\ b\;\ touch\ evil\ \$\(touch\ evil\)' runs -e a
[ ! -e evil ] || fail "completion ran a name"
# What comes after -- is completed as ever: bash is told nothing.
offers '' run -- f
# Nothing is offered, and nothing is said, outside of a store.
cd ..
is '' "$(completes show fi 2>&1)"
cd project

for shell in zsh fish; do
  reprise completion "$shell" >"../$shell"
  if command -v "$shell" >/dev/null; then
    "$shell" -n "../$shell" || fail "$shell cannot read its script"
  fi
done
if command -v fish >/dev/null; then
  fish_offers() {
    is "$1" "$(HOME=$work fish -N -c "source ../fish; complete -C '$2'" | cut -f1 | sort |
      tr '\n' ' ' | sed 's/ $//')"
  }
  fish_offers 'rerun restore run runs' 'reprise r'
  fish_offers 'down impact leak overlap path up' 'reprise lineage '
  fish_offers 'bash fish zsh' 'reprise completion '
  fish_offers 'refs rerun restore run runs' 'reprise help r'
  fish_offers 'dot' 'reprise lineage up first --format d'
  fish_offers 'first' 'reprise show fir'
  fish_offers 'credit' 'reprise runs -e cr'
fi
