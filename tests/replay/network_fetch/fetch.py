"""Rates, or why there are none."""
import sys
import urllib.request

try:
    with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/rates", timeout=10) as answer:
        rates = answer.read()
except OSError as error:
    rates = f"no rates: {type(error).__name__}\n".encode()
with open("rates.csv", "wb") as file:
    file.write(rates)
