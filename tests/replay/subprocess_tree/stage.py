"""Leaves the sorting to sort(1)."""
import subprocess

with open("stage1.txt", "rb") as amounts, open("stage2.txt", "wb") as out:
    subprocess.run(["sort", "-n", "-u"], stdin=amounts, stdout=out, check=True)
