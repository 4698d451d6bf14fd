"""The sizes of all files, and three files of names as odd."""
import os

os.mkdir("out")
with open("sizes.txt", "wb") as out:
    for name in sorted(os.listdir(b"data")):
        with open(os.path.join(b"data", name), "rb") as file:
            out.write(b"%d %r\n" % (len(file.read()), name))
for name in (b"with space", b"with\nnewline", b"caf\xe9"):
    with open(os.path.join(b"out", name), "wb") as file:
        file.write(name)
