"""A database with an index, and a query."""
import csv
import sqlite3

database = sqlite3.connect("loans.db")
database.execute("CREATE TABLE loans (id INTEGER PRIMARY KEY, age INT, amount INT, months INT,"
                 " defaulted INT)")
with open("data/loans.csv", newline="", encoding="utf-8") as file:
    rows = list(csv.reader(file))[1:]
database.executemany("INSERT INTO loans VALUES (?, ?, ?, ?, ?)", rows)
database.execute("CREATE INDEX by_age ON loans (age)")
database.commit()
with open("by_age.csv", "w", encoding="utf-8") as file:
    for age, loans, amount in database.execute(
            "SELECT age / 10 * 10, count(*), sum(amount) FROM loans GROUP BY 1 ORDER BY 1"):
        file.write(f"{age},{loans},{amount}\n")
database.close()
