"""Least squares, and a product large enough for threads."""
import numpy as np

rows = np.genfromtxt("data/loans.csv", delimiter=",", skip_header=1)
features = np.column_stack([np.ones(len(rows)), rows[:, 1], rows[:, 3]])
model, *_ = np.linalg.lstsq(features, rows[:, 2], rcond=None)
np.save("model.npy", model)
wide = np.random.default_rng(3).standard_normal((300, 300))
np.save("residuals.npy", np.concatenate([rows[:, 2] - features @ model,
                                         np.linalg.svd(wide, compute_uv=False)]))
