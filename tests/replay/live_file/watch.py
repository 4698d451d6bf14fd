"""What the file says, ten times."""
import time

with open("seen.txt", "w", encoding="utf-8") as out:
    for _ in range(10):
        with open("feed/ticks.txt", encoding="utf-8") as file:
            out.write(file.read())
        time.sleep(0.05)
