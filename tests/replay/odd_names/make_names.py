"""Files that git and most of us would rather not have."""
import os

os.mkdir("data")
for number, name in enumerate((b"with space.txt", b"with\nnewline.txt", b"caf\xe9.txt", b"-n",
                               b"quote'\"$HOME.txt", b"back\\slash, comma: colon")):
    with open(os.path.join(b"data", name), "wb") as file:
        file.write(b"x" * (number + 1))
