"""Tables of vectors, looked up by integers."""

from __future__ import annotations

from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn import init
from pyad.nn.module import Module
from pyad.nn.parameter import Parameter

__all__ = ["Embedding", "EmbeddingBag"]

_embedding = _core.steps.embedding


class _Table(Module):
    """What both modules share: the table, its start, and the settings of look-ups."""

    weight: Parameter

    def _make(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        max_norm: float | None,
        norm_type: float,
        scale_grad_by_freq: bool,
        sparse: bool,
        given: Tensor | None,
        requires_grad: bool,
        device: Any,
        dtype: Any,
    ) -> None:
        if sparse:
            raise NotImplementedError(
                f"{type(self).__name__}: sparse gradients are not supported; use sparse=False"
            )
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise AssertionError("Padding_idx must be within num_embeddings")
            padding_idx %= num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        if given is None:
            table = _core.empty(num_embeddings, embedding_dim, dtype=dtype, device=device)
            self.weight = Parameter(table, requires_grad)
            self.reset_parameters()
        else:
            if tuple(given.shape) != (num_embeddings, embedding_dim):
                raise AssertionError(
                    "Shape of weight does not match num_embeddings and embedding_dim"
                )
            self.weight = Parameter(given, requires_grad)

    def reset_parameters(self) -> None:
        """Draws new normal vectors."""
        init.normal_(self.weight)
        self._fill_padding_idx_with_zero()

    def _fill_padding_idx_with_zero(self) -> None:
        if self.padding_idx is not None:
            with _core.NoGrad():
                self.weight[self.padding_idx].fill_(0)

    def _settings(self, *names: str) -> str:
        plain = {"padding_idx": None, "max_norm": None, "norm_type": 2, "scale_grad_by_freq": False}
        parts = [f"{self.num_embeddings}, {self.embedding_dim}"]
        for name in names:
            value = getattr(self, name)
            if name not in plain or value != plain[name]:
                parts.append(f"{name}={value!r}")
        return ", ".join(parts)


class Embedding(_Table):
    """A table of vectors, looked up by integers.

    Args:
        num_embeddings: Rows of the table.
        embedding_dim: Size of a row.
        padding_idx: A row that is zero at the start and gets no gradient.
        max_norm: Rows that are looked up are first scaled down to this norm, in the table.
        norm_type: The order of that norm.
        scale_grad_by_freq: Whether gradients are divided by how often their row occurs.
        sparse: Only False.
        _weight: A table to start with.
        _freeze: Whether the table asks for no gradients.
        device: "cpu" or None.
        dtype: Of the table. Default: the default dtype.

    Raises:
        NotImplementedError: `sparse` is True.

    Example:
        >>> import pyad
        >>> pyad.nn.Embedding(10, 4)(pyad.tensor([1, 2, 1])).shape
        (3, 4)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._make(
            num_embeddings,
            embedding_dim,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            _weight,
            not _freeze,
            device,
            dtype,
        )

    def forward(self, input: Tensor) -> Tensor:
        """Maps integers of any shape to vectors in a new last dim."""
        if self.max_norm is None and not self.scale_grad_by_freq:
            return _embedding(input, self.weight, self.padding_idx)
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
        )

    def extra_repr(self) -> str:
        """Sizes of the table, and what is not as usual."""
        return self._settings("padding_idx", "max_norm", "norm_type", "scale_grad_by_freq")

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """Makes a module on a given table.

        Args:
            embeddings: The table, (rows, width); memory is shared.
            freeze: Whether it asks for no gradients.
            padding_idx: As for the class; the row keeps its values.
            max_norm: As for the class.
            norm_type: As for the class.
            scale_grad_by_freq: As for the class.
            sparse: Only False.

        Example:
            >>> import pyad
            >>> table = pyad.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> pyad.nn.Embedding.from_pretrained(table)(pyad.tensor(1))
            tensor([3., 4.])
        """
        if embeddings.dim() != 2:
            raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
        rows, cols = embeddings.shape
        return cls(
            num_embeddings=rows,
            embedding_dim=cols,
            _weight=embeddings,
            _freeze=freeze,
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
        )


class EmbeddingBag(_Table):
    """Sums, means or maxima of rows of a table, over bags of indices.

    Args:
        num_embeddings: Rows of the table.
        embedding_dim: Size of a row.
        max_norm: Rows that are looked up are first scaled down to this norm, in the table.
        norm_type: The order of that norm.
        scale_grad_by_freq: Whether gradients are divided by how often their row occurs.
        mode: "sum", "mean" or "max".
        sparse: Only False.
        _weight: A table to start with.
        include_last_offset: Whether the last offset is the end of the last bag.
        padding_idx: A row that is zero at the start and left out of its bags.
        device: "cpu" or None.
        dtype: Of the table. Default: the default dtype.

    Raises:
        NotImplementedError: `sparse` is True.

    Example:
        >>> import pyad
        >>> bag = pyad.nn.EmbeddingBag(10, 3, mode="sum")
        >>> bag(pyad.tensor([1, 2, 4, 5, 4]), pyad.tensor([0, 3])).shape
        (2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._make(
            num_embeddings,
            embedding_dim,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            _weight,
            True,
            device,
            dtype,
        )
        self.mode = mode
        self.include_last_offset = include_last_offset

    def forward(
        self,
        input: Tensor,
        offsets: Tensor | None = None,
        per_sample_weights: Tensor | None = None,
    ) -> Tensor:
        """Maps indices (bags, n), or (N,) with offsets, to vectors (bags, width)."""
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        """Sizes of the table, the mode, and what is not as usual."""
        return self._settings("max_norm", "norm_type", "scale_grad_by_freq", "mode", "padding_idx")

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """Makes a module on a given table.

        Args:
            embeddings: The table, (rows, width); memory is shared.
            freeze: Whether it asks for no gradients.
            max_norm: As for the class.
            norm_type: As for the class.
            scale_grad_by_freq: As for the class.
            mode: As for the class.
            sparse: Only False.
            include_last_offset: As for the class.
            padding_idx: As for the class; the row keeps its values.
        """
        if embeddings.dim() != 2:
            raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
        rows, cols = embeddings.shape
        made = cls(
            num_embeddings=rows,
            embedding_dim=cols,
            _weight=embeddings,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            mode=mode,
            sparse=sparse,
            include_last_offset=include_last_offset,
            padding_idx=padding_idx,
        )
        made.weight.requires_grad = not freeze
        return made
