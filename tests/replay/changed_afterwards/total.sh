# The sum of all amounts.
awk -F, '{ sum += $3 } END { print sum }' data/loans.csv >total.txt
