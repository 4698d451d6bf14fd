# What many a tutorial does.
set -e
cc -O2 -o simulate simulate.c -lm
./simulate >result.txt
