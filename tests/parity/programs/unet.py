"""A U-Net that finds discs in noise: skips, both ways of upsampling, a Dice loss, RMSprop."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(5)


class DoubleConv(nn.Module):
    def __init__(self, i, o, mid=None):
        super().__init__()
        mid = mid or o
        self.double_conv = nn.Sequential(
            nn.Conv2d(i, mid, 3, padding=1, bias=False),
            nn.BatchNorm2d(mid),
            nn.SiLU(),
            nn.Conv2d(mid, o, 3, padding=1, bias=False),
            nn.GroupNorm(2, o),
            nn.SiLU(inplace=True),
        )

    def forward(self, x):
        return self.double_conv(x)


class Up(nn.Module):
    def __init__(self, i, o, bilinear):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(i, o, i // 2)
        else:
            self.up = nn.ConvTranspose2d(i // 2, i // 2, kernel_size=2, stride=2)
            self.conv = DoubleConv(i, o)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        dy = x2.size()[2] - x1.size()[2]
        dx = x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.conv(torch.cat([x2, x1], dim=1))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.inc = DoubleConv(1, 4)
        self.d1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(4, 8))
        self.d2 = nn.Sequential(nn.AvgPool2d(2), DoubleConv(8, 8))
        self.u1 = Up(16, 4, True)
        self.u2 = Up(8, 4, False)
        self.outc = nn.Conv2d(4, 1, 1)

    def forward(self, x):
        a = self.inc(x)
        b = self.d1(a)
        c = self.d2(b)
        return self.outc(self.u2(self.u1(c, b), a))


def dice_loss(p, t, eps=1e-6):
    p = torch.sigmoid(p)
    inter = (p * t).sum(dim=(-1, -2))
    u = p.sum((-1, -2)) + t.sum((-1, -2))
    return 1 - ((2 * inter + eps) / (u + eps)).mean()


yy, xx = torch.meshgrid(torch.arange(14), torch.arange(14), indexing="ij")


def sample(n):
    c = torch.rand(n, 2) * 14
    r = 2 + torch.rand(n) * 3
    square = (yy[None] - c[:, 0, None, None]) ** 2 + (xx[None] - c[:, 1, None, None]) ** 2
    m = square < r[:, None, None] ** 2
    m = m.unsqueeze(1).type(torch.get_default_dtype())
    return m + 0.3 * torch.randn_like(m), m


net = UNet()
opt = torch.optim.RMSprop(net.parameters(), lr=1e-3, momentum=0.5, weight_decay=1e-8, eps=1e-3)
losses = []
for s in range(100):
    x, t = sample(4)
    p = net(x)
    loss = F.binary_cross_entropy_with_logits(p, t) + dice_loss(p.squeeze(1), t.squeeze(1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(loss.item())
final = net.state_dict()
