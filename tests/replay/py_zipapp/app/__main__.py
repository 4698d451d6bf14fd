"""Writes what its module says."""
import model

with open("result.txt", "w", encoding="utf-8") as file:
    file.write(f"{model.predict(20)}\n")
