"""Samplers: the order in which a loader takes the samples. For one seed it is PyTorch's."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

from pyad import _core
from pyad._core import Generator, Tensor

__all__ = [
    "BatchSampler",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
    "draw_seed",
]

T_co = TypeVar("T_co", covariant=True)


def draw_seed(generator: Generator | None = None) -> int:
    """A seed, drawn as PyTorch's loaders and samplers draw theirs.

    Args:
        generator: Where it comes from. Default: the default generator.

    Example:
        >>> import pyad
        >>> from pyad.utils.data.sampler import draw_seed
        >>> pyad.manual_seed(0) is not None and draw_seed() == draw_seed(pyad.manual_seed(0))
        True
    """
    seed: int = _core.empty((), dtype=_core.int64).random_(generator=generator).item()
    return seed


def _check_count(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")


class Sampler(Generic[T_co]):
    """Iterates over indices, or over lists of indices; subclasses define `__iter__`.

    Example:
        >>> from pyad.utils.data import DataLoader, Sampler
        >>> class Backwards(Sampler):
        ...     def __iter__(self):
        ...         return iter([2, 1, 0])
        >>> [b.tolist() for b in DataLoader([5, 6, 7], sampler=Backwards())]
        [[7], [6], [5]]
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError


class SequentialSampler(Sampler[int]):
    """Indices in their order.

    Args:
        data_source: The dataset.

    Example:
        >>> from pyad.utils.data import SequentialSampler
        >>> list(SequentialSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """Indices at random.

    Args:
        data_source: The dataset.
        replacement: Whether an index may come again.
        num_samples: How many are drawn. Default: as many as the dataset has.
        generator: Where random numbers come from. Default: a generator of its own for each pass,
            seeded from the default one.

    Raises:
        TypeError: `replacement` is no bool.
        ValueError: `num_samples` is not a positive int.

    Example:
        >>> from pyad.utils.data import RandomSampler
        >>> sorted(RandomSampler("abc"))
        [0, 1, 2]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        self._own: Generator | None = None
        if not isinstance(replacement, bool):
            raise TypeError(
                f"replacement should be a boolean value, but got replacement={replacement}"
            )
        _check_count("num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many indices a pass gives."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def permutation(self) -> Tensor:
        """All indices in the order in which the next pass without replacement gives them."""
        n = len(self.data_source)
        if self.generator is not None:
            return _core.randperm(n, generator=self.generator)
        if self._own is None:  # making one costs as much as a small permutation
            self._own = Generator()
        self._own.manual_seed(draw_seed())
        return _core.randperm(n, generator=self._own)

    def __iter__(self) -> Iterator[int]:
        n = len(self.data_source)
        generator = self.generator
        if generator is None:
            generator = Generator()
            generator.manual_seed(draw_seed())
        if self.replacement:
            # Blocks of 32, and the order of draws, are PyTorch's.
            for _ in range(self.num_samples // 32):
                yield from _core.randint(high=n, size=(32,), generator=generator).tolist()
            rest = (self.num_samples % 32,)
            yield from _core.randint(high=n, size=rest, generator=generator).tolist()
        else:
            for _ in range(self.num_samples // n):
                yield from _core.randperm(n, generator=generator).tolist()
            last = _core.randperm(n, generator=generator)
            yield from last[: self.num_samples % n].tolist()

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Given indices in random order.

    Args:
        indices: The indices.
        generator: Where random numbers come from. Default: the default generator.

    Example:
        >>> from pyad.utils.data import SubsetRandomSampler
        >>> sorted(SubsetRandomSampler([7, 3, 5]))
        [3, 5, 7]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in _core.randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices with probabilities in proportion to given weights.

    Args:
        weights: One for each sample; they need not sum to one.
        num_samples: How many are drawn.
        replacement: Whether an index may come again.
        generator: Where random numbers come from. Default: the default generator.

    Raises:
        ValueError: `num_samples` is not a positive int, `replacement` no bool, or the weights are
            no list.

    Example:
        >>> from pyad.utils.data import WeightedRandomSampler
        >>> list(WeightedRandomSampler([0.0, 1.0], 3))
        [1, 1, 1]
    """

    weights: Tensor

    def __init__(
        self,
        weights: Sequence[float] | Tensor,
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        _check_count("num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(
                f"replacement should be a boolean value, but got replacement={replacement}"
            )
        self.weights = _core.as_tensor(weights, dtype=_core.float64)
        if self.weights.dim() != 1:
            raise ValueError(
                "weights should be a 1d sequence but given weights have shape "
                f"{tuple(self.weights.shape)}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        drawn = _core.multinomial(
            self.weights, self.num_samples, self.replacement, generator=self.generator
        )
        yield from drawn.tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Groups the indices of another sampler into lists.

    Args:
        sampler: A sampler or any iterable of indices.
        batch_size: Length of the lists.
        drop_last: Whether a shorter last list is left out.

    Raises:
        ValueError: `batch_size` is not a positive int, or `drop_last` no bool.

    Example:
        >>> from pyad.utils.data import BatchSampler
        >>> list(BatchSampler(range(5), batch_size=2, drop_last=False))
        [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        _check_count("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        source = iter(self.sampler)
        while batch := list(itertools.islice(source, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield batch

    def __len__(self) -> int:
        n = len(self.sampler)  # type: ignore[arg-type]
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)
