"""A line."""
import time

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

time.sleep(1)  # The format knows seconds.
figure, axes = plt.subplots()
axes.plot([1, 2, 4, 8])
figure.savefig("ages.pdf")
