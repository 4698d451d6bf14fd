# The output lies beside this script, the input where the caller says.
head -n 5 "$1" >../second/top.csv
