"""Doubles every byte, modulo 251; twice would give another result."""
with open("data/weights.bin", "r+b") as file:
    content = file.read()
    file.seek(0)
    file.write(bytes(byte * 2 % 251 for byte in content))
