# What git is not to know.
printf '/data/\n/out/\n/.reprise/\n' >.gitignore
mkdir data
seq 1 100 | awk '{ print $1 * $1 }' >data/squares.txt
