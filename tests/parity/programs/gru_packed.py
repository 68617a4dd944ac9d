"""Sequences of different lengths, packed, through a GRU in both directions; RAdam."""

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(13)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 8, padding_idx=0)
        self.gru = nn.GRU(8, 10, bidirectional=True, batch_first=True)
        self.head = nn.Linear(20, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(
            self.embed(x), lengths, batch_first=True, enforce_sorted=False
        )
        out, _ = self.gru(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        return self.head(out)


model = Tagger()
optimizer = torch.optim.RAdam(model.parameters(), lr=5e-3)

losses = []
for step in range(100):
    lengths = torch.randint(2, 8, (12,))
    lengths[0] = 8
    sequences = [torch.randint(1, 10, (int(n),)) for n in lengths]
    x = pad_sequence(sequences, batch_first=True)
    wanted = (x + torch.roll(x, 1, 1)) % 3
    wanted[x == 0] = -100
    scores = model(x, lengths)
    loss = nn.functional.cross_entropy(scores.transpose(1, 2), wanted)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

final = dict(model.named_parameters())
