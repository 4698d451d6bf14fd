"""Joins the parts."""
import glob

with open("all.txt", "w", encoding="utf-8") as out:
    for path in sorted(glob.glob("data/*.txt")):
        with open(path, encoding="utf-8") as part:
            out.write(part.read())
