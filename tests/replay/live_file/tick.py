"""Writes the time into the file, over and over."""
import time

with open("feed/ticks.txt", "r+", encoding="utf-8") as file:
    print("ready", flush=True)
    while True:
        file.seek(0)
        file.write(f"{time.time_ns()}\n")
        file.flush()
        time.sleep(0.01)
