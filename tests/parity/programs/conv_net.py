"""A small convolutional network with max pooling, SGD with momentum and a step schedule."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 12, 3, stride=1)
        self.norm = nn.BatchNorm2d(12)
        self.fc1 = nn.Linear(12 * 3 * 3, 32)
        self.fc2 = nn.Linear(32, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.avg_pool2d(F.relu(self.norm(self.conv2(x))), 2, stride=1)
        x = torch.flatten(x, 1)
        return self.fc2(F.relu(self.fc1(x)))


images = torch.randn(96, 1, 12, 12)
images[:, 0, 2:6, 2:6] += torch.arange(96).remainder(4).to(images.dtype).view(-1, 1, 1)
labels = torch.arange(96) % 4

model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=40, gamma=0.5)

losses = []
for step in range(100):
    batch = torch.randperm(len(images))[:16]
    loss = F.cross_entropy(model(images[batch]), labels[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())

final = model.state_dict()
