"""Where the file system cannot do it, an ordinary file is made."""
import os

try:
    file = os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o644)
except OSError:
    file = None
if file is None:
    with open("result.txt", "wb") as plain:
        plain.write(b"42\n")
else:
    os.write(file, b"42\n")
    folder = os.open(".", os.O_PATH)
    os.link(f"/proc/self/fd/{file}", "result.txt", dst_dir_fd=folder, follow_symlinks=True)
