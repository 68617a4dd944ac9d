"""A small training program: data, a network, jit's decorators, schedulers, checkpoints, hub."""

import os
import tempfile
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

warnings.simplefilter("ignore")
torch.manual_seed(0)
results = {}
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


@torch.jit.script
def swish(x: torch.Tensor) -> torch.Tensor:
    return x * torch.sigmoid(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.out = nn.Linear(4 * 3 * 3, 3)

    def forward(self, x):
        x = F.max_pool2d(swish(self.norm(self.conv(x))), 2)
        return F.log_softmax(self.out(F.dropout(x.flatten(1), 0.2, self.training)), dim=1)

    @torch.jit.export
    def count(self, n: int = 3):
        return n + 1

    @torch.jit.ignore
    def ignored(self):
        return 1


images = torch.randn(24, 1, 8, 8)
labels = torch.randint(0, 3, (24,))
loader = DataLoader(TensorDataset(images, labels), batch_size=8, shuffle=True)
net = Net().to(device)
optimizer = optim.Adam(net.parameters(), lr=0.01)
scheduler = StepLR(optimizer, 2, 0.5)
losses = []
for _ in range(3):
    net.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.nll_loss(net(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    scheduler.step()
net.eval()
traced = torch.jit.trace(net, images[:2])
results["losses"] = losses
results["learning rate"] = optimizer.param_groups[0]["lr"]
results["traced"] = traced(images[:2]).tolist()
results["calls"] = [net.count(), net.ignored()]

with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "hubconf.py"), "w") as file:
        file.write(
            "dependencies = ['torch']\nimport torch\n"
            "def line(size=2):\n    '''A line.'''\n    return torch.nn.Linear(size, 1)\n"
        )
    line = torch.hub.load(folder, "line", source="local", size=3)
    results["hub"] = [list(line.weight.shape), torch.hub.get_dir().endswith("hub")]
    try:
        torch.hub.load(folder, "no_such", source="local")
    except RuntimeError as error:
        results["hub refuses"] = str(error)
