"""Datasets, samplers, and the loader that makes batches of them.

Example:
    >>> import pyad
    >>> from pyad.utils.data import DataLoader, TensorDataset
    >>> x, y = pyad.arange(5.0), pyad.arange(5)
    >>> for a, b in DataLoader(TensorDataset(x, y), batch_size=2):
    ...     print(a.tolist(), b.tolist())
    [0.0, 1.0] [0, 1]
    [2.0, 3.0] [2, 3]
    [4.0] [4]
"""

from pyad.utils.data.collate import default_collate, default_convert
from pyad.utils.data.dataloader import DataLoader
from pyad.utils.data.dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from pyad.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from pyad.utils.data.worker import WorkerInfo, get_worker_info

__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "WorkerInfo",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "random_split",
]
