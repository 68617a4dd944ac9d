"""Transformer layers and stacks of them."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn import init
from pyad.nn.attention import MultiheadAttention
from pyad.nn.container import ModuleList
from pyad.nn.dropout import Dropout
from pyad.nn.linear import Linear
from pyad.nn.module import Module
from pyad.nn.normalization import LayerNorm

__all__ = [
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]

Activation = str | Callable[[Tensor], Tensor]


def _activation(name: Activation) -> Callable[[Tensor], Tensor]:
    if not isinstance(name, str):
        return name
    if name not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {name}")
    return F.relu if name == "relu" else F.gelu


def _causal_mask(size: int, dtype: Any = None) -> Tensor:
    return _core.triu(_core.full((size, size), -math.inf, dtype=dtype), 1)


def _is_causal(mask: Tensor | None, hint: bool | None) -> bool:
    """What the hint says, or whether the mask is the causal one."""
    if hint is not None or mask is None:
        return bool(hint)
    rows, columns = mask.shape[-2:]
    if mask.ndim != 2 or rows != columns or not mask.is_floating_point():
        return False
    return bool((mask == _causal_mask(rows, mask.dtype)).all())


class _Layer(Module):
    """What the two kinds of layers share."""

    norm_first: bool
    self_attn: MultiheadAttention
    linear1: Linear
    dropout: Dropout
    linear2: Linear
    activation: Callable[[Tensor], Tensor]

    def _attend(
        self,
        layer: MultiheadAttention,
        drop: Dropout,
        x: Tensor,
        memory: Tensor,
        mask: Tensor | None,
        padding: Tensor | None,
        is_causal: bool,
    ) -> Tensor:
        attended, _ = layer(
            x,
            memory,
            memory,
            key_padding_mask=padding,
            need_weights=False,
            attn_mask=mask,
            is_causal=is_causal,
        )
        result: Tensor = drop(attended)
        return result

    def _feed(self, drop: Dropout, x: Tensor) -> Tensor:
        result: Tensor = drop(self.linear2(self.dropout(self.activation(self.linear1(x)))))
        return result


class TransformerEncoderLayer(_Layer):
    """Self-attention and a feed-forward network, each with a residual and a normalisation.

    Args:
        d_model: Width of the sequence's elements.
        nhead: Heads of the attention.
        dim_feedforward: Width inside the feed-forward network.
        dropout: Probability of dropping in training.
        activation: "relu", "gelu" or a function.
        layer_norm_eps: Added to variances.
        batch_first: Whether arrays are (batch, length, width), not (length, batch, width).
        norm_first: Whether normalisations come before attention and network, not after.
        bias: Whether the parts add biases.
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Raises:
        RuntimeError: There is no activation of that name.

    Example:
        >>> import pyad
        >>> layer = pyad.nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True)
        >>> layer(pyad.randn(3, 5, 8)).shape
        (3, 5, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        on: dict[str, Any] = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first, **on
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, **on)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, **on)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **on)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **on)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """Transforms a sequence.

        Args:
            src: (length, batch, d_model), (batch, length, d_model) with batch_first, or without
                batch.
            src_mask: (length, length), True (or minus infinity) where an element is not seen.
            src_key_padding_mask: (batch, length), likewise.
            is_causal: A hint that src_mask is the causal one.

        Returns:
            The shape of src.
        """
        x = src
        args = (src_mask, src_key_padding_mask, is_causal)
        if self.norm_first:
            y = self.norm1(x)
            x = x + self._attend(self.self_attn, self.dropout1, y, y, *args)
            return x + self._feed(self.dropout2, self.norm2(x))
        x = self.norm1(x + self._attend(self.self_attn, self.dropout1, x, x, *args))
        result: Tensor = self.norm2(x + self._feed(self.dropout2, x))
        return result


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to a memory and a feed-forward network.

    Args:
        d_model: Width of the sequences' elements.
        nhead: Heads of the attentions.
        dim_feedforward: Width inside the feed-forward network.
        dropout: Probability of dropping in training.
        activation: "relu", "gelu" or a function.
        layer_norm_eps: Added to variances.
        batch_first: Whether arrays are (batch, length, width), not (length, batch, width).
        norm_first: Whether normalisations come before the parts, not after.
        bias: Whether the parts add biases.
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Raises:
        RuntimeError: There is no activation of that name.

    Example:
        >>> import pyad
        >>> layer = pyad.nn.TransformerDecoderLayer(8, 2, dim_feedforward=16)
        >>> layer(pyad.randn(5, 3, 8), pyad.randn(7, 3, 8)).shape
        (5, 3, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        on: dict[str, Any] = {"device": device, "dtype": dtype}
        attention: dict[str, Any] = {"dropout": dropout, "bias": bias, "batch_first": batch_first}
        self.self_attn = MultiheadAttention(d_model, nhead, **attention, **on)
        self.multihead_attn = MultiheadAttention(d_model, nhead, **attention, **on)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, **on)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, **on)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **on)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **on)
        self.norm3 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **on)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Transforms a sequence in view of a memory.

        Args:
            tgt: (length, batch, d_model), (batch, length, d_model) with batch_first, or without
                batch.
            memory: (sources, batch, d_model), likewise.
            tgt_mask: (length, length), True (or minus infinity) where an element is not seen.
            memory_mask: (length, sources), likewise.
            tgt_key_padding_mask: (batch, length), likewise.
            memory_key_padding_mask: (batch, sources), likewise.
            tgt_is_causal: A hint that tgt_mask is the causal one.
            memory_is_causal: A hint that memory_mask is the causal one.

        Returns:
            The shape of tgt.
        """
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        other = (memory_mask, memory_key_padding_mask, memory_is_causal)
        x = tgt
        if self.norm_first:
            y = self.norm1(x)
            x = x + self._attend(self.self_attn, self.dropout1, y, y, *own)
            y = self.norm2(x)
            x = x + self._attend(self.multihead_attn, self.dropout2, y, memory, *other)
            return x + self._feed(self.dropout3, self.norm3(x))
        x = self.norm1(x + self._attend(self.self_attn, self.dropout1, x, x, *own))
        x = self.norm2(x + self._attend(self.multihead_attn, self.dropout2, x, memory, *other))
        result: Tensor = self.norm3(x + self._feed(self.dropout3, x))
        return result


class TransformerEncoder(Module):
    """A stack of encoder layers.

    Args:
        encoder_layer: A layer; the stack holds copies of it, parameters and all.
        num_layers: Layers.
        norm: A normalisation of the result, or None.
        enable_nested_tensor: Accepted and ignored.
        mask_check: Accepted and ignored.

    Example:
        >>> import pyad
        >>> layer = pyad.nn.TransformerEncoderLayer(8, 2, dim_feedforward=16)
        >>> pyad.nn.TransformerEncoder(layer, 2)(pyad.randn(5, 3, 8)).shape
        (5, 3, 8)
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """Runs the layers one after the other.

        Args:
            src: As the layers take it.
            mask: As their src_mask.
            src_key_padding_mask: As theirs.
            is_causal: Whether mask is the causal one; None: look.

        Returns:
            The shape of src.
        """
        causal = _is_causal(mask, is_causal)
        x = src
        for layer in self.layers:
            x = layer(x, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=causal)
        return x if self.norm is None else self.norm(x)


class TransformerDecoder(Module):
    """A stack of decoder layers.

    Args:
        decoder_layer: A layer; the stack holds copies of it, parameters and all.
        num_layers: Layers.
        norm: A normalisation of the result, or None.

    Example:
        >>> import pyad
        >>> layer = pyad.nn.TransformerDecoderLayer(8, 2, dim_feedforward=16)
        >>> pyad.nn.TransformerDecoder(layer, 2)(pyad.randn(5, 3, 8), pyad.randn(7, 3, 8)).shape
        (5, 3, 8)
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(decoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Runs the layers one after the other, each in view of the memory.

        Args:
            tgt: As the layers take it.
            memory: As the layers take it.
            tgt_mask: As theirs.
            memory_mask: As theirs.
            tgt_key_padding_mask: As theirs.
            memory_key_padding_mask: As theirs.
            tgt_is_causal: Whether tgt_mask is the causal one; None: look.
            memory_is_causal: A hint that memory_mask is the causal one.

        Returns:
            The shape of tgt.
        """
        causal = _is_causal(tgt_mask, tgt_is_causal)
        x = tgt
        for layer in self.layers:
            x = layer(
                x,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=causal,
                memory_is_causal=memory_is_causal,
            )
        return x if self.norm is None else self.norm(x)


class Transformer(Module):
    """An encoder and a decoder that attends to its result.

    Args:
        d_model: Width of the sequences' elements.
        nhead: Heads of the attentions.
        num_encoder_layers: Layers of the encoder.
        num_decoder_layers: Layers of the decoder.
        dim_feedforward: Width inside the feed-forward networks.
        dropout: Probability of dropping in training.
        activation: "relu", "gelu" or a function.
        custom_encoder: An encoder instead of the usual one.
        custom_decoder: A decoder instead of the usual one.
        layer_norm_eps: Added to variances.
        batch_first: Whether arrays are (batch, length, width), not (length, batch, width).
        norm_first: Whether normalisations come before the parts, not after.
        bias: Whether the parts add biases.
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Raises:
        RuntimeError: Batches or widths do not fit.

    Example:
        >>> import pyad
        >>> model = pyad.nn.Transformer(8, 2, 1, 1, dim_feedforward=16)
        >>> model(pyad.randn(7, 3, 8), pyad.randn(5, 3, 8)).shape
        (5, 3, 8)
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        settings: tuple[Any, ...] = (
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
            device,
            dtype,
        )

        def norm() -> LayerNorm:
            return LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)

        if custom_encoder is not None:
            self.encoder = custom_encoder
        else:
            encoder = TransformerEncoderLayer(*settings)
            self.encoder = TransformerEncoder(encoder, num_encoder_layers, norm())
        if custom_decoder is not None:
            self.decoder = custom_decoder
        else:
            decoder = TransformerDecoderLayer(*settings)
            self.decoder = TransformerDecoder(decoder, num_decoder_layers, norm())
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        for p in self.parameters():
            if p.ndim > 1:
                init.xavier_uniform_(p)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Encodes src and decodes tgt in view of it; masks as the two stacks take them.

        Args:
            src: (sources, batch, d_model), (batch, sources, d_model) with batch_first, or without
                batch.
            tgt: (length, batch, d_model), likewise.
            src_mask: (sources, sources).
            tgt_mask: (length, length).
            memory_mask: (length, sources).
            src_key_padding_mask: (batch, sources).
            tgt_key_padding_mask: (batch, length).
            memory_key_padding_mask: (batch, sources).
            src_is_causal: Whether src_mask is the causal one; None: look.
            tgt_is_causal: Whether tgt_mask is the causal one; None: look.
            memory_is_causal: A hint that memory_mask is the causal one.

        Returns:
            The shape of tgt.

        Raises:
            RuntimeError: Batches or widths do not fit.
        """
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )
        result: Tensor = self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )
        return result

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """The causal mask: minus infinity above the diagonal, zero elsewhere.

        Args:
            sz: Length of the sequence.
            device: "cpu" or None.
            dtype: Default: the default dtype.

        Returns:
            (sz, sz).

        Example:
            >>> import pyad
            >>> pyad.nn.Transformer.generate_square_subsequent_mask(2)
            tensor([[0., -inf],
                    [0., 0.]])
        """
        return _causal_mask(sz, dtype)
