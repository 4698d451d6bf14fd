set -e
awk -F, 'NR > 1 { print $3 }' data/loans.csv >stage1.txt
python3 stage.py
