"""Uses the package."""
from scoring import cards, rules

with open("report.txt", "w", encoding="utf-8") as file:
    file.write(f"{cards.score(rules.LIMIT)}\n")
