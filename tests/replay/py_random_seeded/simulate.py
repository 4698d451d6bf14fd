"""Losses of a portfolio."""
import random
import sys

numbers = random.Random(int(sys.argv[2]))
with open("losses.csv", "w", encoding="utf-8") as file:
    for year in range(200):
        loss = sum(numbers.lognormvariate(3, 1) for _ in range(50) if numbers.random() < 0.05)
        file.write(f"{year},{loss!r}\n")
