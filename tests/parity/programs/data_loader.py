"""Datasets, a random split, loaders that shuffle, early lowering of the rate, an own dataset."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset, TensorDataset, WeightedRandomSampler, random_split

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(12)


class Noisy(Dataset):
    """Draws from the generator for every item."""

    def __init__(self, data):
        self.data = data

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        x, y = self.data[i]
        return x + 0.01 * torch.randn(3), y


x = torch.randn(200, 3)
y = (x @ torch.tensor([[1.0], [-2.0], [0.5]]) + 0.3).squeeze(1)
train_set, test_set = random_split(TensorDataset(x, y), [160, 40])
loaders = [
    DataLoader(train_set, batch_size=16, shuffle=True),
    DataLoader(Noisy(train_set), batch_size=32, shuffle=True, drop_last=True),
    DataLoader(
        train_set, batch_size=20, sampler=WeightedRandomSampler([1.0, 3.0] * 80, num_samples=100)
    ),
]
test_loader = DataLoader(test_set, batch_size=13)

model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adadelta(model.parameters(), lr=0.5)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5)
criterion = nn.L1Loss()

losses = []
for epoch in range(7):
    for loader in loaders:
        model.train()
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb).squeeze(1), yb)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        error = sum(criterion(model(xb).squeeze(1), yb).item() * len(xb) for xb, yb in test_loader)
    scheduler.step(error / len(test_set))
    losses.append(error / len(test_set) + optimizer.param_groups[0]["lr"])

final = model.state_dict()
