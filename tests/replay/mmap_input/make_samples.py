"""Writes 131,072 numbers."""
import array
import os

os.makedirs("data", exist_ok=True)
with open("data/samples.bin", "wb") as file:
    array.array("d", (i * 7919 % 10007 / 7 for i in range(1 << 17))).tofile(file)
