"""Nobody may be older than 75."""
import sys

with open("data/loans.csv", encoding="utf-8") as file:
    wrong = [line for line in file.readlines()[1:] if int(line.split(",")[1]) > 75]
with open("findings.txt", "w", encoding="utf-8") as out:
    out.writelines(wrong)
sys.exit(3 if wrong else 0)
