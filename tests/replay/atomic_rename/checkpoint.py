"""One more step."""
import json
import os

with open("checkpoint.json", encoding="utf-8") as file:
    state = json.load(file)
state["step"] += 1
state["loss"] /= 2
with open("checkpoint.json.new", "w", encoding="utf-8") as file:
    json.dump(state, file)
    file.flush()
    os.fsync(file.fileno())
os.replace("checkpoint.json.new", "checkpoint.json")
