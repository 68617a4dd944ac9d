"""Layers and losses as functions: rows of the op table, and Python over them."""

from __future__ import annotations

from pyad import _core
from pyad._core import gelu, logsigmoid, softplus, softsign
from pyad.nn.activation_functions import (
    celu,
    celu_,
    elu,
    elu_,
    glu,
    gumbel_softmax,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    hardtanh_,
    leaky_relu,
    leaky_relu_,
    log_softmax,
    mish,
    prelu,
    relu,
    relu6,
    relu_,
    rrelu_,
    selu,
    selu_,
    sigmoid,
    silu,
    softmax,
    softmin,
    softshrink,
    tanh,
    tanhshrink,
    threshold,
    threshold_,
)
from pyad.nn.attention_functions import multi_head_attention_forward, scaled_dot_product_attention
from pyad.nn.ctc import (
    ctc_loss,
)
from pyad.nn.distance_functions import (
    cosine_similarity,
    normalize,
    pairwise_distance,
    pdist,
)
from pyad.nn.dropout_functions import dropout1d, dropout2d, dropout3d
from pyad.nn.embedding_functions import (
    embedding,
    embedding_bag,
)
from pyad.nn.loss_functions import (
    cosine_embedding_loss,
    gaussian_nll_loss,
    hinge_embedding_loss,
    linear_cross_entropy,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    poisson_nll_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)

adaptive_avg_pool1d = _core.nn.adaptive_avg_pool1d
adaptive_avg_pool2d = _core.nn.adaptive_avg_pool2d
adaptive_avg_pool3d = _core.nn.adaptive_avg_pool3d
adaptive_max_pool1d = _core.nn.adaptive_max_pool1d
adaptive_max_pool1d_with_indices = _core.nn.adaptive_max_pool1d_with_indices
adaptive_max_pool2d = _core.nn.adaptive_max_pool2d
adaptive_max_pool2d_with_indices = _core.nn.adaptive_max_pool2d_with_indices
adaptive_max_pool3d = _core.nn.adaptive_max_pool3d
adaptive_max_pool3d_with_indices = _core.nn.adaptive_max_pool3d_with_indices
alpha_dropout = _core.nn.alpha_dropout
avg_pool1d = _core.nn.avg_pool1d
avg_pool2d = _core.nn.avg_pool2d
avg_pool3d = _core.nn.avg_pool3d
batch_norm = _core.nn.batch_norm
bilinear = _core.nn.bilinear
binary_cross_entropy = _core.nn.binary_cross_entropy
binary_cross_entropy_with_logits = _core.nn.binary_cross_entropy_with_logits
channel_shuffle = _core.nn.channel_shuffle
conv1d = _core.nn.conv1d
conv2d = _core.nn.conv2d
conv3d = _core.nn.conv3d
conv_transpose1d = _core.nn.conv_transpose1d
conv_transpose2d = _core.nn.conv_transpose2d
conv_transpose3d = _core.nn.conv_transpose3d
cross_entropy = _core.nn.cross_entropy
dropout = _core.nn.dropout
feature_alpha_dropout = _core.nn.feature_alpha_dropout
fold = _core.nn.col2im
group_norm = _core.nn.group_norm
huber_loss = _core.nn.huber_loss
instance_norm = _core.nn.instance_norm
interpolate = _core.nn.interpolate
kl_div = _core.nn.kl_div
l1_loss = _core.nn.l1_loss
layer_norm = _core.nn.layer_norm
linear = _core.nn.linear
local_response_norm = _core.nn.local_response_norm
lp_pool1d = _core.nn.lp_pool1d
lp_pool2d = _core.nn.lp_pool2d
lp_pool3d = _core.nn.lp_pool3d
max_pool1d = _core.nn.max_pool1d
max_pool1d_with_indices = _core.nn.max_pool1d_with_indices
max_pool2d = _core.nn.max_pool2d
max_pool2d_with_indices = _core.nn.max_pool2d_with_indices
max_pool3d = _core.nn.max_pool3d
max_pool3d_with_indices = _core.nn.max_pool3d_with_indices
max_unpool1d = _core.nn.max_unpool1d
max_unpool2d = _core.nn.max_unpool2d
max_unpool3d = _core.nn.max_unpool3d
mse_loss = _core.nn.mse_loss
nll_loss = _core.nn.nll_loss
one_hot = _core.nn.one_hot
pad = _core.nn.pad
pixel_shuffle = _core.nn.pixel_shuffle
pixel_unshuffle = _core.nn.pixel_unshuffle
rms_norm = _core.nn.rms_norm
rrelu = _core.nn.rrelu
smooth_l1_loss = _core.nn.smooth_l1_loss
unfold = _core.nn.im2col
upsample = _core.nn.upsample
upsample_bilinear = _core.nn.upsample_bilinear
upsample_nearest = _core.nn.upsample_nearest

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "celu_",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "ctc_loss",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elu",
    "elu_",
    "embedding",
    "embedding_bag",
    "feature_alpha_dropout",
    "fold",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "group_norm",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "leaky_relu_",
    "linear",
    "linear_cross_entropy",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mish",
    "mse_loss",
    "multi_head_attention_forward",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pdist",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rms_norm",
    "rrelu",
    "rrelu_",
    "scaled_dot_product_attention",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
    "unfold",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]
