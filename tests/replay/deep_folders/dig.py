"""Nested folders with a file at every tenth level."""
import os

path = "top"
for level in range(60):
    path = os.path.join(path, f"a-folder-at-level-{level:02}")
    os.makedirs(path)
    if level % 10 == 9:
        with open(os.path.join(path, "leaf.txt"), "w", encoding="utf-8") as file:
            file.write(f"level {level}\n")
