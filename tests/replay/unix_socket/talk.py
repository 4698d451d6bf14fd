"""A server and its client, which are both part of the run."""
import os
import socket
import sys

ADDRESS = sys.argv[1].replace("@", "\0")

listener = socket.socket(socket.AF_UNIX)
listener.bind(ADDRESS)
listener.listen()
if os.fork() == 0:
    server, _ = listener.accept()
    server.sendall(server.recv(100).upper())
    os._exit(0)
client = socket.socket(socket.AF_UNIX)
client.connect(ADDRESS)
client.sendall(b"which model is it?")
with open("answer.txt", "wb") as file:
    file.write(client.recv(100))
os.wait()
if ADDRESS[0] != "\0":
    os.unlink(ADDRESS)
