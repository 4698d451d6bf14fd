"""The first settings that are there, else a default."""
import os

limit = 40
for path in ("settings.conf", os.path.expanduser("~/.scoring"), "/etc/scoring.conf"):
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            limit = int(file.read().split("=")[1])
        break
with open("score.txt", "w", encoding="utf-8") as file:
    file.write(f"{limit}\n")
