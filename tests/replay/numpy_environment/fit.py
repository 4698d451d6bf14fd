"""Which NumPy it is does not matter; that it is found again does."""
import sys

import numpy as np

assert sys.prefix != sys.base_prefix, "this is no virtual environment"
wave = np.sin(np.arange(4096) * 0.1) + np.random.default_rng(5).normal(size=4096)
np.save("spectrum.npy", np.abs(np.fft.rfft(wave)))
