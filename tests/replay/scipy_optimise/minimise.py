"""Rosenbrock's function in six dimensions."""
import json

from scipy.optimize import minimize, rosen, rosen_der

found = minimize(rosen, [1.3, 0.7, 0.8, 1.9, 1.2, 0.5], jac=rosen_der, method="BFGS")
with open("minimum.json", "w", encoding="utf-8") as file:
    json.dump({"x": list(found.x), "value": found.fun, "steps": int(found.nit)}, file)
