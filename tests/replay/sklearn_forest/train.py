"""A forest with a fixed seed."""
import pickle

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

loans = pd.read_csv("data/loans.csv")
features, target = loans[["age", "amount", "months"]], loans["default"]
train_x, test_x, train_y, _ = train_test_split(features, target, random_state=1)
model = RandomForestClassifier(60, random_state=1, n_jobs=2).fit(train_x, train_y)
with open("model.pickle", "wb") as file:
    pickle.dump(model, file)
scores = pd.DataFrame({"row": test_x.index, "score": model.predict_proba(test_x)[:, 1]})
scores.to_csv("scores.csv", index=False)
