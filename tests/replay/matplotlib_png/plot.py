"""A histogram of ages."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

with open("data/loans.csv", encoding="utf-8") as file:
    ages = [int(line.split(",")[1]) for line in file.readlines()[1:]]
figure, axes = plt.subplots(figsize=(5, 3))
axes.hist(ages, bins=12)
axes.set_xlabel("age")
figure.savefig("ages.png", dpi=80)
