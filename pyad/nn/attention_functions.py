"""Attention as functions: of one head, and of several with their projections."""

from __future__ import annotations

import math
from typing import Any

from pyad import _core
from pyad._core import Tensor

__all__ = [
    "multi_head_attention_forward",
    "scaled_dot_product_attention",
]

_attention = _core.steps.scaled_dot_product_attention
_linear = _core.nn.functional.linear
_dropout = _core.nn.functional.dropout


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(scale query key^T + mask) value.

    Args:
        query: (..., L, E), floating.
        key: (..., S, E).
        value: (..., S, V).
        attn_mask: (..., L, S), broadcast: added to the scores, or bool, True where a key is
            visible.
        dropout_p: Probability with which a weight is dropped, in evaluation too.
        is_causal: Whether query i sees the first i + 1 keys only.
        scale: Factor of the scores. Default: 1 / sqrt(E).
        enable_gqa: Whether each head (third dim from the end) of key and value serves several
            of query.

    Returns:
        (..., L, V); zeros where a query sees nothing.

    Raises:
        ShapeError: Shapes do not fit.
        TypeError: Dtypes do not fit.
        RuntimeError: There are both a mask and is_causal.

    Example:
        >>> import pyad
        >>> q, k, v = pyad.zeros(1, 2), pyad.ones(3, 2), pyad.tensor([[1.0], [2.0], [6.0]])
        >>> pyad.nn.functional.scaled_dot_product_attention(q, k, v)
        tensor([[3.]])
    """
    if dropout_p <= 0.0:
        return _attention(query, key, value, attn_mask, is_causal, scale, enable_gqa)
    # The op's own weights are what it gives for values that are the unit vectors.
    eye = _core.eye(key.shape[-2], dtype=key.dtype).expand(*key.shape[:-1], key.shape[-2])
    weights = _attention(query, key, eye, attn_mask, is_causal, scale, enable_gqa)
    if enable_gqa and value.shape[-3] != query.shape[-3]:
        value = value.repeat_interleave(query.shape[-3] // value.shape[-3], -3)
    return _dropout(weights, dropout_p) @ value


def _additive(mask: Tensor | None, name: str, dtype: Any) -> Tensor | None:
    """A mask that is added to scores: bool ones are minus infinity where True."""
    if mask is None or mask.is_floating_point():
        return mask
    if mask.dtype is not _core.bool:
        raise TypeError(f"only bool and floating types of {name} are supported")
    return _core.zeros(mask.shape, dtype=dtype).masked_fill_(mask, -math.inf)


def _check_masks(
    query: Tensor, key: Tensor, padding: Tensor | None, mask: Tensor | None, heads: int
) -> None:
    batched = query.ndim == 3
    if query.ndim not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query "
            "tensor"
        )
    if key.ndim != query.ndim:
        raise AssertionError(
            f"For {'batched (3-D)' if batched else 'unbatched (2-D)'} `query`, expected `key` and "
            f"`value` to be {query.ndim}-D but found {key.ndim}-D"
        )
    if padding is not None and padding.ndim != query.ndim - 1:
        raise AssertionError(
            f"For {'batched (3-D)' if batched else 'unbatched (2-D)'} `query`, expected "
            f"`key_padding_mask` to be `None` or {query.ndim - 1}-D but found {padding.ndim}-D "
            "tensor instead"
        )
    if mask is None:
        return
    length, sources = query.shape[0], key.shape[0]
    batch = query.shape[1] if batched else 1
    wanted = {2: (length, sources), 3: (batch * heads, length, sources)}.get(mask.ndim)
    if wanted is None:
        raise RuntimeError(f"attn_mask's dimension {mask.ndim} is not supported")
    if tuple(mask.shape) != wanted:
        raise RuntimeError(
            f"The shape of the {mask.ndim}D attn_mask is {tuple(mask.shape)}, but should be "
            f"{wanted}."
        )


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention of several heads with projections before and after; `MultiheadAttention` calls it.

    Args:
        query: (L, batch, E), or (L, E).
        key: (S, batch, K), or (S, K).
        value: (S, batch, V), or (S, V).
        embed_dim_to_check: E.
        num_heads: Heads; a divisor of E.
        in_proj_weight: (3 E, E), for query, key and value one below the other.
        in_proj_bias: (3 E,).
        bias_k: (1, 1, E), one more key.
        bias_v: (1, 1, E), one more value.
        add_zero_attn: Whether there is one more key and value of zeros.
        dropout_p: Probability with which a weight is dropped in training.
        out_proj_weight: (E, E).
        out_proj_bias: (E,).
        training: Whether weights are dropped.
        key_padding_mask: (batch, S), or (S,): True (or minus infinity) where a key is ignored.
        need_weights: Whether the weights are returned too.
        attn_mask: (L, S) or (batch heads, L, S): True (or minus infinity) where a key is ignored.
        use_separate_proj_weight: Whether the three weights that follow are used.
        q_proj_weight: (E, E).
        k_proj_weight: (E, K).
        v_proj_weight: (E, V).
        static_k: (batch heads, S, E / heads), instead of projected keys.
        static_v: Likewise.
        average_attn_weights: Whether the weights returned are the mean over the heads.
        is_causal: A hint that attn_mask is the causal one.

    Returns:
        The result (L, batch, E), or (L, E), and the weights (batch, L, S), (batch, heads, L, S),
        those without batch, or None.

    Raises:
        AssertionError: Sizes or dims do not fit.
        RuntimeError: A mask does not fit, or is_causal comes without the mask it hints at.

    Example:
        >>> import pyad
        >>> layer = pyad.nn.MultiheadAttention(4, 2)
        >>> result, weights = layer(pyad.ones(3, 1, 4), pyad.ones(5, 1, 4), pyad.ones(5, 1, 4))
        >>> result.shape, weights.shape
        ((3, 1, 4), (1, 3, 5))
    """
    _check_masks(query, key, key_padding_mask, attn_mask, num_heads)
    batched = query.ndim == 3
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, width = query.shape
    sources = key.shape[0]
    if width != embed_dim_to_check:
        raise AssertionError(
            f"was expecting embedding dimension of {embed_dim_to_check}, but got {width}"
        )
    head = width // num_heads
    if head * num_heads != width:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    padding = _additive(key_padding_mask, "key_padding_mask", query.dtype)
    if is_causal and padding is None and not need_weights:
        mask = None
    else:
        mask = _additive(attn_mask, "attn_mask", query.dtype)
        is_causal = False

    q, k, v = _project(
        query,
        key,
        value,
        in_proj_weight,
        (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None,
        in_proj_bias,
    )
    if mask is not None and mask.ndim == 3:
        mask = mask.view(batch, num_heads, length, sources)
    more = 0
    if bias_k is not None and bias_v is not None:
        if static_k is not None or static_v is not None:
            raise AssertionError("bias cannot be added to static key or value")
        k = _core.cat([k, bias_k.expand(1, batch, width)])
        v = _core.cat([v, bias_v.expand(1, batch, width)])
        more += 1
    # (batch, heads, length, width of a head), showing the memory of the projections.
    q = q.view(length, batch, num_heads, head).permute(1, 2, 0, 3)
    k = _heads(k, num_heads, head) if static_k is None else _static(static_k, batch)
    v = _heads(v, num_heads, head) if static_v is None else _static(static_v, batch)
    if add_zero_attn:
        zero = _core.zeros((batch, num_heads, 1, head), dtype=k.dtype)
        k, v = _core.cat([k, zero], 2), _core.cat([v, zero], 2)
        more += 1
    sources = k.shape[2]
    if more:
        mask = None if mask is None else _core.nn.functional.pad(mask, (0, more))
        padding = None if padding is None else _core.nn.functional.pad(padding, (0, more))
    if padding is not None:
        if tuple(padding.shape) != (batch, sources):
            raise AssertionError(
                f"expecting key_padding_mask shape of {(batch, sources - more)}, but got "
                f"{(padding.shape[0], padding.shape[1] - more)}"
            )
        ignored = padding.view(batch, 1, 1, sources)
        mask = ignored if mask is None else mask + ignored
    p = dropout_p if training else 0.0

    weights = None
    if need_weights:
        scores = (q * math.sqrt(1.0 / head)) @ k.transpose(2, 3)
        if mask is None:
            weights = _core.softmax(scores, -1)
        else:  # a query that sees nothing has weights of 0, as without `need_weights`
            scores = mask + scores
            blind = (scores == -math.inf).all(-1, keepdim=True)
            weights = _core.softmax(_core.where(blind, 0.0, scores), -1)
            weights = _core.where(blind, 0.0, weights)
        if p > 0.0:
            weights = _dropout(weights, p)
        attended = weights @ v
    else:
        attended = scaled_dot_product_attention(q, k, v, mask, p, is_causal)
    attended = attended.permute(2, 0, 1, 3).reshape(length, batch, width)
    result = _linear(attended, out_proj_weight, out_proj_bias)
    result = result if batched else result.squeeze(1)
    if weights is None:
        return result, None
    if average_attn_weights:
        weights = weights.mean(1)
    return result, weights if batched else weights.squeeze(0)


def _heads(x: Tensor, heads: int, width: int) -> Tensor:
    return x.view(x.shape[0], x.shape[1], heads, width).permute(1, 2, 0, 3)


def _static(x: Tensor, batch: int) -> Tensor:
    return x.view(batch, -1, x.shape[1], x.shape[2])


def _project(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    weight: Tensor | None,
    separate: tuple[Tensor | None, ...] | None,
    bias: Tensor | None,
) -> tuple[Tensor, ...]:
    """Query, key and value times their parts of the weight; those that are one in one product."""
    if separate is not None:
        biases = (None, None, None) if bias is None else bias.chunk(3)
        inputs = (query, key, value)
        return tuple(
            _linear(x, w, b)
            for x, w, b in zip(inputs, separate, biases, strict=True)
            if w is not None
        )
    assert weight is not None
    width = query.shape[-1]
    if key is value:
        if query is key:
            return tuple(_linear(query, weight, bias).chunk(3, -1))
        w_q, w_kv = weight.split([width, 2 * width])
        b_q, b_kv = (None, None) if bias is None else bias.split([width, 2 * width])
        return (_linear(query, w_q, b_q), *_linear(key, w_kv, b_kv).chunk(2, -1))
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return tuple(
        _linear(x, w, b)
        for x, w, b in zip((query, key, value), weight.chunk(3), biases, strict=True)
    )
