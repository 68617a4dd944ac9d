"""A variational autoencoder on patterns of bits."""

import torch
from torch import nn, optim
from torch.nn import functional as F

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(4)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(20, 32)
        self.fc21 = nn.Linear(32, 3)
        self.fc22 = nn.Linear(32, 3)
        self.fc3 = nn.Linear(3, 32)
        self.fc4 = nn.Linear(32, 20)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


patterns = (torch.rand(4, 20) > 0.5).to(torch.get_default_dtype())
model = VAE()
optimizer = optim.Adam(model.parameters(), lr=1e-3)

losses = []
for step in range(120):
    x = patterns[torch.randint(4, (16,))]
    x = torch.where(torch.rand_like(x) < 0.05, 1 - x, x)
    recon, mu, logvar = model(x)
    bce = F.binary_cross_entropy(recon, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    loss = bce + kld
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item() / len(x))

final = model.state_dict()
