#!/usr/bin/env python3
"""Gradient descent on a parabola."""
import sys

rate = float(sys.argv[1])
x = 5.0
for _ in range(100):
    x -= rate * 2 * (x - 3)
with open("model.txt", "w", encoding="utf-8") as file:
    file.write(f"{x!r}\n")
