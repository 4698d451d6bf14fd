"""Mean amounts by decade and years."""
import pandas as pd

loans = pd.read_csv("data/loans.csv")
loans["decade"] = loans["age"] // 10 * 10
loans["years"] = loans["months"] // 12
pivot = loans.pivot_table("amount", "decade", "years", "mean")
pivot.to_csv("pivot.csv")
pivot.to_json("pivot.json")
