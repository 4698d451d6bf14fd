# The largest squares.
mkdir -p out
tail -n 3 data/squares.txt >out/report.txt
