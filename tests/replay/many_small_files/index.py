"""A line for each file, and the first bytes of every tenth."""
import os
import zlib

os.mkdir("thumbs")
with open("index.csv", "w", encoding="utf-8") as index:
    for number, name in enumerate(sorted(os.listdir("images"))):
        with open(os.path.join("images", name), "rb") as file:
            content = file.read()
        index.write(f"{name},{zlib.crc32(content)}\n")
        if number % 10 == 0:
            with open(os.path.join("thumbs", name), "wb") as thumb:
                thumb.write(content[:16])
