"""Boosted trees."""
import json

import pandas as pd
import xgboost as xgb

loans = pd.read_csv("data/loans.csv")
data = xgb.DMatrix(loans[["age", "amount", "months"]], loans["default"])
model = xgb.train({"objective": "binary:logistic", "eta": 0.2, "max_depth": 4, "seed": 1,
                   "subsample": 0.8}, data, 30)
model.save_model("model.json")
with open("importance.json", "w", encoding="utf-8") as file:
    json.dump(model.get_score(importance_type="gain"), file, sort_keys=True)
