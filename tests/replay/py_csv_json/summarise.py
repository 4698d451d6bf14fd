"""Means by duration."""
import collections
import csv
import json
import statistics

groups = collections.defaultdict(list)
with open("data/loans.csv", newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        groups[int(row["months"]) // 12].append(float(row["amount"]))
summary = {f"{years} years": {"loans": len(amounts), "mean": statistics.fmean(amounts),
                              "stdev": statistics.pstdev(amounts)}
           for years, amounts in sorted(groups.items())}
with open("summary.json", "w", encoding="utf-8") as file:
    json.dump(summary, file, indent=2)
