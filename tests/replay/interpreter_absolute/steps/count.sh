# How many lines; the name of the file is part of the result.
wc -l "$1" >count.txt
