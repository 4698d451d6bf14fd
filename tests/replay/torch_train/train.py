"""A network with two layers and a seed; deterministic algorithms, as PyTorch's notes ask for."""
import numpy as np
import torch

torch.manual_seed(11)
torch.use_deterministic_algorithms(True)
inputs = torch.randn(512, 8)
targets = (inputs[:, :1] * inputs[:, 1:2]).tanh()
model = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), 0.01)
with open("losses.txt", "w", encoding="utf-8") as file:
    for _ in range(100):
        loss = ((model(inputs) - targets) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        file.write(f"{loss.item()!r}\n")
np.save("weights.npy", torch.cat([p.flatten() for p in model.parameters()]).detach().numpy())
