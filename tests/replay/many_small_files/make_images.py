"""2,000 files of up to 800 bytes."""
import os

os.mkdir("images")
for number in range(2000):
    with open(f"images/{number:04}.dat", "wb") as file:
        file.write(bytes(number * i % 256 for i in range(number % 800 + 1)))
