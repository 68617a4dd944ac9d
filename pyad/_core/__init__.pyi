# Written by tools/stubs.py from the built module; change the module, not this page.
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import str as _str
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn, SupportsIndex, TypeAlias, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray
from typing_extensions import Self

from pyad._device import device as _Device

_Dims: TypeAlias = _int | Sequence[_int]
_Shape: TypeAlias = tuple[_int, ...]
_TensorLike: TypeAlias = Tensor | _float | NDArray[Any]
_DTypeLike: TypeAlias = dtype | DTypeLike
_Key: TypeAlias = Any  # ints, slices, None, ..., arrays, tuples of them
from pyad._core import linalg as linalg
from pyad._core import nn as nn
from pyad._core import special as special
from pyad._core import steps as steps
class LInfo(NamedTuple):
    """What a function returns that has names for its results."""
    L: Tensor
    info: Tensor
class MinMax(NamedTuple):
    """What a function returns that has names for its results."""
    min: Tensor
    max: Tensor
class ValuesIndices(NamedTuple):
    """What a function returns that has names for its results."""
    values: Tensor
    indices: Tensor
__all__ = [
    "Generator",
    "RangeError",
    "ShapeError",
    "Size",
    "Tensor",
    "Value",
    "_sample_dirichlet",
    "_standard_gamma",
    "abs",
    "abs_",
    "absolute",
    "absolute_",
    "acos",
    "acos_",
    "acosh",
    "acosh_",
    "adaptive_avg_pool1d",
    "add",
    "add_",
    "addcdiv",
    "addcdiv_",
    "addcmul",
    "addcmul_",
    "addmm",
    "addmm_",
    "addmv",
    "addmv_",
    "all",
    "allclose",
    "alpha_dropout",
    "amax",
    "amin",
    "aminmax",
    "any",
    "arange",
    "arccos",
    "arccos_",
    "arccosh",
    "arccosh_",
    "arcsin",
    "arcsin_",
    "arcsinh",
    "arcsinh_",
    "arctan",
    "arctan2",
    "arctan2_",
    "arctan_",
    "arctanh",
    "arctanh_",
    "argmax",
    "argmin",
    "argsort",
    "argwhere",
    "as_strided",
    "as_strided_scatter",
    "as_tensor",
    "asarray",
    "asin",
    "asin_",
    "asinh",
    "asinh_",
    "atan",
    "atan2",
    "atan2_",
    "atan_",
    "atanh",
    "atanh_",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "avg_pool1d",
    "baddbmm",
    "baddbmm_",
    "bartlett_window",
    "bernoulli",
    "bfloat16",
    "bincount",
    "binomial",
    "bitwise_and",
    "bitwise_and_",
    "bitwise_left_shift",
    "bitwise_left_shift_",
    "bitwise_not",
    "bitwise_not_",
    "bitwise_or",
    "bitwise_or_",
    "bitwise_right_shift",
    "bitwise_right_shift_",
    "bitwise_xor",
    "bitwise_xor_",
    "blackman_window",
    "block_diag",
    "bmm",
    "bool",
    "broadcast_tensors",
    "broadcast_to",
    "bucketize",
    "cartesian_prod",
    "cat",
    "cbrt",
    "cbrt_",
    "cdist",
    "ceil",
    "ceil_",
    "celu",
    "channel_shuffle",
    "cholesky",
    "cholesky_inverse",
    "cholesky_solve",
    "chunk",
    "clamp",
    "clamp_",
    "clamp_max",
    "clamp_max_",
    "clamp_min",
    "clamp_min_",
    "clip",
    "clip_",
    "clone",
    "column_stack",
    "combinations",
    "concat",
    "concatenate",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "copysign",
    "copysign_",
    "corrcoef",
    "cos",
    "cos_",
    "cosh",
    "cosh_",
    "count_nonzero",
    "cov",
    "cross",
    "cummax",
    "cummin",
    "cumprod",
    "cumprod_",
    "cumsum",
    "cumsum_",
    "deg2rad",
    "deg2rad_",
    "diag",
    "diag_embed",
    "diagonal",
    "diagonal_scatter",
    "diff",
    "digamma",
    "digamma_",
    "dist",
    "div",
    "div_",
    "divide",
    "divide_",
    "dot",
    "dropout",
    "dsplit",
    "dstack",
    "dtype",
    "elu",
    "empty",
    "empty_like",
    "eq",
    "eq_",
    "equal",
    "erf",
    "erf_",
    "erfc",
    "erfc_",
    "erfinv",
    "erfinv_",
    "exp",
    "exp2",
    "exp2_",
    "exp_",
    "expm1",
    "expm1_",
    "eye",
    "feature_alpha_dropout",
    "feature_dropout",
    "fix",
    "fix_",
    "flatten",
    "flip",
    "fliplr",
    "flipud",
    "float16",
    "float32",
    "float64",
    "float_power",
    "floor",
    "floor_",
    "floor_divide",
    "floor_divide_",
    "fmax",
    "fmax_",
    "fmin",
    "fmin_",
    "fmod",
    "fmod_",
    "frac",
    "frac_",
    "from_numpy",
    "full",
    "full_like",
    "gather",
    "ge",
    "ge_",
    "gelu",
    "gelu_tanh",
    "ger",
    "get_default_dtype",
    "get_num_threads",
    "get_rng_state",
    "greater",
    "greater_",
    "greater_equal",
    "greater_equal_",
    "gru",
    "gru_cell",
    "gt",
    "gt_",
    "hamming_window",
    "hann_window",
    "hardshrink",
    "hardshrink_",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "heaviside",
    "heaviside_",
    "histc",
    "hsplit",
    "hstack",
    "huber",
    "hypot",
    "hypot_",
    "i0",
    "i0_",
    "i0e",
    "i1",
    "i1e",
    "igamma",
    "igamma_",
    "igammac",
    "igammac_",
    "index_add",
    "index_add_",
    "index_copy",
    "index_copy_",
    "index_fill",
    "index_fill_",
    "index_put",
    "index_put_",
    "index_select",
    "initial_seed",
    "inner",
    "int16",
    "int32",
    "int64",
    "int8",
    "isclose",
    "isfinite",
    "isfinite_",
    "isin",
    "isinf",
    "isinf_",
    "isnan",
    "isnan_",
    "isneginf",
    "isneginf_",
    "isposinf",
    "isposinf_",
    "kaiser_window",
    "kron",
    "kthvalue",
    "le",
    "le_",
    "leaky_relu",
    "lerp",
    "lerp_",
    "less",
    "less_",
    "less_equal",
    "less_equal_",
    "lgamma",
    "lgamma_",
    "linspace",
    "log",
    "log10",
    "log10_",
    "log1p",
    "log1p_",
    "log2",
    "log2_",
    "log_",
    "log_softmax",
    "logaddexp",
    "logaddexp2",
    "logaddexp2_",
    "logaddexp_",
    "logcumsumexp",
    "logical_and",
    "logical_and_",
    "logical_not",
    "logical_not_",
    "logical_or",
    "logical_or_",
    "logical_xor",
    "logical_xor_",
    "logit",
    "logit_",
    "logsigmoid",
    "logspace",
    "logsumexp",
    "lstm",
    "lstm_cell",
    "lt",
    "lt_",
    "manual_seed",
    "masked_fill",
    "masked_fill_",
    "masked_scatter",
    "masked_scatter_",
    "masked_select",
    "matmul",
    "max",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool3d",
    "maximum",
    "maximum_",
    "mean",
    "median",
    "meshgrid",
    "min",
    "minimum",
    "minimum_",
    "mish",
    "mm",
    "mode",
    "moveaxis",
    "movedim",
    "msort",
    "mul",
    "mul_",
    "multinomial",
    "multiply",
    "multiply_",
    "mv",
    "mvlgamma",
    "mvlgamma_",
    "nan_to_num",
    "nan_to_num_",
    "nanmean",
    "nanmedian",
    "nanquantile",
    "nansum",
    "narrow",
    "ne",
    "ne_",
    "neg",
    "neg_",
    "negative",
    "negative_",
    "nonzero",
    "norm",
    "normal",
    "not_equal",
    "not_equal_",
    "ones",
    "ones_like",
    "outer",
    "permute",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson",
    "polygamma",
    "positive",
    "pow",
    "pow_",
    "prod",
    "quantile",
    "rad2deg",
    "rad2deg_",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "ravel",
    "reciprocal",
    "reciprocal_",
    "relu",
    "relu6",
    "relu_",
    "remainder",
    "remainder_",
    "repeat_interleave",
    "reshape",
    "rms_norm",
    "rnn_relu",
    "rnn_relu_cell",
    "rnn_tanh",
    "rnn_tanh_cell",
    "roll",
    "rot90",
    "round",
    "round_",
    "row_stack",
    "rrelu",
    "rsqrt",
    "rsqrt_",
    "rsub",
    "scatter",
    "scatter_",
    "scatter_add",
    "scatter_add_",
    "searchsorted",
    "seed",
    "select",
    "select_scatter",
    "selu",
    "set_default_dtype",
    "set_num_threads",
    "set_rng_state",
    "sgn",
    "sgn_",
    "sigmoid",
    "sigmoid_",
    "sign",
    "sign_",
    "signbit",
    "signbit_",
    "silu",
    "sin",
    "sin_",
    "sinc",
    "sinc_",
    "sinh",
    "sinh_",
    "slice_scatter",
    "softmax",
    "softplus",
    "softshrink",
    "softsign",
    "sort",
    "split",
    "split_with_sizes",
    "sqrt",
    "sqrt_",
    "square",
    "square_",
    "squeeze",
    "stack",
    "std",
    "std_mean",
    "sub",
    "sub_",
    "subtract",
    "subtract_",
    "sum",
    "swapaxes",
    "swapdims",
    "t",
    "take",
    "take_along_dim",
    "tan",
    "tan_",
    "tanh",
    "tanh_",
    "tanhshrink",
    "tensor",
    "tensor_split",
    "threshold",
    "tile",
    "topk",
    "trace",
    "transpose",
    "trapezoid",
    "trapz",
    "tril",
    "tril_",
    "tril_indices",
    "triu",
    "triu_",
    "triu_indices",
    "true_divide",
    "true_divide_",
    "trunc",
    "trunc_",
    "uint8",
    "unbind",
    "unflatten",
    "unique",
    "unique_consecutive",
    "unsqueeze",
    "var",
    "var_mean",
    "vdot",
    "vsplit",
    "vstack",
    "where",
    "xlogy",
    "xlogy_",
    "zeros",
    "zeros_like",
]
def op_table() -> list[dict[_str, Any]]: ...
def op_records() -> list[dict[_str, Any]]: ...
def live_counts() -> dict[_str, _int]: ...
def is_grad_enabled() -> _bool: ...
def set_grad_enabled(mode: _bool, /) -> None: ...
def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: _bool | None = None,
    create_graph: _bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None: ...
def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: _bool | None = None,
    create_graph: _bool = False,
    allow_unused: _bool = False,
) -> tuple[Any, ...]: ...
def function_apply(cls: type[Any], args: tuple[Any, ...], /) -> Any: ...
def optim_step(rule: _str, groups: list[dict[_str, Any]], state: Any, /) -> None: ...
def optim_init(rule: _str, groups: list[dict[_str, Any]], state: Any, /) -> None: ...
def zero_grads(params: list[Any], set_to_none: _bool = True, /) -> None: ...
def total_norm(tensors: list[Any], norm_type: _float, of_gradients: _bool, /) -> Tensor: ...
def clip_grads_with_norm(params: list[Any], max_norm: _float, total_norm: Tensor, /) -> None: ...
def clip_grad_values(params: list[Any], clip_value: _float, /) -> None: ...
def set_repr(show: Callable[[Tensor], _str], /) -> None: ...
def manual_seed(seed: _int) -> Generator: ...
class Size(tuple[_int, ...]):
    """Sizes of a tensor: a tuple that knows its number of elements."""
    def numel(self) -> _int: ...
class dtype:
    """Element type of a tensor, as pyad.float32."""
    @property
    def name(self) -> _str: ...
    @property
    def itemsize(self) -> _int: ...
    @property
    def is_floating_point(self) -> _bool: ...
    @property
    def is_signed(self) -> _bool: ...
    @property
    def is_complex(self) -> _bool: ...
class Tensor:
    """A multi-dimensional array that can remember how it was computed, so that it can be differentiated. Make one with pyad.tensor(...)."""
    def __new__(cls, *data: Any) -> Self: ...
    @property
    def shape(self) -> Size: ...
    @property
    def dtype(self) -> dtype: ...
    @property
    def ndim(self) -> _int: ...
    @property
    def itemsize(self) -> _int: ...
    @property
    def nbytes(self) -> _int: ...
    @property
    def device(self) -> _Device: ...
    @property
    def is_cpu(self) -> _bool: ...
    @property
    def is_cuda(self) -> _bool: ...
    @property
    def is_meta(self) -> _bool: ...
    @property
    def is_mps(self) -> _bool: ...
    @property
    def is_quantized(self) -> _bool: ...
    @property
    def is_sparse(self) -> _bool: ...
    @property
    def is_xpu(self) -> _bool: ...
    @property
    def T(self) -> Tensor: ...
    @property
    def mT(self) -> Tensor: ...
    @property
    def grad_fn(self) -> Node | None: ...
    @property
    def is_leaf(self) -> _bool: ...
    @property
    def retains_grad(self) -> _bool: ...
    @property
    def output_nr(self) -> _int: ...
    @property
    def _version(self) -> _int: ...
    @property
    def _base(self) -> Tensor | None: ...
    data: Tensor
    grad: Tensor | None
    requires_grad: _bool
    @overload
    def size(self, dim: None = None) -> Size: ...
    @overload
    def size(self, dim: _int) -> _int: ...
    @overload
    def stride(self, dim: None = None) -> _Shape: ...
    @overload
    def stride(self, dim: _int) -> _int: ...
    def cuda(self, *args: Any, **kwargs: Any) -> NoReturn: ...
    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: _bool | None = None,
        create_graph: _bool = False,
        inputs: Tensor | Sequence[Tensor] | None = None,
    ) -> None: ...
    def register_hook(self, fn: Callable[[Tensor], Tensor | None], /) -> RemovableHandle: ...
    def register_post_accumulate_grad_hook(
        self,
        fn: Callable[[Tensor], None],
        /,
    ) -> RemovableHandle: ...
    def numpy(self, *, force: _bool = False) -> NDArray[Any]: ...
    def __array__(
        self,
        dtype: DTypeLike | None = None,
        copy: _bool | None = None,
    ) -> NDArray[Any]: ...
    def item(self, *index: _int) -> Any: ...
    def __deepcopy__(self, memo: dict[_int, Any], /) -> Self: ...
    def tolist(self) -> Any: ...
    def new(self, *args: Any, device: Any = None) -> Tensor: ...
    def new_tensor(
        self,
        data: Any,
        *,
        dtype: _DTypeLike | None = None,
        device: Any = None,
        requires_grad: _bool = False,
        layout: Any = None,
        pin_memory: _bool = False,
    ) -> Tensor: ...
    def fill_diagonal_(self, fill_value: _float, wrap: _bool = False) -> Tensor: ...
    def squeeze_(self, *args: Any, **kwargs: Any) -> Tensor: ...
    def swapaxes_(self, axis0: _int, axis1: _int) -> Tensor: ...
    def swapdims_(self, dim0: _int, dim1: _int) -> Tensor: ...
    def t_(self) -> Tensor: ...
    def transpose_(self, dim0: _int, dim1: _int) -> Tensor: ...
    def unsqueeze_(self, dim: _int) -> Tensor: ...
    def __hash__(self) -> _int: ...
    def __lt__(self, other: Tensor | _float, /) -> Tensor: ...
    def __le__(self, other: Tensor | _float, /) -> Tensor: ...
    def __eq__(self, other: _TensorLike, /) -> Tensor: ...  # type: ignore[override]
    def __ne__(self, other: _TensorLike, /) -> Tensor: ...  # type: ignore[override]
    def __gt__(self, other: Tensor | _float, /) -> Tensor: ...
    def __ge__(self, other: Tensor | _float, /) -> Tensor: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __add__(self, other: _TensorLike, /) -> Tensor: ...
    def __radd__(self, other: _TensorLike, /) -> Tensor: ...
    def __sub__(self, other: _TensorLike, /) -> Tensor: ...
    def __rsub__(self, other: _TensorLike, /) -> Tensor: ...
    def __mul__(self, other: _TensorLike, /) -> Tensor: ...
    def __rmul__(self, other: _TensorLike, /) -> Tensor: ...
    def __mod__(self, other: _TensorLike, /) -> Tensor: ...
    def __rmod__(self, other: _TensorLike, /) -> Tensor: ...
    def __pow__(self, other: _TensorLike, /) -> Tensor: ...
    def __rpow__(self, other: _TensorLike, /) -> Tensor: ...
    def __neg__(self) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def __abs__(self) -> Tensor: ...
    def __bool__(self) -> _bool: ...
    def __invert__(self) -> Tensor: ...
    def __lshift__(self, other: _TensorLike, /) -> Tensor: ...
    def __rlshift__(self, other: _TensorLike, /) -> Tensor: ...
    def __rshift__(self, other: _TensorLike, /) -> Tensor: ...
    def __rrshift__(self, other: _TensorLike, /) -> Tensor: ...
    def __and__(self, other: _TensorLike, /) -> Tensor: ...
    def __rand__(self, other: _TensorLike, /) -> Tensor: ...
    def __xor__(self, other: _TensorLike, /) -> Tensor: ...
    def __rxor__(self, other: _TensorLike, /) -> Tensor: ...
    def __or__(self, other: _TensorLike, /) -> Tensor: ...
    def __ror__(self, other: _TensorLike, /) -> Tensor: ...
    def __int__(self) -> _int: ...
    def __float__(self) -> _float: ...
    def __iadd__(self, other: _TensorLike, /) -> Self: ...
    def __isub__(self, other: _TensorLike, /) -> Self: ...
    def __imul__(self, other: _TensorLike, /) -> Self: ...
    def __imod__(self, other: _TensorLike, /) -> Self: ...
    def __ipow__(self, other: _TensorLike, /) -> Self: ...
    def __ilshift__(self, other: _TensorLike, /) -> Self: ...
    def __irshift__(self, other: _TensorLike, /) -> Self: ...
    def __iand__(self, other: _TensorLike, /) -> Self: ...
    def __ixor__(self, other: _TensorLike, /) -> Self: ...
    def __ior__(self, other: _TensorLike, /) -> Self: ...
    def __floordiv__(self, other: _TensorLike, /) -> Tensor: ...
    def __rfloordiv__(self, other: _TensorLike, /) -> Tensor: ...
    def __truediv__(self, other: _TensorLike, /) -> Tensor: ...
    def __rtruediv__(self, other: _TensorLike, /) -> Tensor: ...
    def __ifloordiv__(self, other: _TensorLike, /) -> Self: ...
    def __itruediv__(self, other: _TensorLike, /) -> Self: ...
    def __index__(self) -> _int: ...
    def __matmul__(self, other: _TensorLike, /) -> Tensor: ...
    def __rmatmul__(self, other: _TensorLike, /) -> Tensor: ...
    def __len__(self) -> _int: ...
    def __getitem__(self, key: _Key, /) -> Tensor: ...
    def __setitem__(self, key: _Key, value: _TensorLike, /) -> None: ...
    def __contains__(self, item: object, /) -> _bool: ...
    def _is_view(self) -> _bool:
        """Whether the tensor shows the memory of another."""
        ...
    def abs(self) -> Tensor:
        """Absolute value."""
        ...
    def abs_(self) -> Self:
        """Absolute value."""
        ...
    def absolute(self) -> Tensor:
        """Absolute value."""
        ...
    def absolute_(self) -> Self:
        """Absolute value."""
        ...
    def acos(self) -> Tensor:
        """Inverse cosine; NaN outside [-1, 1]."""
        ...
    def acos_(self) -> Self:
        """Inverse cosine; NaN outside [-1, 1]."""
        ...
    def acosh(self) -> Tensor:
        """Inverse hyperbolic cosine; NaN below 1."""
        ...
    def acosh_(self) -> Self:
        """Inverse hyperbolic cosine; NaN below 1."""
        ...
    def add(self, other: _TensorLike, *, alpha: _float = ...) -> Tensor:
        """Sum of the operands, the second times alpha."""
        ...
    def add_(self, other: _TensorLike, *, alpha: _float = ...) -> Self:
        """Sum of the operands, the second times alpha."""
        ...
    def addcdiv(self, tensor1: _TensorLike, tensor2: _TensorLike, *, value: _float = ...) -> Tensor:
        """a + value b / c."""
        ...
    def addcdiv_(self, tensor1: _TensorLike, tensor2: _TensorLike, *, value: _float = ...) -> Self:
        """a + value b / c."""
        ...
    def addcmul(self, tensor1: _TensorLike, tensor2: _TensorLike, *, value: _float = ...) -> Tensor:
        """a + value b c."""
        ...
    def addcmul_(self, tensor1: _TensorLike, tensor2: _TensorLike, *, value: _float = ...) -> Self:
        """a + value b c."""
        ...
    def addmm(
        self,
        mat1: _TensorLike,
        mat2: _TensorLike,
        *,
        beta: _float = ...,
        alpha: _float = ...,
    ) -> Tensor:
        """beta * input + alpha * (mat1 @ mat2)."""
        ...
    def addmm_(
        self,
        mat1: _TensorLike,
        mat2: _TensorLike,
        *,
        beta: _float = ...,
        alpha: _float = ...,
    ) -> Self:
        """beta * input + alpha * (mat1 @ mat2)."""
        ...
    def addmv(
        self,
        mat: _TensorLike,
        vec: _TensorLike,
        *,
        beta: _float = ...,
        alpha: _float = ...,
    ) -> Tensor:
        """beta * input + alpha * (mat @ vec)."""
        ...
    def addmv_(
        self,
        mat: _TensorLike,
        vec: _TensorLike,
        *,
        beta: _float = ...,
        alpha: _float = ...,
    ) -> Self:
        """beta * input + alpha * (mat @ vec)."""
        ...
    @overload
    def all(self, dim: _Dims | None = ..., keepdim: _bool = ...) -> Tensor:
        """Whether all elements are non-zero."""
        ...
    @overload
    def all(self, axis: _Dims | None = ..., keepdims: _bool = ...) -> Tensor: ...
    def allclose(
        self,
        other: _TensorLike,
        rtol: _float = ...,
        atol: _float = ...,
        equal_nan: _bool = ...,
    ) -> _bool:
        """Whether all elements are close; see isclose."""
        ...
    @overload
    def amax(self, dim: _Dims | None = ..., keepdim: _bool = ...) -> Tensor:
        """Largest elements; NaN wins."""
        ...
    @overload
    def amax(self, axis: _Dims | None = ..., keepdims: _bool = ...) -> Tensor: ...
    @overload
    def amin(self, dim: _Dims | None = ..., keepdim: _bool = ...) -> Tensor:
        """Smallest elements; NaN wins."""
        ...
    @overload
    def amin(self, axis: _Dims | None = ..., keepdims: _bool = ...) -> Tensor: ...
    @overload
    def aminmax(self, *, dim: _int | None = ..., keepdim: _bool = ...) -> MinMax:
        """Smallest and largest elements."""
        ...
    @overload
    def aminmax(self, *, axis: _int | None = ..., keepdims: _bool = ...) -> MinMax: ...
    @overload
    def any(self, dim: _Dims | None = ..., keepdim: _bool = ...) -> Tensor:
        """Whether any element is non-zero."""
        ...
    @overload
    def any(self, axis: _Dims | None = ..., keepdims: _bool = ...) -> Tensor: ...
    def arccos(self) -> Tensor:
        """Inverse cosine; NaN outside [-1, 1]."""
        ...
    def arccos_(self) -> Self:
        """Inverse cosine; NaN outside [-1, 1]."""
        ...
    def arccosh(self) -> Tensor:
        """Inverse hyperbolic cosine; NaN below 1."""
        ...
    def arccosh_(self) -> Self:
        """Inverse hyperbolic cosine; NaN below 1."""
        ...
    def arcsin(self) -> Tensor:
        """Inverse sine; NaN outside [-1, 1]."""
        ...
    def arcsin_(self) -> Self:
        """Inverse sine; NaN outside [-1, 1]."""
        ...
    def arcsinh(self) -> Tensor:
        """Inverse hyperbolic sine."""
        ...
    def arcsinh_(self) -> Self:
        """Inverse hyperbolic sine."""
        ...
    def arctan(self) -> Tensor:
        """Inverse tangent."""
        ...
    def arctan2(self, other: _TensorLike) -> Tensor:
        """Angle of the point (b, a), in [-pi, pi]."""
        ...
    def arctan2_(self, other: _TensorLike) -> Self:
        """Angle of the point (b, a), in [-pi, pi]."""
        ...
    def arctan_(self) -> Self:
        """Inverse tangent."""
        ...
    def arctanh(self) -> Tensor:
        """Inverse hyperbolic tangent; NaN outside [-1, 1]."""
        ...
    def arctanh_(self) -> Self:
        """Inverse hyperbolic tangent; NaN outside [-1, 1]."""
        ...
    @overload
    def argmax(self, dim: _int | None = ..., keepdim: _bool = ...) -> Tensor:
        """Index of the largest element, the first of equals; NaN wins."""
        ...
    @overload
    def argmax(self, axis: _int | None = ..., keepdims: _bool = ...) -> Tensor: ...
    @overload
    def argmin(self, dim: _int | None = ..., keepdim: _bool = ...) -> Tensor:
        """Index of the smallest element, the first of equals; NaN wins."""
        ...
    @overload
    def argmin(self, axis: _int | None = ..., keepdims: _bool = ...) -> Tensor: ...
    @overload
    def argsort(self, dim: _int = ..., descending: _bool = ..., stable: _bool = ...) -> Tensor:
        """Indices that sort along a dim."""
        ...
    @overload
    def argsort(self, axis: _int = ..., descending: _bool = ..., stable: _bool = ...) -> Tensor: ...
    def argwhere(self) -> Tensor:
        """NumPy's name of nonzero: int64 (n, dims)."""
        ...
    def as_strided(self, size: _Dims, stride: _Dims, storage_offset: _int | None = ...) -> Tensor:
        """A view of the input's storage with any sizes and strides."""
        ...
    def as_strided_scatter(
        self,
        src: _TensorLike,
        size: _Dims,
        stride: _Dims,
        storage_offset: _int | None = ...,
    ) -> Tensor:
        """A copy in which the elements that as_strided would show are those of `src`."""
        ...
    def asin(self) -> Tensor:
        """Inverse sine; NaN outside [-1, 1]."""
        ...
    def asin_(self) -> Self:
        """Inverse sine; NaN outside [-1, 1]."""
        ...
    def asinh(self) -> Tensor:
        """Inverse hyperbolic sine."""
        ...
    def asinh_(self) -> Self:
        """Inverse hyperbolic sine."""
        ...
    def atan(self) -> Tensor:
        """Inverse tangent."""
        ...
    def atan2(self, other: _TensorLike) -> Tensor:
        """Angle of the point (b, a), in [-pi, pi]."""
        ...
    def atan2_(self, other: _TensorLike) -> Self:
        """Angle of the point (b, a), in [-pi, pi]."""
        ...
    def atan_(self) -> Self:
        """Inverse tangent."""
        ...
    def atanh(self) -> Tensor:
        """Inverse hyperbolic tangent; NaN outside [-1, 1]."""
        ...
    def atanh_(self) -> Self:
        """Inverse hyperbolic tangent; NaN outside [-1, 1]."""
        ...
    def baddbmm(
        self,
        batch1: _TensorLike,
        batch2: _TensorLike,
        *,
        beta: _float = ...,
        alpha: _float = ...,
    ) -> Tensor:
        """beta * input + alpha * (batch1 @ batch2)."""
        ...
    def baddbmm_(
        self,
        batch1: _TensorLike,
        batch2: _TensorLike,
        *,
        beta: _float = ...,
        alpha: _float = ...,
    ) -> Self:
        """beta * input + alpha * (batch1 @ batch2)."""
        ...
    def bernoulli(self, p: _float | None = ..., *, generator: Generator | None = ...) -> Tensor:
        """Ones with the probabilities in input, or all with probability p, else zeros."""
        ...
    def bernoulli_(self, p: _TensorLike = ..., *, generator: Generator | None = ...) -> Self:
        """Fills with ones of probability p (a number or a tensor), else zeros."""
        ...
    def bfloat16(self) -> Tensor:
        """The values as bfloat16, rounded to the nearest."""
        ...
    def bincount(self, weights: _TensorLike | None = ..., minlength: _int = ...) -> Tensor:
        """How often each of the numbers 0, 1, 2 ... occurs."""
        ...
    def bitwise_and(self, other: _TensorLike) -> Tensor:
        """Bits set in both operands."""
        ...
    def bitwise_and_(self, other: _TensorLike) -> Self:
        """Bits set in both operands."""
        ...
    def bitwise_left_shift(self, other: _TensorLike) -> Tensor:
        """The bits of a moved up by b places, zeros entering."""
        ...
    def bitwise_left_shift_(self, other: _TensorLike) -> Self:
        """The bits of a moved up by b places, zeros entering."""
        ...
    def bitwise_not(self) -> Tensor:
        """All bits inverted; of a bool, its negation."""
        ...
    def bitwise_not_(self) -> Self:
        """All bits inverted; of a bool, its negation."""
        ...
    def bitwise_or(self, other: _TensorLike) -> Tensor:
        """Bits set in an operand."""
        ...
    def bitwise_or_(self, other: _TensorLike) -> Self:
        """Bits set in an operand."""
        ...
    def bitwise_right_shift(self, other: _TensorLike) -> Tensor:
        """The bits of a moved down by b places, the sign entering."""
        ...
    def bitwise_right_shift_(self, other: _TensorLike) -> Self:
        """The bits of a moved down by b places, the sign entering."""
        ...
    def bitwise_xor(self, other: _TensorLike) -> Tensor:
        """Bits set in just one operand."""
        ...
    def bitwise_xor_(self, other: _TensorLike) -> Self:
        """Bits set in just one operand."""
        ...
    def bmm(self, mat2: _TensorLike) -> Tensor:
        """Products of two stacks of matrices."""
        ...
    def bool(self) -> Tensor:
        """Whether each value differs from zero."""
        ...
    @overload
    def broadcast_to(self, size: _Dims) -> Tensor:
        """A view broadcast to a shape, as arithmetic would."""
        ...
    @overload
    def broadcast_to(self, *size: _int) -> Tensor: ...
    def byte(self) -> Tensor:
        """The values as uint8."""
        ...
    def cauchy_(
        self,
        median: _float = ...,
        sigma: _float = ...,
        *,
        generator: Generator | None = ...,
    ) -> Self:
        """Fills with Cauchy distributed numbers."""
        ...
    def cbrt(self) -> Tensor:
        """Cube root, of negative numbers too."""
        ...
    def cbrt_(self) -> Self:
        """Cube root, of negative numbers too."""
        ...
    def ceil(self) -> Tensor:
        """Smallest whole number not below x."""
        ...
    def ceil_(self) -> Self:
        """Smallest whole number not below x."""
        ...
    def char(self) -> Tensor:
        """The values as int8, rounded towards zero."""
        ...
    def cholesky(self, upper: _bool = ...) -> Tensor:
        """Cholesky factor L of a matrix L L^T, or U of U^T U."""
        ...
    def cholesky_inverse(self, upper: _bool = ...) -> Tensor:
        """A^-1, of the Cholesky factor of A."""
        ...
    def cholesky_solve(self, L: _TensorLike, upper: _bool = ...) -> Tensor:
        """A^-1 B, of the Cholesky factor of A."""
        ...
    @overload
    def chunk(self, chunks: _int, dim: _int = ...) -> tuple[Tensor, ...]:
        """At most `chunks` consecutive parts of equal length (the last may be shorter), as views."""
        ...
    @overload
    def chunk(self, chunks: _int, axis: _int = ...) -> tuple[Tensor, ...]: ...
    def clamp(self, min: _TensorLike | None = ..., max: _TensorLike | None = ...) -> Tensor:
        """The input limited to [min, max]; max where min > max."""
        ...
    def clamp_(self, min: _TensorLike | None = ..., max: _TensorLike | None = ...) -> Self:
        """The input limited to [min, max]; max where min > max."""
        ...
    def clamp_max(self, max: _TensorLike) -> Tensor:
        """The input, at most max."""
        ...
    def clamp_max_(self, max: _TensorLike) -> Self:
        """The input, at most max."""
        ...
    def clamp_min(self, min: _TensorLike) -> Tensor:
        """The input, at least min."""
        ...
    def clamp_min_(self, min: _TensorLike) -> Self:
        """The input, at least min."""
        ...
    def clip(self, min: _TensorLike | None = ..., max: _TensorLike | None = ...) -> Tensor:
        """The input limited to [min, max]; max where min > max."""
        ...
    def clip_(self, min: _TensorLike | None = ..., max: _TensorLike | None = ...) -> Self:
        """The input limited to [min, max]; max where min > max."""
        ...
    def clone(self, *, memory_format: _str | None = ...) -> Tensor:
        """A copy, laid out as the input if `memory_format` is not contiguous_format; gradients flow through it."""
        ...
    def contiguous(self, memory_format: _str | None = ...) -> Tensor:
        """The tensor itself when its elements lie in order in memory, else a copy in which they do."""
        ...
    def copy_(self, src: _TensorLike) -> Self:
        """Writes another tensor, broadcast and cast, into this one."""
        ...
    def copysign(self, other: _TensorLike) -> Tensor:
        """The magnitude of a with the sign of b, that of a zero included."""
        ...
    def copysign_(self, other: _TensorLike) -> Self:
        """The magnitude of a with the sign of b, that of a zero included."""
        ...
    def corrcoef(self) -> Tensor:
        """Correlations of variables, which are the rows."""
        ...
    def cos(self) -> Tensor:
        """Cosine."""
        ...
    def cos_(self) -> Self:
        """Cosine."""
        ...
    def cosh(self) -> Tensor:
        """Hyperbolic cosine."""
        ...
    def cosh_(self) -> Self:
        """Hyperbolic cosine."""
        ...
    @overload
    def count_nonzero(self, dim: _Dims | None = ...) -> Tensor:
        """Number of elements that are not zero, as int64."""
        ...
    @overload
    def count_nonzero(self, axis: _Dims | None = ...) -> Tensor: ...
    @overload
    def count_nonzero(self, *dim: _int) -> Tensor: ...
    def cov(
        self,
        *,
        correction: _int = ...,
        fweights: _TensorLike | None = ...,
        aweights: _TensorLike | None = ...,
    ) -> Tensor:
        """Covariances of variables, which are the rows."""
        ...
    def cpu(self) -> Tensor:
        """The tensor itself: pyad computes on the CPU."""
        ...
    @overload
    def cross(self, other: _TensorLike, dim: _int | None = ...) -> Tensor:
        """Cross products of vectors of three elements."""
        ...
    @overload
    def cross(self, other: _TensorLike, axis: _int | None = ...) -> Tensor: ...
    @overload
    def cummax(self, dim: _int) -> ValuesIndices:
        """Running maxima along a dim and their indices, the last of equals; NaN stays."""
        ...
    @overload
    def cummax(self, axis: _int) -> ValuesIndices: ...
    @overload
    def cummin(self, dim: _int) -> ValuesIndices:
        """Running minima along a dim and their indices, the last of equals; NaN stays."""
        ...
    @overload
    def cummin(self, axis: _int) -> ValuesIndices: ...
    @overload
    def cumprod(self, dim: _int, *, dtype: _DTypeLike | None = ...) -> Tensor:
        """Running products along a dim."""
        ...
    @overload
    def cumprod(self, axis: _int, *, dtype: _DTypeLike | None = ...) -> Tensor: ...
    @overload
    def cumprod_(self, dim: _int, *, dtype: _DTypeLike | None = ...) -> Self:
        """Running products along a dim."""
        ...
    @overload
    def cumprod_(self, axis: _int, *, dtype: _DTypeLike | None = ...) -> Self: ...
    @overload
    def cumsum(self, dim: _int, *, dtype: _DTypeLike | None = ...) -> Tensor:
        """Running sums along a dim."""
        ...
    @overload
    def cumsum(self, axis: _int, *, dtype: _DTypeLike | None = ...) -> Tensor: ...
    @overload
    def cumsum_(self, dim: _int, *, dtype: _DTypeLike | None = ...) -> Self:
        """Running sums along a dim."""
        ...
    @overload
    def cumsum_(self, axis: _int, *, dtype: _DTypeLike | None = ...) -> Self: ...
    def data_ptr(self) -> _int:
        """Address of the first element. It changes when a write must not reach a saved value."""
        ...
    def deg2rad(self) -> Tensor:
        """Degrees as radians."""
        ...
    def deg2rad_(self) -> Self:
        """Degrees as radians."""
        ...
    def detach(self) -> Tensor:
        """A tensor on the same memory, without history: no gradient flows through it."""
        ...
    def detach_(self) -> Self:
        """Forgets this tensor's history; returns the tensor itself."""
        ...
    def diag(self, diagonal: _int = ...) -> Tensor:
        """A matrix with a vector on its diagonal, or the diagonal of a matrix (a copy)."""
        ...
    def diag_embed(self, offset: _int = ..., dim1: _int = ..., dim2: _int = ...) -> Tensor:
        """Matrices with the last dim of the input on a diagonal."""
        ...
    def diagonal(self, offset: _int = ..., dim1: _int = ..., dim2: _int = ...) -> Tensor:
        """A view of a diagonal of two dims, as the last dim."""
        ...
    def diagonal_scatter(
        self,
        src: _TensorLike,
        offset: _int = ...,
        dim1: _int = ...,
        dim2: _int = ...,
    ) -> Tensor:
        """A copy with a diagonal replaced by src."""
        ...
    @overload
    def diff(
        self,
        n: _int = ...,
        dim: _int = ...,
        prepend: _TensorLike | None = ...,
        append: _TensorLike | None = ...,
    ) -> Tensor:
        """Differences of neighbours along a dim."""
        ...
    @overload
    def diff(
        self,
        n: _int = ...,
        axis: _int = ...,
        prepend: _TensorLike | None = ...,
        append: _TensorLike | None = ...,
    ) -> Tensor: ...
    def digamma(self) -> Tensor:
        """Logarithmic derivative of the gamma function; NaN at -1, -2, ..."""
        ...
    def digamma_(self) -> Self:
        """Logarithmic derivative of the gamma function; NaN at -1, -2, ..."""
        ...
    def dim(self) -> _int:
        """Number of dims."""
        ...
    def dist(self, other: _TensorLike, p: _float = ...) -> Tensor:
        """The p-norm of the difference of two tensors."""
        ...
    def div(self, other: _TensorLike, *, rounding_mode: _str | None = ...) -> Tensor:
        """Quotient of the operands, rounded if asked."""
        ...
    def div_(self, other: _TensorLike, *, rounding_mode: _str | None = ...) -> Self:
        """Quotient of the operands, rounded if asked."""
        ...
    def divide(self, other: _TensorLike, *, rounding_mode: _str | None = ...) -> Tensor:
        """Quotient of the operands, rounded if asked."""
        ...
    def divide_(self, other: _TensorLike, *, rounding_mode: _str | None = ...) -> Self:
        """Quotient of the operands, rounded if asked."""
        ...
    def dot(self, tensor: _TensorLike) -> Tensor:
        """Dot product of two vectors."""
        ...
    def double(self) -> Tensor:
        """The values as float64."""
        ...
    def dsplit(self, indices_or_sections: _Dims) -> tuple[Tensor, ...]:
        """Parts along dim 2."""
        ...
    def element_size(self) -> _int:
        """Bytes of one element."""
        ...
    def eq(self, other: _TensorLike) -> Tensor:
        """Whether a = b."""
        ...
    def eq_(self, other: _TensorLike) -> Self:
        """Whether a = b."""
        ...
    def equal(self, other: _TensorLike) -> _bool:
        """Whether two tensors have one shape and equal elements."""
        ...
    def erf(self) -> Tensor:
        """Error function."""
        ...
    def erf_(self) -> Self:
        """Error function."""
        ...
    def erfc(self) -> Tensor:
        """1 - erf(x), accurate for large x."""
        ...
    def erfc_(self) -> Self:
        """1 - erf(x), accurate for large x."""
        ...
    def erfinv(self) -> Tensor:
        """Inverse of the error function; NaN outside [-1, 1]."""
        ...
    def erfinv_(self) -> Self:
        """Inverse of the error function; NaN outside [-1, 1]."""
        ...
    def exp(self) -> Tensor:
        """e to the power x."""
        ...
    def exp2(self) -> Tensor:
        """2 to the power x."""
        ...
    def exp2_(self) -> Self:
        """2 to the power x."""
        ...
    def exp_(self) -> Self:
        """e to the power x."""
        ...
    @overload
    def expand(self, size: _Dims) -> Tensor:
        """A view in which dims of size 1 are repeated without copying."""
        ...
    @overload
    def expand(self, *size: _int) -> Tensor: ...
    def expand_as(self, other: _TensorLike) -> Tensor:
        """A view expanded to the shape of `other`."""
        ...
    def expm1(self) -> Tensor:
        """exp(x) - 1, accurate near 0."""
        ...
    def expm1_(self) -> Self:
        """exp(x) - 1, accurate near 0."""
        ...
    def exponential_(self, lambd: _float = ..., *, generator: Generator | None = ...) -> Self:
        """Fills with exponentially distributed numbers of the given rate."""
        ...
    def fill_(self, value: _TensorLike) -> Self:
        """Writes one number into every element."""
        ...
    def fix(self) -> Tensor:
        """Whole part of x."""
        ...
    def fix_(self) -> Self:
        """Whole part of x."""
        ...
    def flatten(self, start_dim: _int = ..., end_dim: _int = ...) -> Tensor:
        """The dims from start_dim to end_dim as one."""
        ...
    @overload
    def flip(self, dims: _Dims) -> Tensor:
        """A copy with the order of dims reversed."""
        ...
    @overload
    def flip(self, axis: _Dims) -> Tensor: ...
    @overload
    def flip(self, *dims: _int) -> Tensor: ...
    def fliplr(self) -> Tensor:
        """A copy with dim 1 reversed."""
        ...
    def flipud(self) -> Tensor:
        """A copy with dim 0 reversed."""
        ...
    def float(self) -> Tensor:
        """The values as float32."""
        ...
    def float_power(self, exponent: _TensorLike) -> Tensor:
        """The power, computed and returned as float64."""
        ...
    def floor(self) -> Tensor:
        """Largest whole number not above x."""
        ...
    def floor_(self) -> Self:
        """Largest whole number not above x."""
        ...
    def floor_divide(self, other: _TensorLike) -> Tensor:
        """Quotient rounded down; for integers, 0 where the divisor is 0."""
        ...
    def floor_divide_(self, other: _TensorLike) -> Self:
        """Quotient rounded down; for integers, 0 where the divisor is 0."""
        ...
    def fmax(self, other: _TensorLike) -> Tensor:
        """The larger operand; if one is NaN, the other."""
        ...
    def fmax_(self, other: _TensorLike) -> Self:
        """The larger operand; if one is NaN, the other."""
        ...
    def fmin(self, other: _TensorLike) -> Tensor:
        """The smaller operand; if one is NaN, the other."""
        ...
    def fmin_(self, other: _TensorLike) -> Self:
        """The smaller operand; if one is NaN, the other."""
        ...
    def fmod(self, other: _TensorLike) -> Tensor:
        """Remainder with the sign of the dividend."""
        ...
    def fmod_(self, other: _TensorLike) -> Self:
        """Remainder with the sign of the dividend."""
        ...
    def frac(self) -> Tensor:
        """x - trunc(x)."""
        ...
    def frac_(self) -> Self:
        """x - trunc(x)."""
        ...
    @overload
    def gather(self, dim: _int, index: _TensorLike) -> Tensor:
        """Elements along dim at the indices given for each place."""
        ...
    @overload
    def gather(self, axis: _int, index: _TensorLike) -> Tensor: ...
    def ge(self, other: _TensorLike) -> Tensor:
        """Whether a >= b."""
        ...
    def ge_(self, other: _TensorLike) -> Self:
        """Whether a >= b."""
        ...
    def geometric_(self, p: _float, *, generator: Generator | None = ...) -> Self:
        """Fills with the numbers of trials until the first success of probability p."""
        ...
    def ger(self, vec2: _TensorLike) -> Tensor:
        """Alias of outer."""
        ...
    def get_device(self) -> _int:
        """-1, as for every tensor on the CPU."""
        ...
    def greater(self, other: _TensorLike) -> Tensor:
        """Whether a > b."""
        ...
    def greater_(self, other: _TensorLike) -> Self:
        """Whether a > b."""
        ...
    def greater_equal(self, other: _TensorLike) -> Tensor:
        """Whether a >= b."""
        ...
    def greater_equal_(self, other: _TensorLike) -> Self:
        """Whether a >= b."""
        ...
    def gt(self, other: _TensorLike) -> Tensor:
        """Whether a > b."""
        ...
    def gt_(self, other: _TensorLike) -> Self:
        """Whether a > b."""
        ...
    def half(self) -> Tensor:
        """The values as float16, rounded to the nearest."""
        ...
    def hardshrink(self, lambd: _float = ...) -> Tensor:
        """x where |x| > lambd, else 0."""
        ...
    def hardshrink_(self, lambd: _float = ...) -> Self:
        """x where |x| > lambd, else 0."""
        ...
    def heaviside(self, other: _TensorLike) -> Tensor:
        """0 below 0, b at 0, 1 above; 0 for NaN, as in PyTorch."""
        ...
    def heaviside_(self, other: _TensorLike) -> Self:
        """0 below 0, b at 0, 1 above; 0 for NaN, as in PyTorch."""
        ...
    def histc(self, bins: _int = ..., min: _float = ..., max: _float = ...) -> Tensor:
        """How many elements lie in each of `bins` equal parts of [min, max]."""
        ...
    def hsplit(self, indices_or_sections: _Dims) -> tuple[Tensor, ...]:
        """Parts along dim 1, of a vector along dim 0."""
        ...
    def hypot(self, other: _TensorLike) -> Tensor:
        """sqrt(a^2 + b^2), without overflow on the way."""
        ...
    def hypot_(self, other: _TensorLike) -> Self:
        """sqrt(a^2 + b^2), without overflow on the way."""
        ...
    def i0(self) -> Tensor:
        """Modified Bessel function of order 0."""
        ...
    def i0_(self) -> Self:
        """Modified Bessel function of order 0."""
        ...
    def igamma(self, other: _TensorLike) -> Tensor:
        """Lower incomplete gamma function of order a over gamma(a)."""
        ...
    def igamma_(self, other: _TensorLike) -> Self:
        """Lower incomplete gamma function of order a over gamma(a)."""
        ...
    def igammac(self, other: _TensorLike) -> Tensor:
        """Upper incomplete gamma function of order a over gamma(a)."""
        ...
    def igammac_(self, other: _TensorLike) -> Self:
        """Upper incomplete gamma function of order a over gamma(a)."""
        ...
    @overload
    def index_add(
        self,
        dim: _int,
        index: _TensorLike,
        source: _TensorLike,
        *,
        alpha: _float = ...,
    ) -> Tensor:
        """A copy with alpha times the rows of source added at the given indices of a dim."""
        ...
    @overload
    def index_add(
        self,
        axis: _int,
        index: _TensorLike,
        source: _TensorLike,
        *,
        alpha: _float = ...,
    ) -> Tensor: ...
    @overload
    def index_add_(
        self,
        dim: _int,
        index: _TensorLike,
        source: _TensorLike,
        *,
        alpha: _float = ...,
    ) -> Self:
        """A copy with alpha times the rows of source added at the given indices of a dim."""
        ...
    @overload
    def index_add_(
        self,
        axis: _int,
        index: _TensorLike,
        source: _TensorLike,
        *,
        alpha: _float = ...,
    ) -> Self: ...
    @overload
    def index_copy(self, dim: _int, index: _TensorLike, source: _TensorLike) -> Tensor:
        """A copy with the rows of source written at the given indices of a dim."""
        ...
    @overload
    def index_copy(self, axis: _int, index: _TensorLike, source: _TensorLike) -> Tensor: ...
    @overload
    def index_copy_(self, dim: _int, index: _TensorLike, source: _TensorLike) -> Self:
        """A copy with the rows of source written at the given indices of a dim."""
        ...
    @overload
    def index_copy_(self, axis: _int, index: _TensorLike, source: _TensorLike) -> Self: ...
    @overload
    def index_fill(self, dim: _int, index: _TensorLike, value: _TensorLike) -> Tensor:
        """A copy with a number, or a 0-d tensor, written at the given indices of a dim."""
        ...
    @overload
    def index_fill(self, axis: _int, index: _TensorLike, value: _TensorLike) -> Tensor: ...
    @overload
    def index_fill_(self, dim: _int, index: _TensorLike, value: _TensorLike) -> Self:
        """A copy with a number, or a 0-d tensor, written at the given indices of a dim."""
        ...
    @overload
    def index_fill_(self, axis: _int, index: _TensorLike, value: _TensorLike) -> Self: ...
    def index_put(
        self,
        indices: Sequence[Tensor],
        values: _TensorLike,
        accumulate: _bool = ...,
    ) -> Tensor:
        """A copy with values written (or added) where x[indices] would read."""
        ...
    def index_put_(
        self,
        indices: Sequence[Tensor],
        values: _TensorLike,
        accumulate: _bool = ...,
    ) -> Self:
        """A copy with values written (or added) where x[indices] would read."""
        ...
    @overload
    def index_select(self, dim: _int, index: _TensorLike) -> Tensor:
        """The given indices of a dim, in their order."""
        ...
    @overload
    def index_select(self, axis: _int, index: _TensorLike) -> Tensor: ...
    def inner(self, other: _TensorLike) -> Tensor:
        """Dot products over the last dims."""
        ...
    def int(self) -> Tensor:
        """The values as int32, rounded towards zero."""
        ...
    def is_complex(self) -> _bool:
        """False."""
        ...
    def is_contiguous(self) -> _bool:
        """Whether the elements lie in row-major order without gaps."""
        ...
    def is_floating_point(self) -> _bool:
        """Whether the dtype is a floating one."""
        ...
    def is_pinned(self) -> _bool:
        """False."""
        ...
    def is_shared(self) -> _bool:
        """False."""
        ...
    def isclose(
        self,
        other: _TensorLike,
        rtol: _float = ...,
        atol: _float = ...,
        equal_nan: _bool = ...,
    ) -> Tensor:
        """Whether elements are equal but for rounding: |a - b| <= atol + rtol |b|."""
        ...
    def isfinite(self) -> Tensor:
        """Whether x is neither infinite nor NaN."""
        ...
    def isfinite_(self) -> Self:
        """Whether x is neither infinite nor NaN."""
        ...
    def isinf(self) -> Tensor:
        """Whether x is infinite."""
        ...
    def isinf_(self) -> Self:
        """Whether x is infinite."""
        ...
    def isnan(self) -> Tensor:
        """Whether x is NaN."""
        ...
    def isnan_(self) -> Self:
        """Whether x is NaN."""
        ...
    def isneginf(self) -> Tensor:
        """Whether x is negative infinity."""
        ...
    def isneginf_(self) -> Self:
        """Whether x is negative infinity."""
        ...
    def isposinf(self) -> Tensor:
        """Whether x is positive infinity."""
        ...
    def isposinf_(self) -> Self:
        """Whether x is positive infinity."""
        ...
    def kron(self, other: _TensorLike) -> Tensor:
        """Kronecker product: every element of input times the whole of other."""
        ...
    @overload
    def kthvalue(self, k: _int, dim: _int = ..., keepdim: _bool = ...) -> ValuesIndices:
        """The k-th smallest element along a dim."""
        ...
    @overload
    def kthvalue(self, k: _int, axis: _int = ..., keepdims: _bool = ...) -> ValuesIndices: ...
    def le(self, other: _TensorLike) -> Tensor:
        """Whether a <= b."""
        ...
    def le_(self, other: _TensorLike) -> Self:
        """Whether a <= b."""
        ...
    def lerp(self, end: _TensorLike, weight: _TensorLike) -> Tensor:
        """Linear interpolation a + weight (b - a), exact at both ends."""
        ...
    def lerp_(self, end: _TensorLike, weight: _TensorLike) -> Self:
        """Linear interpolation a + weight (b - a), exact at both ends."""
        ...
    def less(self, other: _TensorLike) -> Tensor:
        """Whether a < b."""
        ...
    def less_(self, other: _TensorLike) -> Self:
        """Whether a < b."""
        ...
    def less_equal(self, other: _TensorLike) -> Tensor:
        """Whether a <= b."""
        ...
    def less_equal_(self, other: _TensorLike) -> Self:
        """Whether a <= b."""
        ...
    def lgamma(self) -> Tensor:
        """Logarithm of the absolute value of the gamma function."""
        ...
    def lgamma_(self) -> Self:
        """Logarithm of the absolute value of the gamma function."""
        ...
    def log(self) -> Tensor:
        """Natural logarithm; NaN below 0."""
        ...
    def log10(self) -> Tensor:
        """Logarithm to base 10."""
        ...
    def log10_(self) -> Self:
        """Logarithm to base 10."""
        ...
    def log1p(self) -> Tensor:
        """log(1 + x), accurate near 0."""
        ...
    def log1p_(self) -> Self:
        """log(1 + x), accurate near 0."""
        ...
    def log2(self) -> Tensor:
        """Logarithm to base 2."""
        ...
    def log2_(self) -> Self:
        """Logarithm to base 2."""
        ...
    def log_(self) -> Self:
        """Natural logarithm; NaN below 0."""
        ...
    def log_normal_(
        self,
        mean: _float = ...,
        std: _float = ...,
        *,
        generator: Generator | None = ...,
    ) -> Self:
        """Fills with exponentials of normal numbers of the given mean and deviation."""
        ...
    @overload
    def log_softmax(self, dim: _int | None = ..., dtype: _DTypeLike | None = ...) -> Tensor:
        """log(softmax(x)) along a dim, accurate where softmax underflows."""
        ...
    @overload
    def log_softmax(self, axis: _int | None = ..., dtype: _DTypeLike | None = ...) -> Tensor: ...
    def logaddexp(self, other: _TensorLike) -> Tensor:
        """log(exp(a) + exp(b)), without overflow."""
        ...
    def logaddexp2(self, other: _TensorLike) -> Tensor:
        """Logarithm to base 2 of 2^a + 2^b, without overflow."""
        ...
    def logaddexp2_(self, other: _TensorLike) -> Self:
        """Logarithm to base 2 of 2^a + 2^b, without overflow."""
        ...
    def logaddexp_(self, other: _TensorLike) -> Self:
        """log(exp(a) + exp(b)), without overflow."""
        ...
    @overload
    def logcumsumexp(self, dim: _int) -> Tensor:
        """log(cumsum(exp(input))) along a dim, without overflow."""
        ...
    @overload
    def logcumsumexp(self, axis: _int) -> Tensor: ...
    def logical_and(self, other: _TensorLike) -> Tensor:
        """Whether both operands are not zero."""
        ...
    def logical_and_(self, other: _TensorLike) -> Self:
        """Whether both operands are not zero."""
        ...
    def logical_not(self) -> Tensor:
        """Whether x is zero."""
        ...
    def logical_not_(self) -> Self:
        """Whether x is zero."""
        ...
    def logical_or(self, other: _TensorLike) -> Tensor:
        """Whether an operand is not zero."""
        ...
    def logical_or_(self, other: _TensorLike) -> Self:
        """Whether an operand is not zero."""
        ...
    def logical_xor(self, other: _TensorLike) -> Tensor:
        """Whether just one operand is not zero."""
        ...
    def logical_xor_(self, other: _TensorLike) -> Self:
        """Whether just one operand is not zero."""
        ...
    def logit(self, eps: _float | None = ...) -> Tensor:
        """log(x / (1 - x)); with eps, x is first limited to [eps, 1 - eps]."""
        ...
    def logit_(self, eps: _float | None = ...) -> Self:
        """log(x / (1 - x)); with eps, x is first limited to [eps, 1 - eps]."""
        ...
    @overload
    def logsumexp(self, dim: _Dims, keepdim: _bool = ...) -> Tensor:
        """log(sum(exp(input))), without overflow."""
        ...
    @overload
    def logsumexp(self, axis: _Dims, keepdims: _bool = ...) -> Tensor: ...
    def long(self) -> Tensor:
        """The values as int64, rounded towards zero."""
        ...
    def lt(self, other: _TensorLike) -> Tensor:
        """Whether a < b."""
        ...
    def lt_(self, other: _TensorLike) -> Self:
        """Whether a < b."""
        ...
    def masked_fill(self, mask: _TensorLike, value: _TensorLike) -> Tensor:
        """A copy with a number, or a 0-d tensor, where mask is true."""
        ...
    def masked_fill_(self, mask: _TensorLike, value: _TensorLike) -> Self:
        """A copy with a number, or a 0-d tensor, where mask is true."""
        ...
    def masked_scatter(self, mask: _TensorLike, source: _TensorLike) -> Tensor:
        """A copy with the elements of source, in order, where mask is true."""
        ...
    def masked_scatter_(self, mask: _TensorLike, source: _TensorLike) -> Self:
        """A copy with the elements of source, in order, where mask is true."""
        ...
    def masked_select(self, mask: _TensorLike) -> Tensor:
        """The elements where mask is true, as a vector."""
        ...
    def matmul(self, other: _TensorLike) -> Tensor:
        """Matrix product; vectors, matrices and stacks of matrices, whose leading dims broadcast."""
        ...
    @overload
    def max(self, keepdim: _bool = ..., *, other: _TensorLike | None = ...) -> Tensor:
        """Largest element; along a dim (values, indices); of two tensors their maximum."""
        ...
    @overload
    def max(self, keepdims: _bool = ..., *, other: _TensorLike | None = ...) -> Tensor: ...
    @overload
    def max(
        self,
        dim: _int,
        keepdim: _bool = ...,
        *,
        other: _TensorLike | None = ...,
    ) -> ValuesIndices: ...
    @overload
    def max(
        self,
        axis: _int,
        keepdims: _bool = ...,
        *,
        other: _TensorLike | None = ...,
    ) -> ValuesIndices: ...
    @overload
    def max(self, other: Tensor) -> Tensor: ...
    def maximum(self, other: _TensorLike) -> Tensor:
        """The larger operand; NaN if either is."""
        ...
    def maximum_(self, other: _TensorLike) -> Self:
        """The larger operand; NaN if either is."""
        ...
    @overload
    def mean(
        self,
        dim: _Dims | None = ...,
        keepdim: _bool = ...,
        *,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor:
        """Mean of elements."""
        ...
    @overload
    def mean(
        self,
        axis: _Dims | None = ...,
        keepdims: _bool = ...,
        *,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor: ...
    @overload
    def median(self, keepdim: _bool = ...) -> Tensor:
        """The median, the lower of two; NaN if any element is."""
        ...
    @overload
    def median(self, keepdims: _bool = ...) -> Tensor: ...
    @overload
    def median(self, dim: _int, keepdim: _bool = ...) -> ValuesIndices: ...
    @overload
    def median(self, axis: _int, keepdims: _bool = ...) -> ValuesIndices: ...
    @overload
    def min(self, keepdim: _bool = ..., *, other: _TensorLike | None = ...) -> Tensor:
        """Smallest element; along a dim (values, indices); of two tensors their minimum."""
        ...
    @overload
    def min(self, keepdims: _bool = ..., *, other: _TensorLike | None = ...) -> Tensor: ...
    @overload
    def min(
        self,
        dim: _int,
        keepdim: _bool = ...,
        *,
        other: _TensorLike | None = ...,
    ) -> ValuesIndices: ...
    @overload
    def min(
        self,
        axis: _int,
        keepdims: _bool = ...,
        *,
        other: _TensorLike | None = ...,
    ) -> ValuesIndices: ...
    @overload
    def min(self, other: Tensor) -> Tensor: ...
    def minimum(self, other: _TensorLike) -> Tensor:
        """The smaller operand; NaN if either is."""
        ...
    def minimum_(self, other: _TensorLike) -> Self:
        """The smaller operand; NaN if either is."""
        ...
    def mm(self, mat2: _TensorLike) -> Tensor:
        """Product of two matrices."""
        ...
    @overload
    def mode(self, dim: _int = ..., keepdim: _bool = ...) -> ValuesIndices:
        """The most frequent value along a dim, the smallest of several."""
        ...
    @overload
    def mode(self, axis: _int = ..., keepdims: _bool = ...) -> ValuesIndices: ...
    def moveaxis(self, source: _Dims, destination: _Dims) -> Tensor:
        """NumPy's name of movedim."""
        ...
    def movedim(self, source: _Dims, destination: _Dims) -> Tensor:
        """A view with dims moved to new places, the others in their order."""
        ...
    def msort(self) -> Tensor:
        """Elements in ascending order along the first dim."""
        ...
    def mul(self, other: _TensorLike) -> Tensor:
        """Product of the operands."""
        ...
    def mul_(self, other: _TensorLike) -> Self:
        """Product of the operands."""
        ...
    def multinomial(
        self,
        num_samples: _int,
        replacement: _bool = ...,
        *,
        generator: Generator | None = ...,
    ) -> Tensor:
        """Indices drawn from each row of weights, with or without replacement."""
        ...
    def multiply(self, other: _TensorLike) -> Tensor:
        """Product of the operands."""
        ...
    def multiply_(self, other: _TensorLike) -> Self:
        """Product of the operands."""
        ...
    def mv(self, vec: _TensorLike) -> Tensor:
        """Matrix times vector."""
        ...
    def mvlgamma(self, p: _int) -> Tensor:
        """Logarithm of the multivariate gamma function of dimension p."""
        ...
    def mvlgamma_(self, p: _int) -> Self:
        """Logarithm of the multivariate gamma function of dimension p."""
        ...
    def nan_to_num(
        self,
        nan: _float | None = ...,
        posinf: _float | None = ...,
        neginf: _float | None = ...,
    ) -> Tensor:
        """x with NaN and the infinities replaced; by default by 0 and the largest finite numbers."""
        ...
    def nan_to_num_(
        self,
        nan: _float | None = ...,
        posinf: _float | None = ...,
        neginf: _float | None = ...,
    ) -> Self:
        """x with NaN and the infinities replaced; by default by 0 and the largest finite numbers."""
        ...
    @overload
    def nanmean(
        self,
        dim: _Dims | None = ...,
        keepdim: _bool = ...,
        *,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor:
        """Mean of elements that are not NaN."""
        ...
    @overload
    def nanmean(
        self,
        axis: _Dims | None = ...,
        keepdims: _bool = ...,
        *,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor: ...
    @overload
    def nanmedian(self, keepdim: _bool = ...) -> Tensor:
        """The median of the elements that are not NaN, the lower of two."""
        ...
    @overload
    def nanmedian(self, keepdims: _bool = ...) -> Tensor: ...
    @overload
    def nanmedian(self, dim: _int, keepdim: _bool = ...) -> ValuesIndices: ...
    @overload
    def nanmedian(self, axis: _int, keepdims: _bool = ...) -> ValuesIndices: ...
    @overload
    def nanquantile(
        self,
        q: _TensorLike,
        dim: _int | None = ...,
        keepdim: _bool = ...,
        *,
        interpolation: _str = ...,
    ) -> Tensor:
        """Quantiles of the elements that are not NaN."""
        ...
    @overload
    def nanquantile(
        self,
        q: _TensorLike,
        axis: _int | None = ...,
        keepdims: _bool = ...,
        *,
        interpolation: _str = ...,
    ) -> Tensor: ...
    @overload
    def nansum(
        self,
        dim: _Dims | None = ...,
        keepdim: _bool = ...,
        *,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor:
        """Sum of elements that are not NaN."""
        ...
    @overload
    def nansum(
        self,
        axis: _Dims | None = ...,
        keepdims: _bool = ...,
        *,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor: ...
    @overload
    def narrow(self, dim: _int, start: _int, length: _int) -> Tensor:
        """A view of `length` elements along dim, from `start` on."""
        ...
    @overload
    def narrow(self, axis: _int, start: _int, length: _int) -> Tensor: ...
    def ndimension(self) -> _int:
        """Number of dims."""
        ...
    def ne(self, other: _TensorLike) -> Tensor:
        """Whether a differs from b."""
        ...
    def ne_(self, other: _TensorLike) -> Self:
        """Whether a differs from b."""
        ...
    def neg(self) -> Tensor:
        """The negative."""
        ...
    def neg_(self) -> Self:
        """The negative."""
        ...
    def negative(self) -> Tensor:
        """The negative."""
        ...
    def negative_(self) -> Self:
        """The negative."""
        ...
    def nelement(self) -> _int:
        """Number of elements."""
        ...
    @overload
    def new_empty(
        self,
        size: _Dims,
        *,
        dtype: _DTypeLike | None = ...,
        requires_grad: _bool = ...,
        device: _str | None = ...,
        layout: _str | None = ...,
    ) -> Tensor:
        """Arbitrary contents of the dtype of input."""
        ...
    @overload
    def new_empty(
        self,
        *size: _int,
        dtype: _DTypeLike | None = ...,
        requires_grad: _bool = ...,
        device: _str | None = ...,
        layout: _str | None = ...,
    ) -> Tensor: ...
    def new_full(
        self,
        size: _Dims,
        fill_value: _float,
        *,
        dtype: _DTypeLike | None = ...,
        requires_grad: _bool = ...,
        device: _str | None = ...,
        layout: _str | None = ...,
    ) -> Tensor:
        """One number in the dtype of input."""
        ...
    @overload
    def new_ones(
        self,
        size: _Dims,
        *,
        dtype: _DTypeLike | None = ...,
        requires_grad: _bool = ...,
        device: _str | None = ...,
        layout: _str | None = ...,
    ) -> Tensor:
        """Ones of the dtype of input."""
        ...
    @overload
    def new_ones(
        self,
        *size: _int,
        dtype: _DTypeLike | None = ...,
        requires_grad: _bool = ...,
        device: _str | None = ...,
        layout: _str | None = ...,
    ) -> Tensor: ...
    @overload
    def new_zeros(
        self,
        size: _Dims,
        *,
        dtype: _DTypeLike | None = ...,
        requires_grad: _bool = ...,
        device: _str | None = ...,
        layout: _str | None = ...,
    ) -> Tensor:
        """Zeros of the dtype of input."""
        ...
    @overload
    def new_zeros(
        self,
        *size: _int,
        dtype: _DTypeLike | None = ...,
        requires_grad: _bool = ...,
        device: _str | None = ...,
        layout: _str | None = ...,
    ) -> Tensor: ...
    @overload
    def nonzero(self) -> Tensor:
        """The indices of the elements that are not zero."""
        ...
    @overload
    def nonzero(self, *, as_tuple: _bool) -> tuple[Tensor, ...]: ...
    @overload
    def norm(
        self,
        p: _float | _str | None = ...,
        dim: _Dims | None = ...,
        keepdim: _bool = ...,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor:
        """Norm of the elements taken as a vector: (sum |x|^p)^(1/p)."""
        ...
    @overload
    def norm(
        self,
        p: _float | _str | None = ...,
        axis: _Dims | None = ...,
        keepdims: _bool = ...,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor: ...
    def normal_(
        self,
        mean: _float = ...,
        std: _float = ...,
        *,
        generator: Generator | None = ...,
    ) -> Self:
        """Fills with normal numbers of the given mean and deviation."""
        ...
    def not_equal(self, other: _TensorLike) -> Tensor:
        """Whether a differs from b."""
        ...
    def not_equal_(self, other: _TensorLike) -> Self:
        """Whether a differs from b."""
        ...
    def numel(self) -> _int:
        """Number of elements."""
        ...
    def outer(self, vec2: _TensorLike) -> Tensor:
        """All products of an element of one vector and one of the other."""
        ...
    @overload
    def permute(self, dims: _Dims) -> Tensor:
        """A view with the dims in another order."""
        ...
    @overload
    def permute(self, axis: _Dims) -> Tensor: ...
    @overload
    def permute(self, *dims: _int) -> Tensor: ...
    def pin_memory(self) -> Tensor:
        """The tensor itself: there is no device to copy to."""
        ...
    def polygamma(self, n: _TensorLike) -> Tensor:
        """Derivative of order n of digamma."""
        ...
    def polygamma_(self, n: _TensorLike) -> Self:
        """Derivative of order n of digamma."""
        ...
    def positive(self) -> Tensor:
        """The input itself."""
        ...
    def pow(self, exponent: _TensorLike) -> Tensor:
        """a to the power b; for integers a negative power is 0 unless |a| is 1."""
        ...
    def pow_(self, exponent: _TensorLike) -> Self:
        """a to the power b; for integers a negative power is 0 unless |a| is 1."""
        ...
    @overload
    def prod(
        self,
        dim: _int | None = ...,
        keepdim: _bool = ...,
        *,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor:
        """Product of elements."""
        ...
    @overload
    def prod(
        self,
        axis: _int | None = ...,
        keepdims: _bool = ...,
        *,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor: ...
    @overload
    def quantile(
        self,
        q: _TensorLike,
        dim: _int | None = ...,
        keepdim: _bool = ...,
        *,
        interpolation: _str = ...,
    ) -> Tensor:
        """Quantiles; NaN where any element is."""
        ...
    @overload
    def quantile(
        self,
        q: _TensorLike,
        axis: _int | None = ...,
        keepdims: _bool = ...,
        *,
        interpolation: _str = ...,
    ) -> Tensor: ...
    def rad2deg(self) -> Tensor:
        """Radians as degrees."""
        ...
    def rad2deg_(self) -> Self:
        """Radians as degrees."""
        ...
    @overload
    def random_(self, to: _int | None = ..., *, generator: Generator | None = ...) -> Self:
        """Fills with integers in [from, to); random_(to) starts at 0."""
        ...
    @overload
    def random_(
        self,
        from_: _int | None,
        to: _int | None,
        *,
        generator: Generator | None = ...,
    ) -> Self: ...
    def ravel(self) -> Tensor:
        """All elements as a vector: a view where strides allow it, else a copy."""
        ...
    def reciprocal(self) -> Tensor:
        """1 / x."""
        ...
    def reciprocal_(self) -> Self:
        """1 / x."""
        ...
    def relu(self) -> Tensor:
        """max(x, 0)."""
        ...
    def relu_(self) -> Self:
        """max(x, 0)."""
        ...
    def remainder(self, other: _TensorLike) -> Tensor:
        """Remainder with the sign of the divisor."""
        ...
    def remainder_(self, other: _TensorLike) -> Self:
        """Remainder with the sign of the divisor."""
        ...
    @overload
    def repeat(self, repeats: _Dims) -> Tensor:
        """Copies side by side, `repeats[k]` along dim k; new dims in front are allowed."""
        ...
    @overload
    def repeat(self, *repeats: _int) -> Tensor: ...
    @overload
    def repeat_interleave(self, repeats: _TensorLike, dim: _int | None = ...) -> Tensor:
        """Each element repeated in place."""
        ...
    @overload
    def repeat_interleave(self, repeats: _TensorLike, axis: _int | None = ...) -> Tensor: ...
    def requires_grad_(self, requires_grad: _bool = ...) -> Self:
        """Says whether ops on this leaf are recorded; returns the tensor itself."""
        ...
    @overload
    def reshape(self, shape: _Dims) -> Tensor:
        """The elements in another shape: a view where strides allow it, else a copy."""
        ...
    @overload
    def reshape(self, *shape: _int) -> Tensor: ...
    def reshape_as(self, other: _TensorLike) -> Tensor:
        """The elements in the shape of `other`."""
        ...
    def retain_grad(self) -> None:
        """Asks backward passes to keep the gradient of this non-leaf tensor in its .grad."""
        ...
    @overload
    def roll(self, shifts: _Dims, dims: _Dims = ...) -> Tensor:
        """A copy with elements moved along dims; those that leave at one end enter at the other."""
        ...
    @overload
    def roll(self, shifts: _Dims, axis: _Dims = ...) -> Tensor: ...
    @overload
    def rot90(self, k: _int = ..., dims: _Dims = ...) -> Tensor:
        """The tensor turned by k quarters in the plane of two dims, from the first towards the second."""
        ...
    @overload
    def rot90(self, k: _int = ..., axis: _Dims = ...) -> Tensor: ...
    def round(self) -> Tensor:
        """Nearest whole number; halves go to the even one."""
        ...
    def round_(self) -> Self:
        """Nearest whole number; halves go to the even one."""
        ...
    def rsqrt(self) -> Tensor:
        """Reciprocal of the square root."""
        ...
    def rsqrt_(self) -> Self:
        """Reciprocal of the square root."""
        ...
    @overload
    def scatter(
        self,
        dim: _int,
        index: _TensorLike,
        src: _TensorLike | None = ...,
        *,
        value: _float | None = ...,
    ) -> Tensor:
        """A copy with elements of src written along dim at the indices given for each place."""
        ...
    @overload
    def scatter(
        self,
        axis: _int,
        index: _TensorLike,
        src: _TensorLike | None = ...,
        *,
        value: _float | None = ...,
    ) -> Tensor: ...
    @overload
    def scatter_(
        self,
        dim: _int,
        index: _TensorLike,
        src: _TensorLike | None = ...,
        *,
        value: _float | None = ...,
    ) -> Self:
        """A copy with elements of src written along dim at the indices given for each place."""
        ...
    @overload
    def scatter_(
        self,
        axis: _int,
        index: _TensorLike,
        src: _TensorLike | None = ...,
        *,
        value: _float | None = ...,
    ) -> Self: ...
    @overload
    def scatter_add(self, dim: _int, index: _TensorLike, src: _TensorLike) -> Tensor:
        """A copy with elements of src added along dim at the indices given for each place."""
        ...
    @overload
    def scatter_add(self, axis: _int, index: _TensorLike, src: _TensorLike) -> Tensor: ...
    @overload
    def scatter_add_(self, dim: _int, index: _TensorLike, src: _TensorLike) -> Self:
        """A copy with elements of src added along dim at the indices given for each place."""
        ...
    @overload
    def scatter_add_(self, axis: _int, index: _TensorLike, src: _TensorLike) -> Self: ...
    @overload
    def select(self, dim: _int, index: _int) -> Tensor:
        """A view of one index of a dim, without that dim."""
        ...
    @overload
    def select(self, axis: _int, index: _int) -> Tensor: ...
    @overload
    def select_scatter(self, src: _TensorLike, dim: _int, index: _int) -> Tensor:
        """A copy with one index of a dim replaced by src."""
        ...
    @overload
    def select_scatter(self, src: _TensorLike, axis: _int, index: _int) -> Tensor: ...
    def sgn(self) -> Tensor:
        """-1, 0 or 1; 0 for NaN."""
        ...
    def sgn_(self) -> Self:
        """-1, 0 or 1; 0 for NaN."""
        ...
    def share_memory_(self) -> Self:
        """The tensor itself: threads share its memory anyway."""
        ...
    def short(self) -> Tensor:
        """The values as int16, rounded towards zero."""
        ...
    def sigmoid(self) -> Tensor:
        """1 / (1 + exp(-x))."""
        ...
    def sigmoid_(self) -> Self:
        """1 / (1 + exp(-x))."""
        ...
    def sign(self) -> Tensor:
        """-1, 0 or 1; 0 for NaN."""
        ...
    def sign_(self) -> Self:
        """-1, 0 or 1; 0 for NaN."""
        ...
    def signbit(self) -> Tensor:
        """Whether the sign is minus, that of -0.0 included."""
        ...
    def signbit_(self) -> Self:
        """Whether the sign is minus, that of -0.0 included."""
        ...
    def sin(self) -> Tensor:
        """Sine."""
        ...
    def sin_(self) -> Self:
        """Sine."""
        ...
    def sinc(self) -> Tensor:
        """sin(pi x) / (pi x), and 1 at 0."""
        ...
    def sinc_(self) -> Self:
        """sin(pi x) / (pi x), and 1 at 0."""
        ...
    def sinh(self) -> Tensor:
        """Hyperbolic sine."""
        ...
    def sinh_(self) -> Self:
        """Hyperbolic sine."""
        ...
    @overload
    def slice_scatter(
        self,
        src: _TensorLike,
        dim: _int = ...,
        start: _int | None = ...,
        end: _int | None = ...,
        step: _int = ...,
    ) -> Tensor:
        """A copy with a slice of a dim replaced by src."""
        ...
    @overload
    def slice_scatter(
        self,
        src: _TensorLike,
        axis: _int = ...,
        start: _int | None = ...,
        end: _int | None = ...,
        step: _int = ...,
    ) -> Tensor: ...
    @overload
    def softmax(self, dim: _int | None = ..., dtype: _DTypeLike | None = ...) -> Tensor:
        """exp(x) / sum(exp(x)) along a dim, without overflow."""
        ...
    @overload
    def softmax(self, axis: _int | None = ..., dtype: _DTypeLike | None = ...) -> Tensor: ...
    @overload
    def sort(self, dim: _int = ..., descending: _bool = ..., stable: _bool = ...) -> ValuesIndices:
        """Elements in order along a dim, and where they came from."""
        ...
    @overload
    def sort(
        self,
        axis: _int = ...,
        descending: _bool = ...,
        stable: _bool = ...,
    ) -> ValuesIndices: ...
    @overload
    def split(self, split_size_or_sections: _Dims, dim: _int = ...) -> tuple[Tensor, ...]:
        """Consecutive parts of a dim, as views."""
        ...
    @overload
    def split(self, split_size_or_sections: _Dims, axis: _int = ...) -> tuple[Tensor, ...]: ...
    @overload
    def split_with_sizes(self, split_sizes: _Dims, dim: _int = ...) -> tuple[Tensor, ...]:
        """Consecutive parts of the given lengths, as views."""
        ...
    @overload
    def split_with_sizes(self, split_sizes: _Dims, axis: _int = ...) -> tuple[Tensor, ...]: ...
    def sqrt(self) -> Tensor:
        """Square root; NaN below 0."""
        ...
    def sqrt_(self) -> Self:
        """Square root; NaN below 0."""
        ...
    def square(self) -> Tensor:
        """Square of the input; bool becomes int64."""
        ...
    def square_(self) -> Self:
        """Square of the input; bool becomes int64."""
        ...
    @overload
    def squeeze(self, dim: _Dims | None = ...) -> Tensor:
        """A view without dims of size 1."""
        ...
    @overload
    def squeeze(self, axis: _Dims | None = ...) -> Tensor: ...
    @overload
    def squeeze(self, *dim: _int) -> Tensor: ...
    @overload
    def std(
        self,
        dim: _Dims | None = ...,
        unbiased: _bool = ...,
        keepdim: _bool = ...,
        *,
        correction: _float | None = ...,
    ) -> Tensor:
        """Standard deviation."""
        ...
    @overload
    def std(
        self,
        axis: _Dims | None = ...,
        unbiased: _bool = ...,
        keepdims: _bool = ...,
        *,
        correction: _float | None = ...,
    ) -> Tensor: ...
    def storage_offset(self) -> _int:
        """Elements between the start of the memory and the first element."""
        ...
    def sub(self, other: _TensorLike, *, alpha: _float = ...) -> Tensor:
        """Difference of the operands, the second times alpha."""
        ...
    def sub_(self, other: _TensorLike, *, alpha: _float = ...) -> Self:
        """Difference of the operands, the second times alpha."""
        ...
    def subtract(self, other: _TensorLike, *, alpha: _float = ...) -> Tensor:
        """Difference of the operands, the second times alpha."""
        ...
    def subtract_(self, other: _TensorLike, *, alpha: _float = ...) -> Self:
        """Difference of the operands, the second times alpha."""
        ...
    @overload
    def sum(
        self,
        dim: _Dims | None = ...,
        keepdim: _bool = ...,
        *,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor:
        """Sum of elements."""
        ...
    @overload
    def sum(
        self,
        axis: _Dims | None = ...,
        keepdims: _bool = ...,
        *,
        dtype: _DTypeLike | None = ...,
    ) -> Tensor: ...
    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """NumPy's name of transpose: a view with two dims swapped."""
        ...
    def swapdims(self, dim0: _int, dim1: _int) -> Tensor:
        """Another name of transpose: a view with two dims swapped."""
        ...
    def t(self) -> Tensor:
        """The transpose of a matrix; vectors and 0-d tensors as they are."""
        ...
    def take(self, index: _TensorLike) -> Tensor:
        """Elements of the flattened input."""
        ...
    @overload
    def take_along_dim(self, indices: _TensorLike, dim: _int | None = ...) -> Tensor:
        """As gather, with the other dims broadcast together; what argsort and argmax return fits."""
        ...
    @overload
    def take_along_dim(self, indices: _TensorLike, axis: _int | None = ...) -> Tensor: ...
    def tan(self) -> Tensor:
        """Tangent."""
        ...
    def tan_(self) -> Self:
        """Tangent."""
        ...
    def tanh(self) -> Tensor:
        """Hyperbolic tangent."""
        ...
    def tanh_(self) -> Self:
        """Hyperbolic tangent."""
        ...
    @overload
    def tensor_split(self, indices_or_sections: _Dims, dim: _int = ...) -> tuple[Tensor, ...]:
        """Consecutive parts, as views, like NumPy's array_split."""
        ...
    @overload
    def tensor_split(self, indices_or_sections: _Dims, axis: _int = ...) -> tuple[Tensor, ...]: ...
    @overload
    def tile(self, dims: _Dims) -> Tensor:
        """As repeat; missing leading counts are 1 (NumPy's rule)."""
        ...
    @overload
    def tile(self, axis: _Dims) -> Tensor: ...
    @overload
    def tile(self, *dims: _int) -> Tensor: ...
    @overload
    def to(
        self,
        dtype: _DTypeLike,
        non_blocking: _bool = ...,
        copy: _bool = ...,
        *,
        memory_format: _str | None = ...,
    ) -> Tensor:
        """The tensor in another dtype; itself when nothing changes."""
        ...
    @overload
    def to(
        self,
        device: _str | None,
        dtype: _DTypeLike | None = ...,
        non_blocking: _bool = ...,
        copy: _bool = ...,
        *,
        memory_format: _str | None = ...,
    ) -> Tensor: ...
    @overload
    def to(
        self,
        other: _TensorLike,
        non_blocking: _bool = ...,
        copy: _bool = ...,
        *,
        memory_format: _str | None = ...,
    ) -> Tensor: ...
    @overload
    def topk(
        self,
        k: _int,
        dim: _int | None = ...,
        largest: _bool = ...,
        sorted: _bool = ...,
    ) -> ValuesIndices:
        """The k largest (or smallest) elements along a dim."""
        ...
    @overload
    def topk(
        self,
        k: _int,
        axis: _int | None = ...,
        largest: _bool = ...,
        sorted: _bool = ...,
    ) -> ValuesIndices: ...
    def trace(self) -> Tensor:
        """Sum of the diagonal of a matrix."""
        ...
    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """A view with two dims swapped."""
        ...
    def tril(self, diagonal: _int = ...) -> Tensor:
        """The lower triangle of matrices, zeros elsewhere."""
        ...
    def tril_(self, diagonal: _int = ...) -> Self:
        """The lower triangle of matrices, zeros elsewhere."""
        ...
    def triu(self, diagonal: _int = ...) -> Tensor:
        """The upper triangle of matrices, zeros elsewhere."""
        ...
    def triu_(self, diagonal: _int = ...) -> Self:
        """The upper triangle of matrices, zeros elsewhere."""
        ...
    def true_divide(self, other: _TensorLike) -> Tensor:
        """True quotient of the operands."""
        ...
    def true_divide_(self, other: _TensorLike) -> Self:
        """True quotient of the operands."""
        ...
    def trunc(self) -> Tensor:
        """Whole part of x."""
        ...
    def trunc_(self) -> Self:
        """Whole part of x."""
        ...
    @overload
    def type(self) -> _str:
        """The name of the tensor's type, or the tensor in another dtype."""
        ...
    @overload
    def type(self, dtype: Any, non_blocking: _bool = ...) -> Tensor: ...
    def type_as(self, other: _TensorLike) -> Tensor:
        """The values in the dtype of `other`."""
        ...
    @overload
    def unbind(self, dim: _int = ...) -> tuple[Tensor, ...]:
        """The indices of a dim one by one, as views without it."""
        ...
    @overload
    def unbind(self, axis: _int = ...) -> tuple[Tensor, ...]: ...
    @overload
    def unflatten(self, dim: _int, sizes: _Dims) -> Tensor:
        """One dim as several."""
        ...
    @overload
    def unflatten(self, axis: _int, sizes: _Dims) -> Tensor: ...
    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """A view of all windows along a dim, in a new last dim."""
        ...
    def uniform_(
        self,
        from_: _float = ...,
        to: _float = ...,
        *,
        generator: Generator | None = ...,
    ) -> Self:
        """Fills with uniform numbers in [from, to)."""
        ...
    @overload
    def unique(
        self,
        sorted: _bool = ...,
        return_inverse: _bool = ...,
        return_counts: _bool = ...,
        dim: _int | None = ...,
    ) -> Any:
        """The different values, in ascending order."""
        ...
    @overload
    def unique(
        self,
        sorted: _bool = ...,
        return_inverse: _bool = ...,
        return_counts: _bool = ...,
        axis: _int | None = ...,
    ) -> Any: ...
    @overload
    def unique_consecutive(
        self,
        return_inverse: _bool = ...,
        return_counts: _bool = ...,
        dim: _int | None = ...,
    ) -> Any:
        """The values, of equal neighbours the first."""
        ...
    @overload
    def unique_consecutive(
        self,
        return_inverse: _bool = ...,
        return_counts: _bool = ...,
        axis: _int | None = ...,
    ) -> Any: ...
    @overload
    def unsqueeze(self, dim: _int) -> Tensor:
        """A view with a new dim of size 1 at `dim`."""
        ...
    @overload
    def unsqueeze(self, axis: _int) -> Tensor: ...
    @overload
    def var(
        self,
        dim: _Dims | None = ...,
        unbiased: _bool = ...,
        keepdim: _bool = ...,
        *,
        correction: _float | None = ...,
    ) -> Tensor:
        """Variance."""
        ...
    @overload
    def var(
        self,
        axis: _Dims | None = ...,
        unbiased: _bool = ...,
        keepdims: _bool = ...,
        *,
        correction: _float | None = ...,
    ) -> Tensor: ...
    def vdot(self, other: _TensorLike) -> Tensor:
        """Dot product of two vectors."""
        ...
    @overload
    def view(self, shape: _Dims) -> Tensor:
        """The elements in another shape, sharing memory."""
        ...
    @overload
    def view(self, *shape: _int) -> Tensor: ...
    def view_as(self, other: _TensorLike) -> Tensor:
        """A view in the shape of `other`."""
        ...
    def vsplit(self, indices_or_sections: _Dims) -> tuple[Tensor, ...]:
        """Parts along dim 0."""
        ...
    def where(self, condition: _TensorLike, other: _TensorLike) -> Tensor:
        """Elements of input where the condition holds, else of other."""
        ...
    def xlogy(self, other: _TensorLike) -> Tensor:
        """a log(b), and 0 where a = 0 unless b is NaN."""
        ...
    def xlogy_(self, other: _TensorLike) -> Self:
        """a log(b), and 0 where a = 0 unless b is NaN."""
        ...
    def zero_(self) -> Self:
        """Writes zero into every element."""
        ...
class Value:
    """A number that remembers how it was computed."""
    def __init__(
        self,
        data: _float | Value,
        _children: Iterable[Value] = (),
        _op: _str = "",
        label: _str = "",
    ) -> None: ...
    data: _float
    grad: _float
    label: _str
    @property
    def op(self) -> _str: ...
    @property
    def parents(self) -> tuple[tuple[Value, _float], ...]: ...
    @property
    def _op(self) -> _str: ...
    @property
    def _prev(self) -> set[Value]: ...
    def backward(self, gradient: _float | None = 1.0) -> None: ...
    def item(self) -> _float: ...
    @staticmethod
    def record(data: _float, parents: Iterable[tuple[Value, _float]], op: _str = "") -> Value: ...
    def __hash__(self) -> _int: ...
    def __lt__(self, other: Value | _float, /) -> _bool: ...
    def __le__(self, other: Value | _float, /) -> _bool: ...
    def __eq__(self, other: Value | _float, /) -> _bool: ...  # type: ignore[override]
    def __ne__(self, other: Value | _float, /) -> _bool: ...  # type: ignore[override]
    def __gt__(self, other: Value | _float, /) -> _bool: ...
    def __ge__(self, other: Value | _float, /) -> _bool: ...
    def __add__(self, other: Value | _float, /) -> Value: ...
    def __radd__(self, other: Value | _float, /) -> Value: ...
    def __sub__(self, other: Value | _float, /) -> Value: ...
    def __rsub__(self, other: Value | _float, /) -> Value: ...
    def __mul__(self, other: Value | _float, /) -> Value: ...
    def __rmul__(self, other: Value | _float, /) -> Value: ...
    def __mod__(self, other: Value | _float, /) -> Value: ...
    def __rmod__(self, other: Value | _float, /) -> Value: ...
    def __pow__(self, other: Value | _float, /) -> Value: ...
    def __rpow__(self, other: Value | _float, /) -> Value: ...
    def __neg__(self) -> Value: ...
    def __pos__(self) -> Value: ...
    def __abs__(self) -> Value: ...
    def __bool__(self) -> _bool: ...
    def __int__(self) -> _int: ...
    def __float__(self) -> _float: ...
    def __floordiv__(self, other: Value | _float, /) -> Value: ...
    def __rfloordiv__(self, other: Value | _float, /) -> Value: ...
    def __truediv__(self, other: Value | _float, /) -> Value: ...
    def __rtruediv__(self, other: Value | _float, /) -> Value: ...
    def abs(self) -> Value:
        """Absolute value."""
        ...
    def absolute(self) -> Value:
        """Absolute value."""
        ...
    def acos(self) -> Value:
        """Inverse cosine; NaN outside [-1, 1]."""
        ...
    def acosh(self) -> Value:
        """Inverse hyperbolic cosine; NaN below 1."""
        ...
    def add(self, other: Value | _float) -> Value:
        """Sum of the operands."""
        ...
    def addcdiv(self, a: Value | _float, b: Value | _float, value: _float = ...) -> Value:
        """a + value b / c."""
        ...
    def addcmul(self, a: Value | _float, b: Value | _float, value: _float = ...) -> Value:
        """a + value b c."""
        ...
    def arccos(self) -> Value:
        """Inverse cosine; NaN outside [-1, 1]."""
        ...
    def arccosh(self) -> Value:
        """Inverse hyperbolic cosine; NaN below 1."""
        ...
    def arcsin(self) -> Value:
        """Inverse sine; NaN outside [-1, 1]."""
        ...
    def arcsinh(self) -> Value:
        """Inverse hyperbolic sine."""
        ...
    def arctan(self) -> Value:
        """Inverse tangent."""
        ...
    def arctan2(self, other: Value | _float) -> Value:
        """Angle of the point (b, a), in [-pi, pi]."""
        ...
    def arctanh(self) -> Value:
        """Inverse hyperbolic tangent; NaN outside [-1, 1]."""
        ...
    def asin(self) -> Value:
        """Inverse sine; NaN outside [-1, 1]."""
        ...
    def asinh(self) -> Value:
        """Inverse hyperbolic sine."""
        ...
    def atan(self) -> Value:
        """Inverse tangent."""
        ...
    def atan2(self, other: Value | _float) -> Value:
        """Angle of the point (b, a), in [-pi, pi]."""
        ...
    def atanh(self) -> Value:
        """Inverse hyperbolic tangent; NaN outside [-1, 1]."""
        ...
    def cbrt(self) -> Value:
        """Cube root, of negative numbers too."""
        ...
    def ceil(self) -> Value:
        """Smallest whole number not below x."""
        ...
    def celu(self, alpha: _float = ...) -> Value:
        """x where x > 0, else alpha (exp(x / alpha) - 1)."""
        ...
    def clamp(self, min: _float | None = ..., max: _float | None = ...) -> Value:
        """x, clamped to [min, max]; max where min > max."""
        ...
    def clamp_max(self, other: Value | _float) -> Value:
        """a, at most b; NaN if either is."""
        ...
    def clamp_min(self, other: Value | _float) -> Value:
        """a, at least b; NaN if either is."""
        ...
    def clip(self, min: _float | None = ..., max: _float | None = ...) -> Value:
        """x, clamped to [min, max]; max where min > max."""
        ...
    def copysign(self, other: Value | _float) -> Value:
        """The magnitude of a with the sign of b, that of a zero included."""
        ...
    def cos(self) -> Value:
        """Cosine."""
        ...
    def cosh(self) -> Value:
        """Hyperbolic cosine."""
        ...
    def deg2rad(self) -> Value:
        """Degrees as radians."""
        ...
    def digamma(self) -> Value:
        """Logarithmic derivative of the gamma function; NaN at -1, -2, ..."""
        ...
    def div(self, other: Value | _float) -> Value:
        """True quotient of the operands."""
        ...
    def divide(self, other: Value | _float) -> Value:
        """True quotient of the operands."""
        ...
    def elu(self, alpha: _float = ..., scale: _float = ..., input_scale: _float = ...) -> Value:
        """scale x where x > 0, else scale alpha (exp(input_scale x) - 1)."""
        ...
    def eq(self, other: Value | _float) -> _bool:
        """Whether a = b."""
        ...
    def erf(self) -> Value:
        """Error function."""
        ...
    def erfc(self) -> Value:
        """1 - erf(x), accurate for large x."""
        ...
    def erfinv(self) -> Value:
        """Inverse of the error function; NaN outside [-1, 1]."""
        ...
    def exp(self) -> Value:
        """e to the power x."""
        ...
    def exp2(self) -> Value:
        """2 to the power x."""
        ...
    def expm1(self) -> Value:
        """exp(x) - 1, accurate near 0."""
        ...
    def fix(self) -> Value:
        """Whole part of x."""
        ...
    def floor(self) -> Value:
        """Largest whole number not above x."""
        ...
    def floor_divide(self, other: Value | _float) -> Value:
        """Quotient rounded down; for integers, 0 where the divisor is 0."""
        ...
    def fmax(self, other: Value | _float) -> Value:
        """The larger operand; if one is NaN, the other."""
        ...
    def fmin(self, other: Value | _float) -> Value:
        """The smaller operand; if one is NaN, the other."""
        ...
    def fmod(self, other: Value | _float) -> Value:
        """Remainder with the sign of the dividend."""
        ...
    def frac(self) -> Value:
        """x - trunc(x)."""
        ...
    def ge(self, other: Value | _float) -> _bool:
        """Whether a >= b."""
        ...
    def gelu(self) -> Value:
        """x Phi(x), Phi the normal distribution function."""
        ...
    def gelu_tanh(self) -> Value:
        """x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2."""
        ...
    def greater(self, other: Value | _float) -> _bool:
        """Whether a > b."""
        ...
    def greater_equal(self, other: Value | _float) -> _bool:
        """Whether a >= b."""
        ...
    def gt(self, other: Value | _float) -> _bool:
        """Whether a > b."""
        ...
    def hardshrink(self, lambd: _float = ...) -> Value:
        """x where |x| > lambd, else 0."""
        ...
    def hardsigmoid(self) -> Value:
        """min(max(x + 3, 0), 6) / 6."""
        ...
    def hardswish(self) -> Value:
        """x min(max(x + 3, 0), 6) / 6."""
        ...
    def hardtanh(self, min_val: _float = ..., max_val: _float = ...) -> Value:
        """x, clamped to [min_val, max_val]."""
        ...
    def huber(self, delta: _float = ...) -> Value:
        """x^2 / 2 where |x| < delta, else delta (|x| - delta / 2)."""
        ...
    def hypot(self, other: Value | _float) -> Value:
        """sqrt(a^2 + b^2), without overflow on the way."""
        ...
    def i0(self) -> Value:
        """Modified Bessel function of order 0."""
        ...
    def i0e(self) -> Value:
        """Modified Bessel function of order 0, times exp(-|x|)."""
        ...
    def i1(self) -> Value:
        """Modified Bessel function of order 1."""
        ...
    def i1e(self) -> Value:
        """Modified Bessel function of order 1, times exp(-|x|)."""
        ...
    def igamma(self, other: Value | _float) -> Value:
        """Lower incomplete gamma function of order a over gamma(a)."""
        ...
    def igammac(self, other: Value | _float) -> Value:
        """Upper incomplete gamma function of order a over gamma(a)."""
        ...
    def isfinite(self) -> _bool:
        """Whether x is neither infinite nor NaN."""
        ...
    def isinf(self) -> _bool:
        """Whether x is infinite."""
        ...
    def isnan(self) -> _bool:
        """Whether x is NaN."""
        ...
    def isneginf(self) -> _bool:
        """Whether x is negative infinity."""
        ...
    def isposinf(self) -> _bool:
        """Whether x is positive infinity."""
        ...
    def le(self, other: Value | _float) -> _bool:
        """Whether a <= b."""
        ...
    def leaky_relu(self, negative_slope: _float = ...) -> Value:
        """x where x > 0, else negative_slope x."""
        ...
    def lerp(self, a: Value | _float, b: Value | _float) -> Value:
        """Linear interpolation a + weight (b - a), exact at both ends."""
        ...
    def less(self, other: Value | _float) -> _bool:
        """Whether a < b."""
        ...
    def less_equal(self, other: Value | _float) -> _bool:
        """Whether a <= b."""
        ...
    def lgamma(self) -> Value:
        """Logarithm of the absolute value of the gamma function."""
        ...
    def log(self) -> Value:
        """Natural logarithm; NaN below 0."""
        ...
    def log10(self) -> Value:
        """Logarithm to base 10."""
        ...
    def log1p(self) -> Value:
        """log(1 + x), accurate near 0."""
        ...
    def log2(self) -> Value:
        """Logarithm to base 2."""
        ...
    def logaddexp(self, other: Value | _float) -> Value:
        """log(exp(a) + exp(b)), without overflow."""
        ...
    def logaddexp2(self, other: Value | _float) -> Value:
        """Logarithm to base 2 of 2^a + 2^b, without overflow."""
        ...
    def logical_and(self, other: Value | _float) -> _bool:
        """Whether both operands are not zero."""
        ...
    def logical_not(self) -> _bool:
        """Whether x is zero."""
        ...
    def logical_or(self, other: Value | _float) -> _bool:
        """Whether an operand is not zero."""
        ...
    def logical_xor(self, other: Value | _float) -> _bool:
        """Whether just one operand is not zero."""
        ...
    def logit(self, eps: _float | None = ...) -> Value:
        """log(x / (1 - x)); with eps, x is first limited to [eps, 1 - eps]."""
        ...
    def logsigmoid(self) -> Value:
        """log(sigmoid(x)), accurate in both tails."""
        ...
    def lt(self, other: Value | _float) -> _bool:
        """Whether a < b."""
        ...
    def maximum(self, other: Value | _float) -> Value:
        """The larger operand; NaN if either is."""
        ...
    def minimum(self, other: Value | _float) -> Value:
        """The smaller operand; NaN if either is."""
        ...
    def mish(self) -> Value:
        """x tanh(log(1 + exp(x)))."""
        ...
    def mul(self, other: Value | _float) -> Value:
        """Product of the operands."""
        ...
    def multiply(self, other: Value | _float) -> Value:
        """Product of the operands."""
        ...
    def nan_to_num(
        self,
        nan: _float | None = ...,
        posinf: _float | None = ...,
        neginf: _float | None = ...,
    ) -> Value:
        """x with NaN and the infinities replaced; by default by 0 and the largest finite numbers."""
        ...
    def ne(self, other: Value | _float) -> _bool:
        """Whether a differs from b."""
        ...
    def neg(self) -> Value:
        """The negative."""
        ...
    def negative(self) -> Value:
        """The negative."""
        ...
    def not_equal(self, other: Value | _float) -> _bool:
        """Whether a differs from b."""
        ...
    def polygamma(self, other: Value | _float) -> Value:
        """Derivative of order n of digamma, n a whole number from 0 on."""
        ...
    def pow(self, other: Value | _float) -> Value:
        """a to the power b; for integers a negative power is 0 unless |a| is 1."""
        ...
    def rad2deg(self) -> Value:
        """Radians as degrees."""
        ...
    def reciprocal(self) -> Value:
        """1 / x."""
        ...
    def relu(self) -> Value:
        """max(x, 0)."""
        ...
    def relu6(self) -> Value:
        """min(max(x, 0), 6)."""
        ...
    def remainder(self, other: Value | _float) -> Value:
        """Remainder with the sign of the divisor."""
        ...
    def round(self) -> Value:
        """Nearest whole number; halves go to the even one."""
        ...
    def rsqrt(self) -> Value:
        """Reciprocal of the square root."""
        ...
    def selu(self) -> Value:
        """elu with the alpha and scale that keep mean 0 and variance 1."""
        ...
    def sgn(self) -> Value:
        """-1, 0 or 1; 0 for NaN."""
        ...
    def sigmoid(self) -> Value:
        """1 / (1 + exp(-x))."""
        ...
    def sign(self) -> Value:
        """-1, 0 or 1; 0 for NaN."""
        ...
    def signbit(self) -> _bool:
        """Whether the sign is minus, that of -0.0 included."""
        ...
    def silu(self) -> Value:
        """x sigmoid(x)."""
        ...
    def sin(self) -> Value:
        """Sine."""
        ...
    def sinc(self) -> Value:
        """sin(pi x) / (pi x), and 1 at 0."""
        ...
    def sinh(self) -> Value:
        """Hyperbolic sine."""
        ...
    def softplus(self, beta: _float = ..., threshold: _float = ...) -> Value:
        """log(1 + exp(beta x)) / beta, and x where beta x > threshold."""
        ...
    def softshrink(self, lambd: _float = ...) -> Value:
        """x moved towards 0 by lambd, and 0 where |x| <= lambd."""
        ...
    def softsign(self) -> Value:
        """x / (1 + |x|)."""
        ...
    def sqrt(self) -> Value:
        """Square root; NaN below 0."""
        ...
    def square(self) -> Value:
        """x^2."""
        ...
    def sub(self, other: Value | _float) -> Value:
        """Difference of the operands."""
        ...
    def subtract(self, other: Value | _float) -> Value:
        """Difference of the operands."""
        ...
    def tan(self) -> Value:
        """Tangent."""
        ...
    def tanh(self) -> Value:
        """Hyperbolic tangent."""
        ...
    def tanhshrink(self) -> Value:
        """x - tanh(x)."""
        ...
    def threshold(self, threshold: _float, value: _float) -> Value:
        """x where x > threshold, else value."""
        ...
    def true_divide(self, other: Value | _float) -> Value:
        """True quotient of the operands."""
        ...
    def trunc(self) -> Value:
        """Whole part of x."""
        ...
    def xlogy(self, other: Value | _float) -> Value:
        """a log(b), and 0 where a = 0 unless b is NaN."""
        ...
class Node:
    """A node of the graph: an op that was recorded."""
    def name(self) -> _str: ...
    def register_hook(self, fn: Callable[..., Any], /) -> RemovableHandle: ...
    def register_prehook(self, fn: Callable[..., Any], /) -> RemovableHandle: ...
    def _sequence_nr(self) -> _int: ...
    @property
    def next_functions(self) -> tuple[tuple[Node | None, _int], ...]: ...
    @property
    def variable(self) -> Tensor: ...
    @property
    def metadata(self) -> dict[Any, Any]: ...
class RemovableHandle:
    """What registering a hook returns: removes it, by hand or at the end of a with block."""
    def remove(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...
class FunctionCtx(Node):
    """What forward and backward of a custom function share."""
    def save_for_backward(self, *tensors: Tensor | None) -> None: ...
    def save_for_forward(self, *tensors: Tensor | None) -> None: ...
    def mark_dirty(self, *tensors: Tensor) -> None: ...
    def mark_non_differentiable(self, *tensors: Tensor) -> None: ...
    def set_materialize_grads(self, value: _bool, /) -> None: ...
    def __getattr__(self, name: _str) -> Any: ...
    def __setattr__(self, name: _str, value: Any) -> None: ...
    @property
    def saved_tensors(self) -> tuple[Tensor, ...]: ...
    @property
    def needs_input_grad(self) -> tuple[_bool, ...]: ...
class NoGrad:
    """Context inside which nothing is recorded."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...
    def _undo(self) -> None: ...
    @property
    def mode(self) -> _bool: ...
class EnableGrad:
    """Context inside which ops are recorded."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...
    def _undo(self) -> None: ...
    @property
    def mode(self) -> _bool: ...
class SetGradEnabled:
    """Switches recording at once, and back at the end of a with block."""
    def __init__(self, mode: _bool) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...
    def _undo(self) -> None: ...
    @property
    def mode(self) -> _bool: ...
class InferenceMode:
    """Context inside which nothing is recorded, unless its argument is False."""
    def __init__(self, mode: Any = ...) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...
    def _undo(self) -> None: ...
    @property
    def mode(self) -> _bool: ...
class BatchError(RuntimeError):
    """What a batch cannot run and a single example could; internal."""
class Generator:
    """A stream of random numbers of its own."""
    def __getstate__(self) -> bytes: ...
    def __init__(self, device: object = ...) -> None: ...
    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        """Its state, for copies and every protocol of pickle."""
        ...
    def __setstate__(self, state: bytes) -> None: ...
    def clone_state(self) -> Generator:
        """A generator of its own at the same place of the same stream."""
        ...
    @property
    def device(self) -> _str: ...
    def get_state(self) -> Tensor:
        """The state as a uint8 tensor."""
        ...
    def initial_seed(self) -> _int:
        """The seed of the stream."""
        ...
    def manual_seed(self, seed: object) -> object:
        """Starts the stream that belongs to a number; returns the generator."""
        ...
    def seed(self) -> _int:
        """Starts a stream chosen by the system and returns its seed."""
        ...
    def set_state(self, new_state: Tensor) -> object:
        """Continues from a state that get_state returned."""
        ...
class KeptArguments:
    """Tensors as they are now; see pyad.utils.checkpoint."""
class RangeError(RuntimeError, OverflowError, ValueError):
    """A number that has no place in the dtype it should get. Both a RuntimeError, as PyTorch raises here, and an OverflowError, as NumPy does; a ValueError, too, as PyTorch raises for an int of more than 64 bits among indices."""
class ShapeError(RuntimeError, ValueError):
    """Shapes that do not fit together. Both a RuntimeError, as PyTorch raises here, and a ValueError, as NumPy does."""
class _EliminationGraph:
    """The linearised graph of a captured function."""
    def __init__(self, program: object) -> None: ...
    def cost(self, order: tuple[Any, ...]) -> _int: ...
    def left(self, order: tuple[Any, ...]) -> tuple[Any, ...]: ...
    def named(
        self,
        how: _str,
        budget: _int,
        seed: _int,
        exact: _bool,
        edges: _bool,
    ) -> tuple[Any, ...]: ...
    def program(self, order: tuple[Any, ...], budget: _int, seed: _int) -> object: ...
    @property
    def vertices(self) -> tuple[Any, ...]: ...
class _ScalarTrace:
    """Writes down the ops that are applied to its inputs."""
    def __init__(self, literal: _bool = ...) -> None: ...
    def close(self) -> None: ...
    def inputs(self, x: Sequence[_float]) -> list[Any]: ...
    def open(self) -> None: ...
    def program(self, results: list[Any], args: object, result: object) -> object: ...
def _load_scalar_program(
    constants: bytes,
    inputs: _int,
    steps: list[Any],
    outputs: Sequence[_int],
    args: object,
    result: object,
) -> object: ...
def _scalar_operations(program: object) -> dict[_str, _int]: ...
def _set_largest_grain(n: _int) -> None:
    """For tests: how many elements a thread's part of a kernel has at most before it is cut."""
    ...
def _set_value_arrays(f: object) -> None:
    """For pyad: who answers for arrays of Values."""
    ...
def _tracing() -> _bool:
    """Whether a function is being captured on this thread."""
    ...
def all_examples(tensor: Tensor) -> Tensor:
    """The tensor of all examples of all batches, outermost first; any other tensor itself."""
    ...
def any_true(mask: Tensor) -> _bool:
    """Whether an element of a mask is true, in any example of a batch."""
    ...
def as_tensor(data: object, dtype: object = ..., device: object = ...) -> Tensor:
    """The tensor itself, or a tensor sharing a NumPy array's memory, or a converted copy."""
    ...
def asarray(
    data: object,
    dtype: object = ...,
    *,
    device: object = ...,
    copy: object = ...,
    requires_grad: _bool = ...,
) -> Tensor:
    """As as_tensor; `copy` says whether memory is never (True) or always (False) shared."""
    ...
def batch_info(level: _int) -> tuple[_int, _str]:
    """The number of examples of a level, and what random functions do in it."""
    ...
def batch_level(tensor: Tensor) -> _int:
    """The innermost open level at which the tensor is an example, or -1."""
    ...
def batch_levels() -> _int:
    """Number of open levels of batches."""
    ...
def begin_run_log(hold: _bool = ...) -> None:
    """Begins to note which calls run on this thread; with `hold` also whether the memory of an array changes while none writes to it."""
    ...
bfloat16: dtype
bool: dtype
def close_transform() -> None:
    """Closes the innermost transform."""
    ...
default_generator: Generator
def dtype_named(name: _str) -> dtype:
    """The dtype of a name."""
    ...
def dual_levels() -> _int:
    """Number of open forward-mode levels."""
    ...
def end_run_log(again: _bool = ...) -> tuple[Any, ...]:
    """What ran since `begin_run_log`: (op, part, attributes, pieces of memory it took or wrote) of each call; what took or wrote memory while no call ran; if `again`, which calls gave something else when they were run again; and how often values were looked at while no call ran."""
    ...
def enter_batch(size: _int, randomness: _str) -> _int:
    """Opens a level of batches and returns its number."""
    ...
def enter_dual_level() -> _int:
    """Opens a forward-mode level and returns its depth."""
    ...
def exit_batch(level: _int) -> None:
    """Closes the innermost level."""
    ...
def exit_dual_level(level: object = ...) -> None:
    """Closes the innermost forward-mode level."""
    ...
def finish_input(tensor: Tensor) -> None:
    """Says that the transform of a fresh input has returned."""
    ...
float16: dtype
float32: dtype
float64: dtype
def forget_loops() -> None:
    """Lets every op warn again that it runs example by example, for tests."""
    ...
def fresh_input(tensor: Tensor) -> Tensor:
    """Another handle, for a function to be differentiated by."""
    ...
def from_batch(tensor: Tensor, level: _int, dim: _int) -> Tensor:
    """All examples, along dim."""
    ...
def from_numpy(ndarray: object) -> Tensor:
    """A tensor on the memory of a NumPy array: writes on one side are seen on the other."""
    ...
def get_default_dtype() -> dtype:
    """The dtype of Python floats and of quotients of integers."""
    ...
def get_num_threads() -> _int:
    """Threads that large kernels use."""
    ...
def get_rng_state() -> Tensor:
    """The default generator's state as a uint8 tensor."""
    ...
def in_batch(tensor: Tensor, level: _int) -> _bool:
    """Whether the tensor is an example at that level."""
    ...
def initial_seed() -> _int:
    """The default generator's seed."""
    ...
int16: dtype
int32: dtype
int64: dtype
int8: dtype
def is_open_level(level: _int) -> _bool:
    """Whether a level is open."""
    ...
def isa() -> _str:
    """Instruction set of the kernels in use: generic, v3 or v4."""
    ...
def keep_arguments(tensors: object) -> KeptArguments:
    """Keeps arguments of a function that is to be checkpointed."""
    ...
def leads_elsewhere(roots: object, inputs: object) -> _bool:
    """Whether gradients of roots at inputs can be differentiated by something."""
    ...
def levels() -> _int:
    """Number of open levels of both kinds."""
    ...
def live_values() -> _int:
    """Number of scalar graph nodes that are alive."""
    ...
def make_dual(tensor: Tensor, tangent: Tensor, level: object = ...) -> Tensor:
    """The tensor with a tangent."""
    ...
def named_result(fields: _str, items: tuple[Any, ...]) -> tuple[Any, ...]:
    """A result with names from its parts; what pickle calls."""
    ...
def open_transform(inputs: object) -> _int:
    """Opens a transform around a run of its function; returns its number."""
    ...
def rebuild_generator(type: object, state: bytes, attributes: object) -> object:
    """A generator of a type at a place of a stream; what pickle calls."""
    ...
def rebuild_tensor(
    type: object,
    array: object,
    requires_grad: _bool,
    order: object = ...,
    dtype: _str = ...,
) -> object:
    """A tensor of a type from an array, whose dims lie in another order, or whose elements are those of another dtype, where these are given; what pickle calls."""
    ...
def reduce_result(result: tuple[Any, ...]) -> tuple[Any, ...]:
    """What pickle keeps of a result with names."""
    ...
def reopen_transform(number: _int) -> None:
    """Opens it again, for a sweep."""
    ...
def restore_levels(counts: tuple[_int, _int]) -> None:
    """Ends what resume_levels began."""
    ...
def resume_levels() -> tuple[_int, _int]:
    """Lets open batches be seen within a sweep; returns what restore_levels takes."""
    ...
def same_bits(input: Tensor, dtype: object) -> Tensor:
    """The memory of a tensor as elements of another dtype of the same size; no history."""
    ...
def seal_checkpoint(arguments: KeptArguments, outputs: object, again: object) -> list[Any]:
    """Results whose history is one node that calls `again` on the kept arguments."""
    ...
def seed() -> _int:
    """Starts the default generator on a stream chosen by the system and returns its seed."""
    ...
def seed_thread(seed: object) -> None:
    """Gives the calling thread a default generator of its own until it ends; no other thread sees it."""
    ...
def set_default_dtype(d: object) -> None:
    """Makes a floating dtype the default."""
    ...
def set_device(device: object) -> None:
    """For pyad: what `x.device` gives."""
    ...
def set_num_threads(n: _int) -> None:
    """Sets the number of threads that large kernels use."""
    ...
def set_rng_state(new_state: Tensor) -> None:
    """Puts the default generator into a state that get_rng_state returned."""
    ...
def skip_levels(next: _int) -> None:
    """Counts numbers of levels below next as used, for tests."""
    ...
def tensor(
    data: object,
    *,
    dtype: object = ...,
    requires_grad: _bool = ...,
    device: object = ...,
) -> Tensor:
    """A new tensor with the values of `data`: numbers, nested lists, NumPy arrays or tensors, always copied."""
    ...
def to_batch(tensor: Tensor, dim: _int, level: _int) -> Tensor:
    """One example of a batch, for all: examples are along dim."""
    ...
def trim_memory() -> None:
    """Returns cached element memory of this thread to the system."""
    ...
uint8: dtype
def unpack_dual(tensor: Tensor, level: object = ...) -> tuple[Tensor, Tensor]:
    """Primal and tangent (or None)."""
    ...
def without_history(tensor: Tensor) -> Tensor:
    """The values, with what they have at open levels."""
    ...
__version__: _str
def _sample_dirichlet(input: _TensorLike, generator: Generator | None = ...) -> Tensor:
    """Points of the simplex of the concentrations in input, with gradients."""
    ...
def _standard_gamma(input: _TensorLike, generator: Generator | None = ...) -> Tensor:
    """Gamma numbers of the concentrations in input, with gradients."""
    ...
@overload
def abs(input: Value) -> Value:
    """Absolute value."""
    ...
@overload
def abs(input: _TensorLike) -> Tensor: ...
@overload
def absolute(input: Value) -> Value:
    """Absolute value."""
    ...
@overload
def absolute(input: _TensorLike) -> Tensor: ...
@overload
def acos(input: Value) -> Value:
    """Inverse cosine; NaN outside [-1, 1]."""
    ...
@overload
def acos(input: _TensorLike) -> Tensor: ...
@overload
def acosh(input: Value) -> Value:
    """Inverse hyperbolic cosine; NaN below 1."""
    ...
@overload
def acosh(input: _TensorLike) -> Tensor: ...
def adaptive_avg_pool1d(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
) -> Tensor:
    """Means of windows that divide the input into `output_size` parts."""
    ...
@overload
def add(input: Value, other: Value | _float) -> Value:
    """Sum of the operands, the second times alpha."""
    ...
@overload
def add(input: _float, other: Value) -> Value: ...
@overload
def add(input: _TensorLike, other: _TensorLike, *, alpha: _float = ...) -> Tensor: ...
@overload
def addcdiv(
    input: Value,
    tensor1: Value | _float,
    tensor2: Value | _float,
    *,
    value: _float = ...,
) -> Value:
    """a + value b / c."""
    ...
@overload
def addcdiv(
    input: _float,
    tensor1: Value,
    tensor2: Value | _float,
    *,
    value: _float = ...,
) -> Value: ...
@overload
def addcdiv(input: _float, tensor1: _float, tensor2: Value, *, value: _float = ...) -> Value: ...
@overload
def addcdiv(
    input: _TensorLike,
    tensor1: _TensorLike,
    tensor2: _TensorLike,
    *,
    value: _float = ...,
) -> Tensor: ...
@overload
def addcmul(
    input: Value,
    tensor1: Value | _float,
    tensor2: Value | _float,
    *,
    value: _float = ...,
) -> Value:
    """a + value b c."""
    ...
@overload
def addcmul(
    input: _float,
    tensor1: Value,
    tensor2: Value | _float,
    *,
    value: _float = ...,
) -> Value: ...
@overload
def addcmul(input: _float, tensor1: _float, tensor2: Value, *, value: _float = ...) -> Value: ...
@overload
def addcmul(
    input: _TensorLike,
    tensor1: _TensorLike,
    tensor2: _TensorLike,
    *,
    value: _float = ...,
) -> Tensor: ...
def addmm(
    input: _TensorLike,
    mat1: _TensorLike,
    mat2: _TensorLike,
    *,
    beta: _float = ...,
    alpha: _float = ...,
) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2)."""
    ...
def addmv(
    input: _TensorLike,
    mat: _TensorLike,
    vec: _TensorLike,
    *,
    beta: _float = ...,
    alpha: _float = ...,
) -> Tensor:
    """beta * input + alpha * (mat @ vec)."""
    ...
@overload
def all(input: _TensorLike, dim: _Dims | None = ..., keepdim: _bool = ...) -> Tensor:
    """Whether all elements are non-zero."""
    ...
@overload
def all(input: _TensorLike, axis: _Dims | None = ..., keepdims: _bool = ...) -> Tensor: ...
def allclose(
    input: _TensorLike,
    other: _TensorLike,
    rtol: _float = ...,
    atol: _float = ...,
    equal_nan: _bool = ...,
) -> _bool:
    """Whether all elements are close; see isclose."""
    ...
def alpha_dropout(
    input: _TensorLike,
    p: _float = ...,
    training: _bool = ...,
    inplace: _bool = ...,
) -> Tensor:
    """Dropout to SELU's smallest value, with mean and variance kept."""
    ...
@overload
def amax(input: _TensorLike, dim: _Dims | None = ..., keepdim: _bool = ...) -> Tensor:
    """Largest elements; NaN wins."""
    ...
@overload
def amax(input: _TensorLike, axis: _Dims | None = ..., keepdims: _bool = ...) -> Tensor: ...
@overload
def amin(input: _TensorLike, dim: _Dims | None = ..., keepdim: _bool = ...) -> Tensor:
    """Smallest elements; NaN wins."""
    ...
@overload
def amin(input: _TensorLike, axis: _Dims | None = ..., keepdims: _bool = ...) -> Tensor: ...
@overload
def aminmax(input: _TensorLike, *, dim: _int | None = ..., keepdim: _bool = ...) -> MinMax:
    """Smallest and largest elements."""
    ...
@overload
def aminmax(input: _TensorLike, *, axis: _int | None = ..., keepdims: _bool = ...) -> MinMax: ...
@overload
def any(input: _TensorLike, dim: _Dims | None = ..., keepdim: _bool = ...) -> Tensor:
    """Whether any element is non-zero."""
    ...
@overload
def any(input: _TensorLike, axis: _Dims | None = ..., keepdims: _bool = ...) -> Tensor: ...
def arange(
    start: _float,
    end: _float | None = ...,
    step: _float = ...,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Numbers from start up to, not including, end."""
    ...
@overload
def arccos(input: Value) -> Value:
    """Inverse cosine; NaN outside [-1, 1]."""
    ...
@overload
def arccos(input: _TensorLike) -> Tensor: ...
@overload
def arccosh(input: Value) -> Value:
    """Inverse hyperbolic cosine; NaN below 1."""
    ...
@overload
def arccosh(input: _TensorLike) -> Tensor: ...
@overload
def arcsin(input: Value) -> Value:
    """Inverse sine; NaN outside [-1, 1]."""
    ...
@overload
def arcsin(input: _TensorLike) -> Tensor: ...
@overload
def arcsinh(input: Value) -> Value:
    """Inverse hyperbolic sine."""
    ...
@overload
def arcsinh(input: _TensorLike) -> Tensor: ...
@overload
def arctan(input: Value) -> Value:
    """Inverse tangent."""
    ...
@overload
def arctan(input: _TensorLike) -> Tensor: ...
@overload
def arctan2(input: Value, other: Value | _float) -> Value:
    """Angle of the point (b, a), in [-pi, pi]."""
    ...
@overload
def arctan2(input: _float, other: Value) -> Value: ...
@overload
def arctan2(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def arctanh(input: Value) -> Value:
    """Inverse hyperbolic tangent; NaN outside [-1, 1]."""
    ...
@overload
def arctanh(input: _TensorLike) -> Tensor: ...
@overload
def argmax(input: _TensorLike, dim: _int | None = ..., keepdim: _bool = ...) -> Tensor:
    """Index of the largest element, the first of equals; NaN wins."""
    ...
@overload
def argmax(input: _TensorLike, axis: _int | None = ..., keepdims: _bool = ...) -> Tensor: ...
@overload
def argmin(input: _TensorLike, dim: _int | None = ..., keepdim: _bool = ...) -> Tensor:
    """Index of the smallest element, the first of equals; NaN wins."""
    ...
@overload
def argmin(input: _TensorLike, axis: _int | None = ..., keepdims: _bool = ...) -> Tensor: ...
@overload
def argsort(
    input: _TensorLike,
    dim: _int = ...,
    descending: _bool = ...,
    stable: _bool = ...,
) -> Tensor:
    """Indices that sort along a dim."""
    ...
@overload
def argsort(
    input: _TensorLike,
    axis: _int = ...,
    descending: _bool = ...,
    stable: _bool = ...,
) -> Tensor: ...
def argwhere(input: _TensorLike) -> Tensor:
    """NumPy's name of nonzero: int64 (n, dims)."""
    ...
def as_strided(
    input: _TensorLike,
    size: _Dims,
    stride: _Dims,
    storage_offset: _int | None = ...,
) -> Tensor:
    """A view of the input's storage with any sizes and strides."""
    ...
def as_strided_scatter(
    input: _TensorLike,
    src: _TensorLike,
    size: _Dims,
    stride: _Dims,
    storage_offset: _int | None = ...,
) -> Tensor:
    """A copy in which the elements that as_strided would show are those of `src`."""
    ...
@overload
def asin(input: Value) -> Value:
    """Inverse sine; NaN outside [-1, 1]."""
    ...
@overload
def asin(input: _TensorLike) -> Tensor: ...
@overload
def asinh(input: Value) -> Value:
    """Inverse hyperbolic sine."""
    ...
@overload
def asinh(input: _TensorLike) -> Tensor: ...
@overload
def atan(input: Value) -> Value:
    """Inverse tangent."""
    ...
@overload
def atan(input: _TensorLike) -> Tensor: ...
@overload
def atan2(input: Value, other: Value | _float) -> Value:
    """Angle of the point (b, a), in [-pi, pi]."""
    ...
@overload
def atan2(input: _float, other: Value) -> Value: ...
@overload
def atan2(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def atanh(input: Value) -> Value:
    """Inverse hyperbolic tangent; NaN outside [-1, 1]."""
    ...
@overload
def atanh(input: _TensorLike) -> Tensor: ...
@overload
def atleast_1d(tensor: Tensor) -> Tensor:
    """Views with at least one dim."""
    ...
@overload
def atleast_1d(tensors: Sequence[Tensor]) -> Any: ...
@overload
def atleast_1d(*tensors: Tensor) -> Any: ...
@overload
def atleast_2d(tensor: Tensor) -> Tensor:
    """Views with at least two dims; new ones stand in front."""
    ...
@overload
def atleast_2d(tensors: Sequence[Tensor]) -> Any: ...
@overload
def atleast_2d(*tensors: Tensor) -> Any: ...
@overload
def atleast_3d(tensor: Tensor) -> Tensor:
    """Views with at least three dims; a matrix gets its new dim at the end."""
    ...
@overload
def atleast_3d(tensors: Sequence[Tensor]) -> Any: ...
@overload
def atleast_3d(*tensors: Tensor) -> Any: ...
def avg_pool1d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    ceil_mode: _bool = ...,
    count_include_pad: _bool = ...,
) -> Tensor:
    """Means of windows."""
    ...
def baddbmm(
    input: _TensorLike,
    batch1: _TensorLike,
    batch2: _TensorLike,
    *,
    beta: _float = ...,
    alpha: _float = ...,
) -> Tensor:
    """beta * input + alpha * (batch1 @ batch2)."""
    ...
def bartlett_window(
    window_length: _int,
    periodic: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Window of Bartlett: 1 - |2 t - 1|, t from 0 to 1; arguments as for hamming_window."""
    ...
def bernoulli(
    input: _TensorLike,
    p: _float | None = ...,
    *,
    generator: Generator | None = ...,
) -> Tensor:
    """Ones with the probabilities in input, or all with probability p, else zeros."""
    ...
def bincount(
    input: _TensorLike,
    weights: _TensorLike | None = ...,
    minlength: _int = ...,
) -> Tensor:
    """How often each of the numbers 0, 1, 2 ... occurs."""
    ...
def binomial(count: _TensorLike, prob: _TensorLike, generator: Generator | None = ...) -> Tensor:
    """Numbers of successes among `count` trials of probability `prob`."""
    ...
def bitwise_and(input: _TensorLike, other: _TensorLike) -> Tensor:
    """Bits set in both operands."""
    ...
def bitwise_left_shift(input: _TensorLike, other: _TensorLike) -> Tensor:
    """The bits of a moved up by b places, zeros entering."""
    ...
def bitwise_not(input: _TensorLike) -> Tensor:
    """All bits inverted; of a bool, its negation."""
    ...
def bitwise_or(input: _TensorLike, other: _TensorLike) -> Tensor:
    """Bits set in an operand."""
    ...
def bitwise_right_shift(input: _TensorLike, other: _TensorLike) -> Tensor:
    """The bits of a moved down by b places, the sign entering."""
    ...
def bitwise_xor(input: _TensorLike, other: _TensorLike) -> Tensor:
    """Bits set in just one operand."""
    ...
def blackman_window(
    window_length: _int,
    periodic: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Window of Blackman, of two cosines; arguments as for hamming_window."""
    ...
@overload
def block_diag(tensors: Sequence[Tensor]) -> Tensor:
    """Matrices along the diagonal of a larger one, zeros elsewhere."""
    ...
@overload
def block_diag(*tensors: Tensor) -> Tensor: ...
def bmm(input: _TensorLike, mat2: _TensorLike) -> Tensor:
    """Products of two stacks of matrices."""
    ...
@overload
def broadcast_tensors(tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Views of all tensors in their common shape."""
    ...
@overload
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]: ...
@overload
def broadcast_to(input: _TensorLike, size: _Dims) -> Tensor:
    """A view broadcast to a shape, as arithmetic would."""
    ...
@overload
def broadcast_to(input: _TensorLike, *size: _int) -> Tensor: ...
def bucketize(
    input: _TensorLike,
    boundaries: _TensorLike,
    *,
    out_int32: _bool = ...,
    right: _bool = ...,
) -> Tensor:
    """The number of the bucket that each element falls into."""
    ...
@overload
def cartesian_prod(tensors: Sequence[Tensor]) -> Tensor:
    """All tuples with one element of each vector."""
    ...
@overload
def cartesian_prod(*tensors: Tensor) -> Tensor: ...
@overload
def cat(tensors: Sequence[Tensor], dim: _int = ...) -> Tensor:
    """Tensors one after the other along an existing dim; dtypes are promoted."""
    ...
@overload
def cat(tensors: Sequence[Tensor], axis: _int = ...) -> Tensor: ...
@overload
def cbrt(input: Value) -> Value:
    """Cube root, of negative numbers too."""
    ...
@overload
def cbrt(input: _TensorLike) -> Tensor: ...
def cdist(x1: _TensorLike, x2: _TensorLike, p: _float = ..., compute_mode: _str = ...) -> Tensor:
    """Distances of all pairs of rows."""
    ...
@overload
def ceil(input: Value) -> Value:
    """Smallest whole number not below x."""
    ...
@overload
def ceil(input: _TensorLike) -> Tensor: ...
@overload
def celu(input: Value, alpha: _float = ...) -> Value:
    """x where x > 0, else alpha (exp(x / alpha) - 1)."""
    ...
@overload
def celu(input: _TensorLike, alpha: _float = ...) -> Tensor: ...
def channel_shuffle(input: _TensorLike, groups: _int) -> Tensor:
    """Channels (g, k) in the order (k, g)."""
    ...
def cholesky(input: _TensorLike, upper: _bool = ...) -> Tensor:
    """Cholesky factor L of a matrix L L^T, or U of U^T U."""
    ...
def cholesky_inverse(input: _TensorLike, upper: _bool = ...) -> Tensor:
    """A^-1, of the Cholesky factor of A."""
    ...
def cholesky_solve(input: _TensorLike, L: _TensorLike, upper: _bool = ...) -> Tensor:
    """A^-1 B, of the Cholesky factor of A."""
    ...
@overload
def chunk(input: _TensorLike, chunks: _int, dim: _int = ...) -> tuple[Tensor, ...]:
    """At most `chunks` consecutive parts of equal length (the last may be shorter), as views."""
    ...
@overload
def chunk(input: _TensorLike, chunks: _int, axis: _int = ...) -> tuple[Tensor, ...]: ...
@overload
def clamp(input: Value, min: _float | None = ..., max: _float | None = ...) -> Value:
    """The input limited to [min, max]; max where min > max."""
    ...
@overload
def clamp(
    input: _TensorLike,
    min: _TensorLike | None = ...,
    max: _TensorLike | None = ...,
) -> Tensor: ...
@overload
def clamp_max(input: Value, other: Value | _float) -> Value:
    """The input, at most max."""
    ...
@overload
def clamp_max(input: _float, other: Value) -> Value: ...
@overload
def clamp_max(input: _TensorLike, max: _TensorLike) -> Tensor: ...
@overload
def clamp_min(input: Value, other: Value | _float) -> Value:
    """The input, at least min."""
    ...
@overload
def clamp_min(input: _float, other: Value) -> Value: ...
@overload
def clamp_min(input: _TensorLike, min: _TensorLike) -> Tensor: ...
def clip(
    input: _TensorLike,
    min: _TensorLike | None = ...,
    max: _TensorLike | None = ...,
) -> Tensor:
    """The input limited to [min, max]; max where min > max."""
    ...
def clone(input: _TensorLike, *, memory_format: _str | None = ...) -> Tensor:
    """A copy, laid out as the input if `memory_format` is not contiguous_format; gradients flow through it."""
    ...
@overload
def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Vectors as columns of a matrix, and matrices side by side."""
    ...
@overload
def column_stack(*tensors: Tensor) -> Tensor: ...
def combinations(input: _TensorLike, r: _int = ..., with_replacement: _bool = ...) -> Tensor:
    """All ways to choose r elements of a vector, in order."""
    ...
@overload
def concat(tensors: Sequence[Tensor], dim: _int = ...) -> Tensor:
    """Another name of cat."""
    ...
@overload
def concat(tensors: Sequence[Tensor], axis: _int = ...) -> Tensor: ...
@overload
def concatenate(tensors: Sequence[Tensor], dim: _int = ...) -> Tensor:
    """NumPy's name of cat."""
    ...
@overload
def concatenate(tensors: Sequence[Tensor], axis: _int = ...) -> Tensor: ...
def conv1d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims | _str = ...,
    dilation: _Dims = ...,
    groups: _int = ...,
) -> Tensor:
    """Convolution over 1 dim (cross-correlation, as in PyTorch)."""
    ...
def conv2d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims | _str = ...,
    dilation: _Dims = ...,
    groups: _int = ...,
) -> Tensor:
    """Convolution over 2 dims (cross-correlation, as in PyTorch)."""
    ...
def conv3d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims | _str = ...,
    dilation: _Dims = ...,
    groups: _int = ...,
) -> Tensor:
    """Convolution over 3 dims (cross-correlation, as in PyTorch)."""
    ...
def conv_transpose1d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims = ...,
    output_padding: _Dims = ...,
    groups: _int = ...,
    dilation: _Dims = ...,
) -> Tensor:
    """Transpose of a convolution over 1 dim."""
    ...
def conv_transpose2d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims = ...,
    output_padding: _Dims = ...,
    groups: _int = ...,
    dilation: _Dims = ...,
) -> Tensor:
    """Transpose of a convolution over 2 dims."""
    ...
def conv_transpose3d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims = ...,
    output_padding: _Dims = ...,
    groups: _int = ...,
    dilation: _Dims = ...,
) -> Tensor:
    """Transpose of a convolution over 3 dims."""
    ...
@overload
def copysign(input: Value, other: Value | _float) -> Value:
    """The magnitude of a with the sign of b, that of a zero included."""
    ...
@overload
def copysign(input: _float, other: Value) -> Value: ...
@overload
def copysign(input: _TensorLike, other: _TensorLike) -> Tensor: ...
def corrcoef(input: _TensorLike) -> Tensor:
    """Correlations of variables, which are the rows."""
    ...
@overload
def cos(input: Value) -> Value:
    """Cosine."""
    ...
@overload
def cos(input: _TensorLike) -> Tensor: ...
@overload
def cosh(input: Value) -> Value:
    """Hyperbolic cosine."""
    ...
@overload
def cosh(input: _TensorLike) -> Tensor: ...
@overload
def count_nonzero(input: _TensorLike, dim: _Dims | None = ...) -> Tensor:
    """Number of elements that are not zero, as int64."""
    ...
@overload
def count_nonzero(input: _TensorLike, axis: _Dims | None = ...) -> Tensor: ...
@overload
def count_nonzero(input: _TensorLike, *dim: _int) -> Tensor: ...
def cov(
    input: _TensorLike,
    *,
    correction: _int = ...,
    fweights: _TensorLike | None = ...,
    aweights: _TensorLike | None = ...,
) -> Tensor:
    """Covariances of variables, which are the rows."""
    ...
@overload
def cross(input: _TensorLike, other: _TensorLike, dim: _int | None = ...) -> Tensor:
    """Cross products of vectors of three elements."""
    ...
@overload
def cross(input: _TensorLike, other: _TensorLike, axis: _int | None = ...) -> Tensor: ...
@overload
def cummax(input: _TensorLike, dim: _int) -> ValuesIndices:
    """Running maxima along a dim and their indices, the last of equals; NaN stays."""
    ...
@overload
def cummax(input: _TensorLike, axis: _int) -> ValuesIndices: ...
@overload
def cummin(input: _TensorLike, dim: _int) -> ValuesIndices:
    """Running minima along a dim and their indices, the last of equals; NaN stays."""
    ...
@overload
def cummin(input: _TensorLike, axis: _int) -> ValuesIndices: ...
@overload
def cumprod(input: _TensorLike, dim: _int, *, dtype: _DTypeLike | None = ...) -> Tensor:
    """Running products along a dim."""
    ...
@overload
def cumprod(input: _TensorLike, axis: _int, *, dtype: _DTypeLike | None = ...) -> Tensor: ...
@overload
def cumsum(input: _TensorLike, dim: _int, *, dtype: _DTypeLike | None = ...) -> Tensor:
    """Running sums along a dim."""
    ...
@overload
def cumsum(input: _TensorLike, axis: _int, *, dtype: _DTypeLike | None = ...) -> Tensor: ...
@overload
def deg2rad(input: Value) -> Value:
    """Degrees as radians."""
    ...
@overload
def deg2rad(input: _TensorLike) -> Tensor: ...
def diag(input: _TensorLike, diagonal: _int = ...) -> Tensor:
    """A matrix with a vector on its diagonal, or the diagonal of a matrix (a copy)."""
    ...
def diag_embed(
    input: _TensorLike,
    offset: _int = ...,
    dim1: _int = ...,
    dim2: _int = ...,
) -> Tensor:
    """Matrices with the last dim of the input on a diagonal."""
    ...
def diagonal(input: _TensorLike, offset: _int = ..., dim1: _int = ..., dim2: _int = ...) -> Tensor:
    """A view of a diagonal of two dims, as the last dim."""
    ...
def diagonal_scatter(
    input: _TensorLike,
    src: _TensorLike,
    offset: _int = ...,
    dim1: _int = ...,
    dim2: _int = ...,
) -> Tensor:
    """A copy with a diagonal replaced by src."""
    ...
@overload
def diff(
    input: _TensorLike,
    n: _int = ...,
    dim: _int = ...,
    prepend: _TensorLike | None = ...,
    append: _TensorLike | None = ...,
) -> Tensor:
    """Differences of neighbours along a dim."""
    ...
@overload
def diff(
    input: _TensorLike,
    n: _int = ...,
    axis: _int = ...,
    prepend: _TensorLike | None = ...,
    append: _TensorLike | None = ...,
) -> Tensor: ...
@overload
def digamma(input: Value) -> Value:
    """Logarithmic derivative of the gamma function; NaN at -1, -2, ..."""
    ...
@overload
def digamma(input: _TensorLike) -> Tensor: ...
def dist(input: _TensorLike, other: _TensorLike, p: _float = ...) -> Tensor:
    """The p-norm of the difference of two tensors."""
    ...
@overload
def div(input: Value, other: Value | _float) -> Value:
    """Quotient of the operands, rounded if asked."""
    ...
@overload
def div(input: _float, other: Value) -> Value: ...
@overload
def div(input: _TensorLike, other: _TensorLike, *, rounding_mode: _str | None = ...) -> Tensor: ...
def divide(input: _TensorLike, other: _TensorLike, *, rounding_mode: _str | None = ...) -> Tensor:
    """Quotient of the operands, rounded if asked."""
    ...
def dot(input: _TensorLike, tensor: _TensorLike) -> Tensor:
    """Dot product of two vectors."""
    ...
def dropout(
    input: _TensorLike,
    p: _float = ...,
    training: _bool = ...,
    inplace: _bool = ...,
) -> Tensor:
    """Zeroes elements with probability p and scales the others by 1 / (1 - p)."""
    ...
def dsplit(input: _TensorLike, indices_or_sections: _Dims) -> tuple[Tensor, ...]:
    """Parts along dim 2."""
    ...
@overload
def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors behind each other: along dim 2."""
    ...
@overload
def dstack(*tensors: Tensor) -> Tensor: ...
@overload
def einsum(equation: _str, operands: Sequence[Tensor]) -> Tensor:
    """Sums of products in Einstein's notation, contracted from left to right, or in an order of fewer multiplications."""
    ...
@overload
def einsum(equation: _str, *operands: Tensor) -> Tensor: ...
@overload
def elu(input: Value, alpha: _float = ..., scale: _float = ..., input_scale: _float = ...) -> Value:
    """scale x where x > 0, else scale alpha (exp(input_scale x) - 1)."""
    ...
@overload
def elu(
    input: _TensorLike,
    alpha: _float = ...,
    scale: _float = ...,
    input_scale: _float = ...,
) -> Tensor: ...
@overload
def empty(
    size: _Dims,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """A tensor with arbitrary contents; arguments as for zeros."""
    ...
@overload
def empty(
    *size: _int,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor: ...
def empty_like(
    input: _TensorLike,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    memory_format: _str | None = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Arbitrary contents in the shape and dtype of input."""
    ...
@overload
def eq(input: Value, other: Value | _float) -> _bool:
    """Whether a = b."""
    ...
@overload
def eq(input: _float, other: Value) -> _bool: ...
@overload
def eq(input: _TensorLike, other: _TensorLike) -> Tensor: ...
def equal(input: _TensorLike, other: _TensorLike) -> _bool:
    """Whether two tensors have one shape and equal elements."""
    ...
@overload
def erf(input: Value) -> Value:
    """Error function."""
    ...
@overload
def erf(input: _TensorLike) -> Tensor: ...
@overload
def erfc(input: Value) -> Value:
    """1 - erf(x), accurate for large x."""
    ...
@overload
def erfc(input: _TensorLike) -> Tensor: ...
@overload
def erfinv(input: Value) -> Value:
    """Inverse of the error function; NaN outside [-1, 1]."""
    ...
@overload
def erfinv(input: _TensorLike) -> Tensor: ...
@overload
def exp(input: Value) -> Value:
    """e to the power x."""
    ...
@overload
def exp(input: _TensorLike) -> Tensor: ...
@overload
def exp2(input: Value) -> Value:
    """2 to the power x."""
    ...
@overload
def exp2(input: _TensorLike) -> Tensor: ...
@overload
def expm1(input: Value) -> Value:
    """exp(x) - 1, accurate near 0."""
    ...
@overload
def expm1(input: _TensorLike) -> Tensor: ...
def eye(
    n: _int,
    m: _int | None = ...,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """The identity matrix, or its first m columns."""
    ...
def feature_alpha_dropout(
    input: _TensorLike,
    p: _float = ...,
    training: _bool = ...,
    inplace: _bool = ...,
) -> Tensor:
    """Alpha dropout of whole features: all of input[i, j] or nothing."""
    ...
def feature_dropout(
    input: _TensorLike,
    p: _float = ...,
    training: _bool = ...,
    inplace: _bool = ...,
) -> Tensor:
    """Dropout of whole features: all of input[i, j] or nothing."""
    ...
@overload
def fix(input: Value) -> Value:
    """Whole part of x."""
    ...
@overload
def fix(input: _TensorLike) -> Tensor: ...
def flatten(input: _TensorLike, start_dim: _int = ..., end_dim: _int = ...) -> Tensor:
    """The dims from start_dim to end_dim as one."""
    ...
@overload
def flip(input: _TensorLike, dims: _Dims) -> Tensor:
    """A copy with the order of dims reversed."""
    ...
@overload
def flip(input: _TensorLike, axis: _Dims) -> Tensor: ...
@overload
def flip(input: _TensorLike, *dims: _int) -> Tensor: ...
def fliplr(input: _TensorLike) -> Tensor:
    """A copy with dim 1 reversed."""
    ...
def flipud(input: _TensorLike) -> Tensor:
    """A copy with dim 0 reversed."""
    ...
def float_power(input: _TensorLike, exponent: _TensorLike) -> Tensor:
    """The power, computed and returned as float64."""
    ...
@overload
def floor(input: Value) -> Value:
    """Largest whole number not above x."""
    ...
@overload
def floor(input: _TensorLike) -> Tensor: ...
@overload
def floor_divide(input: Value, other: Value | _float) -> Value:
    """Quotient rounded down; for integers, 0 where the divisor is 0."""
    ...
@overload
def floor_divide(input: _float, other: Value) -> Value: ...
@overload
def floor_divide(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def fmax(input: Value, other: Value | _float) -> Value:
    """The larger operand; if one is NaN, the other."""
    ...
@overload
def fmax(input: _float, other: Value) -> Value: ...
@overload
def fmax(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def fmin(input: Value, other: Value | _float) -> Value:
    """The smaller operand; if one is NaN, the other."""
    ...
@overload
def fmin(input: _float, other: Value) -> Value: ...
@overload
def fmin(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def fmod(input: Value, other: Value | _float) -> Value:
    """Remainder with the sign of the dividend."""
    ...
@overload
def fmod(input: _float, other: Value) -> Value: ...
@overload
def fmod(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def frac(input: Value) -> Value:
    """x - trunc(x)."""
    ...
@overload
def frac(input: _TensorLike) -> Tensor: ...
def full(
    size: _Dims,
    fill_value: _float,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """A tensor filled with one number; its dtype is the number's."""
    ...
def full_like(
    input: _TensorLike,
    fill_value: _float,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    memory_format: _str | None = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """One number in the shape and dtype of input."""
    ...
@overload
def gather(input: _TensorLike, dim: _int, index: _TensorLike) -> Tensor:
    """Elements along dim at the indices given for each place."""
    ...
@overload
def gather(input: _TensorLike, axis: _int, index: _TensorLike) -> Tensor: ...
@overload
def ge(input: Value, other: Value | _float) -> _bool:
    """Whether a >= b."""
    ...
@overload
def ge(input: _float, other: Value) -> _bool: ...
@overload
def ge(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def gelu(input: Value) -> Value:
    """Gaussian error linear unit x * Phi(x), by erf or by its tanh approximation."""
    ...
@overload
def gelu(input: _TensorLike, approximate: _str = ...) -> Tensor: ...
@overload
def gelu_tanh(input: Value) -> Value:
    """x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2."""
    ...
@overload
def gelu_tanh(input: _TensorLike) -> Tensor: ...
def ger(input: _TensorLike, vec2: _TensorLike) -> Tensor:
    """Alias of outer."""
    ...
@overload
def greater(input: Value, other: Value | _float) -> _bool:
    """Whether a > b."""
    ...
@overload
def greater(input: _float, other: Value) -> _bool: ...
@overload
def greater(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def greater_equal(input: Value, other: Value | _float) -> _bool:
    """Whether a >= b."""
    ...
@overload
def greater_equal(input: _float, other: Value) -> _bool: ...
@overload
def greater_equal(input: _TensorLike, other: _TensorLike) -> Tensor: ...
def gru(
    input: _TensorLike,
    hx: _TensorLike | None,
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool = ...,
    batch_sizes: _TensorLike | None = ...,
) -> tuple[Tensor, Tensor]:
    """Gated recurrent layers over whole sequences."""
    ...
def gru_cell(
    input: _TensorLike,
    hx: _TensorLike | None,
    w_ih: _TensorLike,
    w_hh: _TensorLike,
    b_ih: _TensorLike | None = ...,
    b_hh: _TensorLike | None = ...,
) -> Tensor:
    """One step of a gated recurrent unit."""
    ...
@overload
def gt(input: Value, other: Value | _float) -> _bool:
    """Whether a > b."""
    ...
@overload
def gt(input: _float, other: Value) -> _bool: ...
@overload
def gt(input: _TensorLike, other: _TensorLike) -> Tensor: ...
def hamming_window(
    window_length: _int,
    periodic: _bool = ...,
    alpha: _float = ...,
    beta: _float = ...,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Window of Hamming: alpha - beta cos(2 pi t), t from 0 to 1."""
    ...
def hann_window(
    window_length: _int,
    periodic: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Window of Hann: (1 - cos(2 pi t)) / 2, t from 0 to 1; arguments as for hamming_window."""
    ...
@overload
def hardshrink(input: Value, lambd: _float = ...) -> Value:
    """x where |x| > lambd, else 0."""
    ...
@overload
def hardshrink(input: _TensorLike, lambd: _float = ...) -> Tensor: ...
@overload
def hardsigmoid(input: Value) -> Value:
    """min(max(x + 3, 0), 6) / 6."""
    ...
@overload
def hardsigmoid(input: _TensorLike) -> Tensor: ...
@overload
def hardswish(input: Value) -> Value:
    """x min(max(x + 3, 0), 6) / 6."""
    ...
@overload
def hardswish(input: _TensorLike) -> Tensor: ...
@overload
def hardtanh(input: Value, min_val: _float = ..., max_val: _float = ...) -> Value:
    """x, clamped to [min_val, max_val]."""
    ...
@overload
def hardtanh(input: _TensorLike, min_val: _float = ..., max_val: _float = ...) -> Tensor: ...
def heaviside(input: _TensorLike, other: _TensorLike) -> Tensor:
    """0 below 0, b at 0, 1 above; 0 for NaN, as in PyTorch."""
    ...
def histc(input: _TensorLike, bins: _int = ..., min: _float = ..., max: _float = ...) -> Tensor:
    """How many elements lie in each of `bins` equal parts of [min, max]."""
    ...
def hsplit(input: _TensorLike, indices_or_sections: _Dims) -> tuple[Tensor, ...]:
    """Parts along dim 1, of a vector along dim 0."""
    ...
@overload
def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side: along dim 1, vectors along dim 0."""
    ...
@overload
def hstack(*tensors: Tensor) -> Tensor: ...
@overload
def huber(input: Value, delta: _float = ...) -> Value:
    """x^2 / 2 where |x| < delta, else delta (|x| - delta / 2)."""
    ...
@overload
def huber(input: _TensorLike, delta: _float = ...) -> Tensor: ...
@overload
def hypot(input: Value, other: Value | _float) -> Value:
    """sqrt(a^2 + b^2), without overflow on the way."""
    ...
@overload
def hypot(input: _float, other: Value) -> Value: ...
@overload
def hypot(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def i0(input: Value) -> Value:
    """Modified Bessel function of order 0."""
    ...
@overload
def i0(input: _TensorLike) -> Tensor: ...
@overload
def i0e(input: Value) -> Value:
    """Modified Bessel function of order 0, times exp(-|x|)."""
    ...
@overload
def i0e(input: _TensorLike) -> Tensor: ...
@overload
def i1(input: Value) -> Value:
    """Modified Bessel function of order 1."""
    ...
@overload
def i1(input: _TensorLike) -> Tensor: ...
@overload
def i1e(input: Value) -> Value:
    """Modified Bessel function of order 1, times exp(-|x|)."""
    ...
@overload
def i1e(input: _TensorLike) -> Tensor: ...
@overload
def igamma(input: Value, other: Value | _float) -> Value:
    """Lower incomplete gamma function of order a over gamma(a)."""
    ...
@overload
def igamma(input: _float, other: Value) -> Value: ...
@overload
def igamma(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def igammac(input: Value, other: Value | _float) -> Value:
    """Upper incomplete gamma function of order a over gamma(a)."""
    ...
@overload
def igammac(input: _float, other: Value) -> Value: ...
@overload
def igammac(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def index_add(
    input: _TensorLike,
    dim: _int,
    index: _TensorLike,
    source: _TensorLike,
    *,
    alpha: _float = ...,
) -> Tensor:
    """A copy with alpha times the rows of source added at the given indices of a dim."""
    ...
@overload
def index_add(
    input: _TensorLike,
    axis: _int,
    index: _TensorLike,
    source: _TensorLike,
    *,
    alpha: _float = ...,
) -> Tensor: ...
@overload
def index_copy(input: _TensorLike, dim: _int, index: _TensorLike, source: _TensorLike) -> Tensor:
    """A copy with the rows of source written at the given indices of a dim."""
    ...
@overload
def index_copy(
    input: _TensorLike,
    axis: _int,
    index: _TensorLike,
    source: _TensorLike,
) -> Tensor: ...
@overload
def index_fill(input: _TensorLike, dim: _int, index: _TensorLike, value: _TensorLike) -> Tensor:
    """A copy with a number, or a 0-d tensor, written at the given indices of a dim."""
    ...
@overload
def index_fill(
    input: _TensorLike,
    axis: _int,
    index: _TensorLike,
    value: _TensorLike,
) -> Tensor: ...
def index_put(
    input: _TensorLike,
    indices: Sequence[Tensor],
    values: _TensorLike,
    accumulate: _bool = ...,
) -> Tensor:
    """A copy with values written (or added) where x[indices] would read."""
    ...
@overload
def index_select(input: _TensorLike, dim: _int, index: _TensorLike) -> Tensor:
    """The given indices of a dim, in their order."""
    ...
@overload
def index_select(input: _TensorLike, axis: _int, index: _TensorLike) -> Tensor: ...
def inner(input: _TensorLike, other: _TensorLike) -> Tensor:
    """Dot products over the last dims."""
    ...
def isclose(
    input: _TensorLike,
    other: _TensorLike,
    rtol: _float = ...,
    atol: _float = ...,
    equal_nan: _bool = ...,
) -> Tensor:
    """Whether elements are equal but for rounding: |a - b| <= atol + rtol |b|."""
    ...
@overload
def isfinite(input: Value) -> _bool:
    """Whether x is neither infinite nor NaN."""
    ...
@overload
def isfinite(input: _TensorLike) -> Tensor: ...
def isin(
    elements: _TensorLike,
    test_elements: _TensorLike,
    *,
    assume_unique: _bool = ...,
    invert: _bool = ...,
) -> Tensor:
    """Whether each element is among the test elements."""
    ...
@overload
def isinf(input: Value) -> _bool:
    """Whether x is infinite."""
    ...
@overload
def isinf(input: _TensorLike) -> Tensor: ...
@overload
def isnan(input: Value) -> _bool:
    """Whether x is NaN."""
    ...
@overload
def isnan(input: _TensorLike) -> Tensor: ...
@overload
def isneginf(input: Value) -> _bool:
    """Whether x is negative infinity."""
    ...
@overload
def isneginf(input: _TensorLike) -> Tensor: ...
@overload
def isposinf(input: Value) -> _bool:
    """Whether x is positive infinity."""
    ...
@overload
def isposinf(input: _TensorLike) -> Tensor: ...
def kaiser_window(
    window_length: _int,
    periodic: _bool = ...,
    beta: _float = ...,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Window of Kaiser, whose beta trades its width for what leaks; arguments as for hamming_window."""
    ...
def kron(input: _TensorLike, other: _TensorLike) -> Tensor:
    """Kronecker product: every element of input times the whole of other."""
    ...
@overload
def kthvalue(input: _TensorLike, k: _int, dim: _int = ..., keepdim: _bool = ...) -> ValuesIndices:
    """The k-th smallest element along a dim."""
    ...
@overload
def kthvalue(
    input: _TensorLike,
    k: _int,
    axis: _int = ...,
    keepdims: _bool = ...,
) -> ValuesIndices: ...
@overload
def le(input: Value, other: Value | _float) -> _bool:
    """Whether a <= b."""
    ...
@overload
def le(input: _float, other: Value) -> _bool: ...
@overload
def le(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def leaky_relu(input: Value, negative_slope: _float = ...) -> Value:
    """x where x > 0, else negative_slope x."""
    ...
@overload
def leaky_relu(input: _TensorLike, negative_slope: _float = ...) -> Tensor: ...
@overload
def lerp(input: Value, end: Value | _float, weight: Value | _float) -> Value:
    """Linear interpolation a + weight (b - a), exact at both ends."""
    ...
@overload
def lerp(input: _float, end: Value, weight: Value | _float) -> Value: ...
@overload
def lerp(input: _float, end: _float, weight: Value) -> Value: ...
@overload
def lerp(input: _TensorLike, end: _TensorLike, weight: _TensorLike) -> Tensor: ...
@overload
def less(input: Value, other: Value | _float) -> _bool:
    """Whether a < b."""
    ...
@overload
def less(input: _float, other: Value) -> _bool: ...
@overload
def less(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def less_equal(input: Value, other: Value | _float) -> _bool:
    """Whether a <= b."""
    ...
@overload
def less_equal(input: _float, other: Value) -> _bool: ...
@overload
def less_equal(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def lgamma(input: Value) -> Value:
    """Logarithm of the absolute value of the gamma function."""
    ...
@overload
def lgamma(input: _TensorLike) -> Tensor: ...
def linspace(
    start: _float,
    end: _float,
    steps: _int,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Evenly spaced numbers from start to end, both included."""
    ...
@overload
def log(input: Value) -> Value:
    """Natural logarithm; NaN below 0."""
    ...
@overload
def log(input: _TensorLike) -> Tensor: ...
@overload
def log10(input: Value) -> Value:
    """Logarithm to base 10."""
    ...
@overload
def log10(input: _TensorLike) -> Tensor: ...
@overload
def log1p(input: Value) -> Value:
    """log(1 + x), accurate near 0."""
    ...
@overload
def log1p(input: _TensorLike) -> Tensor: ...
@overload
def log2(input: Value) -> Value:
    """Logarithm to base 2."""
    ...
@overload
def log2(input: _TensorLike) -> Tensor: ...
@overload
def log_softmax(
    input: _TensorLike,
    dim: _int | None = ...,
    dtype: _DTypeLike | None = ...,
) -> Tensor:
    """log(softmax(x)) along a dim, accurate where softmax underflows."""
    ...
@overload
def log_softmax(
    input: _TensorLike,
    axis: _int | None = ...,
    dtype: _DTypeLike | None = ...,
) -> Tensor: ...
@overload
def logaddexp(input: Value, other: Value | _float) -> Value:
    """log(exp(a) + exp(b)), without overflow."""
    ...
@overload
def logaddexp(input: _float, other: Value) -> Value: ...
@overload
def logaddexp(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def logaddexp2(input: Value, other: Value | _float) -> Value:
    """Logarithm to base 2 of 2^a + 2^b, without overflow."""
    ...
@overload
def logaddexp2(input: _float, other: Value) -> Value: ...
@overload
def logaddexp2(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def logcumsumexp(input: _TensorLike, dim: _int) -> Tensor:
    """log(cumsum(exp(input))) along a dim, without overflow."""
    ...
@overload
def logcumsumexp(input: _TensorLike, axis: _int) -> Tensor: ...
@overload
def logical_and(input: Value, other: Value | _float) -> _bool:
    """Whether both operands are not zero."""
    ...
@overload
def logical_and(input: _float, other: Value) -> _bool: ...
@overload
def logical_and(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def logical_not(input: Value) -> _bool:
    """Whether x is zero."""
    ...
@overload
def logical_not(input: _TensorLike) -> Tensor: ...
@overload
def logical_or(input: Value, other: Value | _float) -> _bool:
    """Whether an operand is not zero."""
    ...
@overload
def logical_or(input: _float, other: Value) -> _bool: ...
@overload
def logical_or(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def logical_xor(input: Value, other: Value | _float) -> _bool:
    """Whether just one operand is not zero."""
    ...
@overload
def logical_xor(input: _float, other: Value) -> _bool: ...
@overload
def logical_xor(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def logit(input: Value, eps: _float | None = ...) -> Value:
    """log(x / (1 - x)); with eps, x is first limited to [eps, 1 - eps]."""
    ...
@overload
def logit(input: _TensorLike, eps: _float | None = ...) -> Tensor: ...
@overload
def logsigmoid(input: Value) -> Value:
    """log(sigmoid(x)), accurate in both tails."""
    ...
@overload
def logsigmoid(input: _TensorLike) -> Tensor: ...
def logspace(
    start: _float,
    end: _float,
    steps: _int,
    base: _float = ...,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Powers of base with evenly spaced exponents from start to end."""
    ...
@overload
def logsumexp(input: _TensorLike, dim: _Dims, keepdim: _bool = ...) -> Tensor:
    """log(sum(exp(input))), without overflow."""
    ...
@overload
def logsumexp(input: _TensorLike, axis: _Dims, keepdims: _bool = ...) -> Tensor: ...
def lstm(
    input: _TensorLike,
    hx: Sequence[Tensor],
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool = ...,
    batch_sizes: _TensorLike | None = ...,
) -> tuple[Tensor, Tensor, Tensor]:
    """LSTM layers over whole sequences."""
    ...
def lstm_cell(
    input: _TensorLike,
    hx: Sequence[Tensor],
    w_ih: _TensorLike,
    w_hh: _TensorLike,
    b_ih: _TensorLike | None = ...,
    b_hh: _TensorLike | None = ...,
) -> tuple[Tensor, Tensor]:
    """One step of an LSTM; the state is (h, c), or () for zeros."""
    ...
@overload
def lt(input: Value, other: Value | _float) -> _bool:
    """Whether a < b."""
    ...
@overload
def lt(input: _float, other: Value) -> _bool: ...
@overload
def lt(input: _TensorLike, other: _TensorLike) -> Tensor: ...
def masked_fill(input: _TensorLike, mask: _TensorLike, value: _TensorLike) -> Tensor:
    """A copy with a number, or a 0-d tensor, where mask is true."""
    ...
def masked_scatter(input: _TensorLike, mask: _TensorLike, source: _TensorLike) -> Tensor:
    """A copy with the elements of source, in order, where mask is true."""
    ...
def masked_select(input: _TensorLike, mask: _TensorLike) -> Tensor:
    """The elements where mask is true, as a vector."""
    ...
def matmul(input: _TensorLike, other: _TensorLike) -> Tensor:
    """Matrix product; vectors, matrices and stacks of matrices, whose leading dims broadcast."""
    ...
@overload
def max(input: _TensorLike, keepdim: _bool = ..., *, other: _TensorLike | None = ...) -> Tensor:
    """Largest element; along a dim (values, indices); of two tensors their maximum."""
    ...
@overload
def max(
    input: _TensorLike,
    keepdims: _bool = ...,
    *,
    other: _TensorLike | None = ...,
) -> Tensor: ...
@overload
def max(
    input: _TensorLike,
    dim: _int,
    keepdim: _bool = ...,
    *,
    other: _TensorLike | None = ...,
) -> ValuesIndices: ...
@overload
def max(
    input: _TensorLike,
    axis: _int,
    keepdims: _bool = ...,
    *,
    other: _TensorLike | None = ...,
) -> ValuesIndices: ...
@overload
def max(input: _TensorLike, other: Tensor) -> Tensor: ...
@overload
def max_pool1d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
) -> Tensor:
    """Largest elements of windows."""
    ...
@overload
def max_pool1d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
    return_indices: _bool = ...,
) -> Any: ...
def max_pool1d_with_indices(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
    return_indices: _bool = ...,
) -> tuple[Tensor, Tensor]:
    """Largest elements of windows."""
    ...
@overload
def max_pool2d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
) -> Tensor:
    """Largest elements of windows."""
    ...
@overload
def max_pool2d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
    return_indices: _bool = ...,
) -> Any: ...
@overload
def max_pool3d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
) -> Tensor:
    """Largest elements of windows."""
    ...
@overload
def max_pool3d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
    return_indices: _bool = ...,
) -> Any: ...
@overload
def maximum(input: Value, other: Value | _float) -> Value:
    """The larger operand; NaN if either is."""
    ...
@overload
def maximum(input: _float, other: Value) -> Value: ...
@overload
def maximum(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def mean(
    input: _TensorLike,
    dim: _Dims | None = ...,
    keepdim: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
) -> Tensor:
    """Mean of elements."""
    ...
@overload
def mean(
    input: _TensorLike,
    axis: _Dims | None = ...,
    keepdims: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
) -> Tensor: ...
@overload
def median(input: _TensorLike, keepdim: _bool = ...) -> Tensor:
    """The median, the lower of two; NaN if any element is."""
    ...
@overload
def median(input: _TensorLike, keepdims: _bool = ...) -> Tensor: ...
@overload
def median(input: _TensorLike, dim: _int, keepdim: _bool = ...) -> ValuesIndices: ...
@overload
def median(input: _TensorLike, axis: _int, keepdims: _bool = ...) -> ValuesIndices: ...
@overload
def meshgrid(tensors: Sequence[Tensor], *, indexing: _str = ...) -> tuple[Tensor, ...]:
    """Coordinates of a grid: each vector expanded to the shape of all."""
    ...
@overload
def meshgrid(*tensors: Tensor, indexing: _str = ...) -> tuple[Tensor, ...]: ...
@overload
def min(input: _TensorLike, keepdim: _bool = ..., *, other: _TensorLike | None = ...) -> Tensor:
    """Smallest element; along a dim (values, indices); of two tensors their minimum."""
    ...
@overload
def min(
    input: _TensorLike,
    keepdims: _bool = ...,
    *,
    other: _TensorLike | None = ...,
) -> Tensor: ...
@overload
def min(
    input: _TensorLike,
    dim: _int,
    keepdim: _bool = ...,
    *,
    other: _TensorLike | None = ...,
) -> ValuesIndices: ...
@overload
def min(
    input: _TensorLike,
    axis: _int,
    keepdims: _bool = ...,
    *,
    other: _TensorLike | None = ...,
) -> ValuesIndices: ...
@overload
def min(input: _TensorLike, other: Tensor) -> Tensor: ...
@overload
def minimum(input: Value, other: Value | _float) -> Value:
    """The smaller operand; NaN if either is."""
    ...
@overload
def minimum(input: _float, other: Value) -> Value: ...
@overload
def minimum(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def mish(input: Value) -> Value:
    """x tanh(log(1 + exp(x)))."""
    ...
@overload
def mish(input: _TensorLike) -> Tensor: ...
def mm(input: _TensorLike, mat2: _TensorLike) -> Tensor:
    """Product of two matrices."""
    ...
@overload
def mode(input: _TensorLike, dim: _int = ..., keepdim: _bool = ...) -> ValuesIndices:
    """The most frequent value along a dim, the smallest of several."""
    ...
@overload
def mode(input: _TensorLike, axis: _int = ..., keepdims: _bool = ...) -> ValuesIndices: ...
def moveaxis(input: _TensorLike, source: _Dims, destination: _Dims) -> Tensor:
    """NumPy's name of movedim."""
    ...
def movedim(input: _TensorLike, source: _Dims, destination: _Dims) -> Tensor:
    """A view with dims moved to new places, the others in their order."""
    ...
def msort(input: _TensorLike) -> Tensor:
    """Elements in ascending order along the first dim."""
    ...
@overload
def mul(input: Value, other: Value | _float) -> Value:
    """Product of the operands."""
    ...
@overload
def mul(input: _float, other: Value) -> Value: ...
@overload
def mul(input: _TensorLike, other: _TensorLike) -> Tensor: ...
def multinomial(
    input: _TensorLike,
    num_samples: _int,
    replacement: _bool = ...,
    *,
    generator: Generator | None = ...,
) -> Tensor:
    """Indices drawn from each row of weights, with or without replacement."""
    ...
@overload
def multiply(input: Value, other: Value | _float) -> Value:
    """Product of the operands."""
    ...
@overload
def multiply(input: _float, other: Value) -> Value: ...
@overload
def multiply(input: _TensorLike, other: _TensorLike) -> Tensor: ...
def mv(input: _TensorLike, vec: _TensorLike) -> Tensor:
    """Matrix times vector."""
    ...
def mvlgamma(input: _TensorLike, p: _int) -> Tensor:
    """Logarithm of the multivariate gamma function of dimension p."""
    ...
@overload
def nan_to_num(
    input: Value,
    nan: _float | None = ...,
    posinf: _float | None = ...,
    neginf: _float | None = ...,
) -> Value:
    """x with NaN and the infinities replaced; by default by 0 and the largest finite numbers."""
    ...
@overload
def nan_to_num(
    input: _TensorLike,
    nan: _float | None = ...,
    posinf: _float | None = ...,
    neginf: _float | None = ...,
) -> Tensor: ...
@overload
def nanmean(
    input: _TensorLike,
    dim: _Dims | None = ...,
    keepdim: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
) -> Tensor:
    """Mean of elements that are not NaN."""
    ...
@overload
def nanmean(
    input: _TensorLike,
    axis: _Dims | None = ...,
    keepdims: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
) -> Tensor: ...
@overload
def nanmedian(input: _TensorLike, keepdim: _bool = ...) -> Tensor:
    """The median of the elements that are not NaN, the lower of two."""
    ...
@overload
def nanmedian(input: _TensorLike, keepdims: _bool = ...) -> Tensor: ...
@overload
def nanmedian(input: _TensorLike, dim: _int, keepdim: _bool = ...) -> ValuesIndices: ...
@overload
def nanmedian(input: _TensorLike, axis: _int, keepdims: _bool = ...) -> ValuesIndices: ...
@overload
def nanquantile(
    input: _TensorLike,
    q: _TensorLike,
    dim: _int | None = ...,
    keepdim: _bool = ...,
    *,
    interpolation: _str = ...,
) -> Tensor:
    """Quantiles of the elements that are not NaN."""
    ...
@overload
def nanquantile(
    input: _TensorLike,
    q: _TensorLike,
    axis: _int | None = ...,
    keepdims: _bool = ...,
    *,
    interpolation: _str = ...,
) -> Tensor: ...
@overload
def nansum(
    input: _TensorLike,
    dim: _Dims | None = ...,
    keepdim: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
) -> Tensor:
    """Sum of elements that are not NaN."""
    ...
@overload
def nansum(
    input: _TensorLike,
    axis: _Dims | None = ...,
    keepdims: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
) -> Tensor: ...
@overload
def narrow(input: _TensorLike, dim: _int, start: _int, length: _int) -> Tensor:
    """A view of `length` elements along dim, from `start` on."""
    ...
@overload
def narrow(input: _TensorLike, axis: _int, start: _int, length: _int) -> Tensor: ...
@overload
def ne(input: Value, other: Value | _float) -> _bool:
    """Whether a differs from b."""
    ...
@overload
def ne(input: _float, other: Value) -> _bool: ...
@overload
def ne(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def neg(input: Value) -> Value:
    """The negative."""
    ...
@overload
def neg(input: _TensorLike) -> Tensor: ...
@overload
def negative(input: Value) -> Value:
    """The negative."""
    ...
@overload
def negative(input: _TensorLike) -> Tensor: ...
@overload
def nonzero(input: _TensorLike) -> Tensor:
    """The indices of the elements that are not zero."""
    ...
@overload
def nonzero(input: _TensorLike, *, as_tuple: _bool) -> tuple[Tensor, ...]: ...
@overload
def norm(
    input: _TensorLike,
    p: _float | _str | None = ...,
    dim: _Dims | None = ...,
    keepdim: _bool = ...,
    dtype: _DTypeLike | None = ...,
) -> Tensor:
    """Norm of the elements taken as a vector: (sum |x|^p)^(1/p)."""
    ...
@overload
def norm(
    input: _TensorLike,
    p: _float | _str | None = ...,
    axis: _Dims | None = ...,
    keepdims: _bool = ...,
    dtype: _DTypeLike | None = ...,
) -> Tensor: ...
def normal(
    mean: _TensorLike,
    std: _TensorLike = ...,
    size: _Dims | None = ...,
    *,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Normal numbers of the given mean and deviation, which may be tensors."""
    ...
@overload
def not_equal(input: Value, other: Value | _float) -> _bool:
    """Whether a differs from b."""
    ...
@overload
def not_equal(input: _float, other: Value) -> _bool: ...
@overload
def not_equal(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def ones(
    size: _Dims,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """A tensor of ones; arguments as for zeros."""
    ...
@overload
def ones(
    *size: _int,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor: ...
def ones_like(
    input: _TensorLike,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    memory_format: _str | None = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Ones of the shape and dtype of input."""
    ...
def outer(input: _TensorLike, vec2: _TensorLike) -> Tensor:
    """All products of an element of one vector and one of the other."""
    ...
@overload
def permute(input: _TensorLike, dims: _Dims) -> Tensor:
    """A view with the dims in another order."""
    ...
@overload
def permute(input: _TensorLike, axis: _Dims) -> Tensor: ...
@overload
def permute(input: _TensorLike, *dims: _int) -> Tensor: ...
def pixel_shuffle(input: _TensorLike, upscale_factor: _int) -> Tensor:
    """Channels spread over pixels."""
    ...
def pixel_unshuffle(input: _TensorLike, downscale_factor: _int) -> Tensor:
    """Pixels gathered into channels; the inverse of pixel_shuffle."""
    ...
def poisson(input: _TensorLike, generator: Generator | None = ...) -> Tensor:
    """Counts that are Poisson distributed with the rates in input."""
    ...
@overload
def polygamma(input: Value, other: Value | _float) -> Value:
    """Derivative of order n of digamma; digamma itself for n = 0."""
    ...
@overload
def polygamma(input: _float, other: Value) -> Value: ...
@overload
def polygamma(n: _TensorLike, input: _TensorLike) -> Tensor: ...
def positive(input: _TensorLike) -> Tensor:
    """The input itself."""
    ...
@overload
def pow(input: Value, exponent: Value | _float) -> Value:
    """a to the power b; for integers a negative power is 0 unless |a| is 1."""
    ...
@overload
def pow(input: _float, exponent: Value) -> Value: ...
@overload
def pow(input: _TensorLike, exponent: _TensorLike) -> Tensor: ...
@overload
def prod(
    input: _TensorLike,
    dim: _int | None = ...,
    keepdim: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
) -> Tensor:
    """Product of elements."""
    ...
@overload
def prod(
    input: _TensorLike,
    axis: _int | None = ...,
    keepdims: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
) -> Tensor: ...
@overload
def quantile(
    input: _TensorLike,
    q: _TensorLike,
    dim: _int | None = ...,
    keepdim: _bool = ...,
    *,
    interpolation: _str = ...,
) -> Tensor:
    """Quantiles; NaN where any element is."""
    ...
@overload
def quantile(
    input: _TensorLike,
    q: _TensorLike,
    axis: _int | None = ...,
    keepdims: _bool = ...,
    *,
    interpolation: _str = ...,
) -> Tensor: ...
@overload
def rad2deg(input: Value) -> Value:
    """Radians as degrees."""
    ...
@overload
def rad2deg(input: _TensorLike) -> Tensor: ...
@overload
def rand(
    size: _Dims,
    *,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Uniform numbers in [0, 1), of the given sizes."""
    ...
@overload
def rand(
    *size: _int,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor: ...
def rand_like(
    input: _TensorLike,
    *,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    memory_format: _str | None = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Uniform numbers in [0, 1) of the shape and dtype of input."""
    ...
@overload
def randint(
    high: _int,
    size: _Dims,
    *,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Integers in [low, high): randint(high, size) or randint(low, high, size)."""
    ...
@overload
def randint(
    high: _int,
    *size: _int,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor: ...
@overload
def randint(
    low: _int,
    high: _int,
    size: _Dims,
    *,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor: ...
@overload
def randint(
    low: _int,
    high: _int,
    *size: _int,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor: ...
@overload
def randint_like(
    input: _TensorLike,
    high: _int,
    *,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    memory_format: _str | None = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Integers of the shape and dtype of input: randint_like(input, high) or randint_like(input, low, high)."""
    ...
@overload
def randint_like(
    input: _TensorLike,
    low: _int,
    high: _int,
    *,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    memory_format: _str | None = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor: ...
@overload
def randn(
    size: _Dims,
    *,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Normal numbers of mean 0 and deviation 1, of the given sizes."""
    ...
@overload
def randn(
    *size: _int,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor: ...
def randn_like(
    input: _TensorLike,
    *,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    memory_format: _str | None = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Normal numbers of the shape and dtype of input."""
    ...
def randperm(
    n: _int,
    *,
    generator: Generator | None = ...,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """The integers 0 ... n - 1 in random order."""
    ...
def ravel(input: _TensorLike) -> Tensor:
    """All elements as a vector: a view where strides allow it, else a copy."""
    ...
@overload
def reciprocal(input: Value) -> Value:
    """1 / x."""
    ...
@overload
def reciprocal(input: _TensorLike) -> Tensor: ...
@overload
def relu(input: Value) -> Value:
    """max(x, 0)."""
    ...
@overload
def relu(input: _TensorLike) -> Tensor: ...
@overload
def relu6(input: Value) -> Value:
    """min(max(x, 0), 6)."""
    ...
@overload
def relu6(input: _TensorLike) -> Tensor: ...
@overload
def remainder(input: Value, other: Value | _float) -> Value:
    """Remainder with the sign of the divisor."""
    ...
@overload
def remainder(input: _float, other: Value) -> Value: ...
@overload
def remainder(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def repeat_interleave(input: _TensorLike, repeats: _TensorLike, dim: _int | None = ...) -> Tensor:
    """Each element repeated in place."""
    ...
@overload
def repeat_interleave(
    input: _TensorLike,
    repeats: _TensorLike,
    axis: _int | None = ...,
) -> Tensor: ...
@overload
def reshape(input: _TensorLike, shape: _Dims) -> Tensor:
    """The elements in another shape: a view where strides allow it, else a copy."""
    ...
@overload
def reshape(input: _TensorLike, *shape: _int) -> Tensor: ...
def rms_norm(
    input: _TensorLike,
    normalized_shape: _Dims,
    weight: _TensorLike | None = ...,
    eps: _float | None = ...,
) -> Tensor:
    """x / sqrt(mean x^2 + eps) * weight over the last dims."""
    ...
def rnn_relu(
    input: _TensorLike,
    hx: _TensorLike | None,
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool = ...,
    batch_sizes: _TensorLike | None = ...,
) -> tuple[Tensor, Tensor]:
    """Layers h' = relu(W x + b + U h + c) over whole sequences."""
    ...
def rnn_relu_cell(
    input: _TensorLike,
    hx: _TensorLike | None,
    w_ih: _TensorLike,
    w_hh: _TensorLike,
    b_ih: _TensorLike | None = ...,
    b_hh: _TensorLike | None = ...,
) -> Tensor:
    """One step h' = relu(W x + b + U h + c)."""
    ...
def rnn_tanh(
    input: _TensorLike,
    hx: _TensorLike | None,
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool = ...,
    batch_sizes: _TensorLike | None = ...,
) -> tuple[Tensor, Tensor]:
    """Layers h' = tanh(W x + b + U h + c) over whole sequences."""
    ...
def rnn_tanh_cell(
    input: _TensorLike,
    hx: _TensorLike | None,
    w_ih: _TensorLike,
    w_hh: _TensorLike,
    b_ih: _TensorLike | None = ...,
    b_hh: _TensorLike | None = ...,
) -> Tensor:
    """One step h' = tanh(W x + b + U h + c)."""
    ...
@overload
def roll(input: _TensorLike, shifts: _Dims, dims: _Dims = ...) -> Tensor:
    """A copy with elements moved along dims; those that leave at one end enter at the other."""
    ...
@overload
def roll(input: _TensorLike, shifts: _Dims, axis: _Dims = ...) -> Tensor: ...
@overload
def rot90(input: _TensorLike, k: _int = ..., dims: _Dims = ...) -> Tensor:
    """The tensor turned by k quarters in the plane of two dims, from the first towards the second."""
    ...
@overload
def rot90(input: _TensorLike, k: _int = ..., axis: _Dims = ...) -> Tensor: ...
@overload
def round(input: Value) -> Value:
    """Nearest whole number; halves go to the even one."""
    ...
@overload
def round(input: _TensorLike) -> Tensor: ...
@overload
def row_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Another name of vstack."""
    ...
@overload
def row_stack(*tensors: Tensor) -> Tensor: ...
def rrelu(
    input: _TensorLike,
    lower: _float = ...,
    upper: _float = ...,
    training: _bool = ...,
    inplace: _bool = ...,
) -> Tensor:
    """x where positive, x times a slope elsewhere: a random one in training, else the mean."""
    ...
@overload
def rsqrt(input: Value) -> Value:
    """Reciprocal of the square root."""
    ...
@overload
def rsqrt(input: _TensorLike) -> Tensor: ...
def rsub(input: _TensorLike, other: _TensorLike, *, alpha: _float = ...) -> Tensor:
    """other minus alpha times input."""
    ...
@overload
def scatter(
    input: _TensorLike,
    dim: _int,
    index: _TensorLike,
    src: _TensorLike | None = ...,
    *,
    value: _float | None = ...,
) -> Tensor:
    """A copy with elements of src written along dim at the indices given for each place."""
    ...
@overload
def scatter(
    input: _TensorLike,
    axis: _int,
    index: _TensorLike,
    src: _TensorLike | None = ...,
    *,
    value: _float | None = ...,
) -> Tensor: ...
@overload
def scatter_add(input: _TensorLike, dim: _int, index: _TensorLike, src: _TensorLike) -> Tensor:
    """A copy with elements of src added along dim at the indices given for each place."""
    ...
@overload
def scatter_add(input: _TensorLike, axis: _int, index: _TensorLike, src: _TensorLike) -> Tensor: ...
def searchsorted(
    sorted_sequence: _TensorLike,
    input: _TensorLike,
    *,
    out_int32: _bool = ...,
    right: _bool = ...,
    side: _str | None = ...,
    sorter: _TensorLike | None = ...,
) -> Tensor:
    """Where elements would have to be inserted into sorted rows to keep them sorted."""
    ...
@overload
def select(input: _TensorLike, dim: _int, index: _int) -> Tensor:
    """A view of one index of a dim, without that dim."""
    ...
@overload
def select(input: _TensorLike, axis: _int, index: _int) -> Tensor: ...
@overload
def select_scatter(input: _TensorLike, src: _TensorLike, dim: _int, index: _int) -> Tensor:
    """A copy with one index of a dim replaced by src."""
    ...
@overload
def select_scatter(input: _TensorLike, src: _TensorLike, axis: _int, index: _int) -> Tensor: ...
@overload
def selu(input: Value) -> Value:
    """elu with the alpha and scale that keep mean 0 and variance 1."""
    ...
@overload
def selu(input: _TensorLike) -> Tensor: ...
@overload
def sgn(input: Value) -> Value:
    """-1, 0 or 1; 0 for NaN."""
    ...
@overload
def sgn(input: _TensorLike) -> Tensor: ...
@overload
def sigmoid(input: Value) -> Value:
    """1 / (1 + exp(-x))."""
    ...
@overload
def sigmoid(input: _TensorLike) -> Tensor: ...
@overload
def sign(input: Value) -> Value:
    """-1, 0 or 1; 0 for NaN."""
    ...
@overload
def sign(input: _TensorLike) -> Tensor: ...
@overload
def signbit(input: Value) -> _bool:
    """Whether the sign is minus, that of -0.0 included."""
    ...
@overload
def signbit(input: _TensorLike) -> Tensor: ...
@overload
def silu(input: Value) -> Value:
    """x sigmoid(x)."""
    ...
@overload
def silu(input: _TensorLike) -> Tensor: ...
@overload
def sin(input: Value) -> Value:
    """Sine."""
    ...
@overload
def sin(input: _TensorLike) -> Tensor: ...
@overload
def sinc(input: Value) -> Value:
    """sin(pi x) / (pi x), and 1 at 0."""
    ...
@overload
def sinc(input: _TensorLike) -> Tensor: ...
@overload
def sinh(input: Value) -> Value:
    """Hyperbolic sine."""
    ...
@overload
def sinh(input: _TensorLike) -> Tensor: ...
@overload
def slice_scatter(
    input: _TensorLike,
    src: _TensorLike,
    dim: _int = ...,
    start: _int | None = ...,
    end: _int | None = ...,
    step: _int = ...,
) -> Tensor:
    """A copy with a slice of a dim replaced by src."""
    ...
@overload
def slice_scatter(
    input: _TensorLike,
    src: _TensorLike,
    axis: _int = ...,
    start: _int | None = ...,
    end: _int | None = ...,
    step: _int = ...,
) -> Tensor: ...
@overload
def softmax(input: _TensorLike, dim: _int | None = ..., dtype: _DTypeLike | None = ...) -> Tensor:
    """exp(x) / sum(exp(x)) along a dim, without overflow."""
    ...
@overload
def softmax(
    input: _TensorLike,
    axis: _int | None = ...,
    dtype: _DTypeLike | None = ...,
) -> Tensor: ...
@overload
def softplus(input: Value, beta: _float = ..., threshold: _float = ...) -> Value:
    """log(1 + exp(beta x)) / beta, and x where beta x > threshold."""
    ...
@overload
def softplus(input: _TensorLike, beta: _float = ..., threshold: _float = ...) -> Tensor: ...
@overload
def softshrink(input: Value, lambd: _float = ...) -> Value:
    """x moved towards 0 by lambd, and 0 where |x| <= lambd."""
    ...
@overload
def softshrink(input: _TensorLike, lambd: _float = ...) -> Tensor: ...
@overload
def softsign(input: Value) -> Value:
    """x / (1 + |x|)."""
    ...
@overload
def softsign(input: _TensorLike) -> Tensor: ...
@overload
def sort(
    input: _TensorLike,
    dim: _int = ...,
    descending: _bool = ...,
    stable: _bool = ...,
) -> ValuesIndices:
    """Elements in order along a dim, and where they came from."""
    ...
@overload
def sort(
    input: _TensorLike,
    axis: _int = ...,
    descending: _bool = ...,
    stable: _bool = ...,
) -> ValuesIndices: ...
@overload
def split(input: _TensorLike, split_size_or_sections: _Dims, dim: _int = ...) -> tuple[Tensor, ...]:
    """Consecutive parts of a dim, as views."""
    ...
@overload
def split(
    input: _TensorLike,
    split_size_or_sections: _Dims,
    axis: _int = ...,
) -> tuple[Tensor, ...]: ...
@overload
def split_with_sizes(input: _TensorLike, split_sizes: _Dims, dim: _int = ...) -> tuple[Tensor, ...]:
    """Consecutive parts of the given lengths, as views."""
    ...
@overload
def split_with_sizes(
    input: _TensorLike,
    split_sizes: _Dims,
    axis: _int = ...,
) -> tuple[Tensor, ...]: ...
@overload
def sqrt(input: Value) -> Value:
    """Square root; NaN below 0."""
    ...
@overload
def sqrt(input: _TensorLike) -> Tensor: ...
@overload
def square(input: Value) -> Value:
    """Square of the input; bool becomes int64."""
    ...
@overload
def square(input: _TensorLike) -> Tensor: ...
@overload
def squeeze(input: _TensorLike, dim: _Dims | None = ...) -> Tensor:
    """A view without dims of size 1."""
    ...
@overload
def squeeze(input: _TensorLike, axis: _Dims | None = ...) -> Tensor: ...
@overload
def squeeze(input: _TensorLike, *dim: _int) -> Tensor: ...
@overload
def stack(tensors: Sequence[Tensor], dim: _int = ...) -> Tensor:
    """Tensors of one shape one after the other along a new dim."""
    ...
@overload
def stack(tensors: Sequence[Tensor], axis: _int = ...) -> Tensor: ...
@overload
def std(
    input: _TensorLike,
    dim: _Dims | None = ...,
    unbiased: _bool = ...,
    keepdim: _bool = ...,
    *,
    correction: _float | None = ...,
) -> Tensor:
    """Standard deviation."""
    ...
@overload
def std(
    input: _TensorLike,
    axis: _Dims | None = ...,
    unbiased: _bool = ...,
    keepdims: _bool = ...,
    *,
    correction: _float | None = ...,
) -> Tensor: ...
@overload
def std_mean(
    input: _TensorLike,
    dim: _Dims | None = ...,
    unbiased: _bool = ...,
    keepdim: _bool = ...,
    *,
    correction: _float | None = ...,
) -> tuple[Tensor, Tensor]:
    """Standard deviation and mean, as a tuple."""
    ...
@overload
def std_mean(
    input: _TensorLike,
    axis: _Dims | None = ...,
    unbiased: _bool = ...,
    keepdims: _bool = ...,
    *,
    correction: _float | None = ...,
) -> tuple[Tensor, Tensor]: ...
@overload
def sub(input: Value, other: Value | _float) -> Value:
    """Difference of the operands, the second times alpha."""
    ...
@overload
def sub(input: _float, other: Value) -> Value: ...
@overload
def sub(input: _TensorLike, other: _TensorLike, *, alpha: _float = ...) -> Tensor: ...
def subtract(input: _TensorLike, other: _TensorLike, *, alpha: _float = ...) -> Tensor:
    """Difference of the operands, the second times alpha."""
    ...
@overload
def sum(
    input: _TensorLike,
    dim: _Dims | None = ...,
    keepdim: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
) -> Tensor:
    """Sum of elements."""
    ...
@overload
def sum(
    input: _TensorLike,
    axis: _Dims | None = ...,
    keepdims: _bool = ...,
    *,
    dtype: _DTypeLike | None = ...,
) -> Tensor: ...
def swapaxes(input: _TensorLike, axis0: _int, axis1: _int) -> Tensor:
    """NumPy's name of transpose: a view with two dims swapped."""
    ...
def swapdims(input: _TensorLike, dim0: _int, dim1: _int) -> Tensor:
    """Another name of transpose: a view with two dims swapped."""
    ...
def t(input: _TensorLike) -> Tensor:
    """The transpose of a matrix; vectors and 0-d tensors as they are."""
    ...
def take(input: _TensorLike, index: _TensorLike) -> Tensor:
    """Elements of the flattened input."""
    ...
@overload
def take_along_dim(input: _TensorLike, indices: _TensorLike, dim: _int | None = ...) -> Tensor:
    """As gather, with the other dims broadcast together; what argsort and argmax return fits."""
    ...
@overload
def take_along_dim(input: _TensorLike, indices: _TensorLike, axis: _int | None = ...) -> Tensor: ...
@overload
def tan(input: Value) -> Value:
    """Tangent."""
    ...
@overload
def tan(input: _TensorLike) -> Tensor: ...
@overload
def tanh(input: Value) -> Value:
    """Hyperbolic tangent."""
    ...
@overload
def tanh(input: _TensorLike) -> Tensor: ...
@overload
def tanhshrink(input: Value) -> Value:
    """x - tanh(x)."""
    ...
@overload
def tanhshrink(input: _TensorLike) -> Tensor: ...
@overload
def tensor_split(
    input: _TensorLike,
    indices_or_sections: _Dims,
    dim: _int = ...,
) -> tuple[Tensor, ...]:
    """Consecutive parts, as views, like NumPy's array_split."""
    ...
@overload
def tensor_split(
    input: _TensorLike,
    indices_or_sections: _Dims,
    axis: _int = ...,
) -> tuple[Tensor, ...]: ...
def tensordot(a: _TensorLike, b: _TensorLike, dims_a: _Dims, dims_b: _Dims) -> Tensor:
    """Sums over pairs of dims."""
    ...
@overload
def threshold(input: Value, threshold: _float, value: _float) -> Value:
    """x where x > threshold, else value."""
    ...
@overload
def threshold(input: _TensorLike, threshold: _float, value: _float) -> Tensor: ...
@overload
def tile(input: _TensorLike, dims: _Dims) -> Tensor:
    """As repeat; missing leading counts are 1 (NumPy's rule)."""
    ...
@overload
def tile(input: _TensorLike, axis: _Dims) -> Tensor: ...
@overload
def tile(input: _TensorLike, *dims: _int) -> Tensor: ...
@overload
def topk(
    input: _TensorLike,
    k: _int,
    dim: _int | None = ...,
    largest: _bool = ...,
    sorted: _bool = ...,
) -> ValuesIndices:
    """The k largest (or smallest) elements along a dim."""
    ...
@overload
def topk(
    input: _TensorLike,
    k: _int,
    axis: _int | None = ...,
    largest: _bool = ...,
    sorted: _bool = ...,
) -> ValuesIndices: ...
def trace(input: _TensorLike) -> Tensor:
    """Sum of the diagonal of a matrix."""
    ...
def transpose(input: _TensorLike, dim0: _int, dim1: _int) -> Tensor:
    """A view with two dims swapped."""
    ...
@overload
def trapezoid(
    y: _TensorLike,
    x: _TensorLike | None = ...,
    *,
    dx: _float | None = ...,
    dim: _int = ...,
) -> Tensor:
    """Integral by the trapezoidal rule."""
    ...
@overload
def trapezoid(
    y: _TensorLike,
    x: _TensorLike | None = ...,
    *,
    dx: _float | None = ...,
    axis: _int = ...,
) -> Tensor: ...
@overload
def trapz(
    y: _TensorLike,
    x: _TensorLike | None = ...,
    *,
    dx: _float | None = ...,
    dim: _int = ...,
) -> Tensor:
    """Integral by the trapezoidal rule."""
    ...
@overload
def trapz(
    y: _TensorLike,
    x: _TensorLike | None = ...,
    *,
    dx: _float | None = ...,
    axis: _int = ...,
) -> Tensor: ...
def tril(input: _TensorLike, diagonal: _int = ...) -> Tensor:
    """The lower triangle of matrices, zeros elsewhere."""
    ...
def tril_indices(
    row: _int,
    col: _int,
    offset: _int = ...,
    *,
    dtype: _DTypeLike | None = ...,
    device: _str | None = ...,
) -> Tensor:
    """Indices of the lower triangle of a matrix."""
    ...
def triu(input: _TensorLike, diagonal: _int = ...) -> Tensor:
    """The upper triangle of matrices, zeros elsewhere."""
    ...
def triu_indices(
    row: _int,
    col: _int,
    offset: _int = ...,
    *,
    dtype: _DTypeLike | None = ...,
    device: _str | None = ...,
) -> Tensor:
    """Indices of the upper triangle of a matrix."""
    ...
@overload
def true_divide(input: Value, other: Value | _float) -> Value:
    """True quotient of the operands."""
    ...
@overload
def true_divide(input: _float, other: Value) -> Value: ...
@overload
def true_divide(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def trunc(input: Value) -> Value:
    """Whole part of x."""
    ...
@overload
def trunc(input: _TensorLike) -> Tensor: ...
@overload
def unbind(input: _TensorLike, dim: _int = ...) -> tuple[Tensor, ...]:
    """The indices of a dim one by one, as views without it."""
    ...
@overload
def unbind(input: _TensorLike, axis: _int = ...) -> tuple[Tensor, ...]: ...
@overload
def unflatten(input: _TensorLike, dim: _int, sizes: _Dims) -> Tensor:
    """One dim as several."""
    ...
@overload
def unflatten(input: _TensorLike, axis: _int, sizes: _Dims) -> Tensor: ...
@overload
def unique(
    input: _TensorLike,
    sorted: _bool = ...,
    return_inverse: _bool = ...,
    return_counts: _bool = ...,
    dim: _int | None = ...,
) -> Any:
    """The different values, in ascending order."""
    ...
@overload
def unique(
    input: _TensorLike,
    sorted: _bool = ...,
    return_inverse: _bool = ...,
    return_counts: _bool = ...,
    axis: _int | None = ...,
) -> Any: ...
@overload
def unique_consecutive(
    input: _TensorLike,
    return_inverse: _bool = ...,
    return_counts: _bool = ...,
    dim: _int | None = ...,
) -> Any:
    """The values, of equal neighbours the first."""
    ...
@overload
def unique_consecutive(
    input: _TensorLike,
    return_inverse: _bool = ...,
    return_counts: _bool = ...,
    axis: _int | None = ...,
) -> Any: ...
@overload
def unsqueeze(input: _TensorLike, dim: _int) -> Tensor:
    """A view with a new dim of size 1 at `dim`."""
    ...
@overload
def unsqueeze(input: _TensorLike, axis: _int) -> Tensor: ...
@overload
def var(
    input: _TensorLike,
    dim: _Dims | None = ...,
    unbiased: _bool = ...,
    keepdim: _bool = ...,
    *,
    correction: _float | None = ...,
) -> Tensor:
    """Variance."""
    ...
@overload
def var(
    input: _TensorLike,
    axis: _Dims | None = ...,
    unbiased: _bool = ...,
    keepdims: _bool = ...,
    *,
    correction: _float | None = ...,
) -> Tensor: ...
@overload
def var_mean(
    input: _TensorLike,
    dim: _Dims | None = ...,
    unbiased: _bool = ...,
    keepdim: _bool = ...,
    *,
    correction: _float | None = ...,
) -> tuple[Tensor, Tensor]:
    """Variance and mean, as a tuple."""
    ...
@overload
def var_mean(
    input: _TensorLike,
    axis: _Dims | None = ...,
    unbiased: _bool = ...,
    keepdims: _bool = ...,
    *,
    correction: _float | None = ...,
) -> tuple[Tensor, Tensor]: ...
def vdot(input: _TensorLike, other: _TensorLike) -> Tensor:
    """Dot product of two vectors."""
    ...
def vsplit(input: _TensorLike, indices_or_sections: _Dims) -> tuple[Tensor, ...]:
    """Parts along dim 0."""
    ...
@overload
def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors on top of each other: along dim 0, vectors as rows."""
    ...
@overload
def vstack(*tensors: Tensor) -> Tensor: ...
@overload
def where(condition: Value, input: Value | _float, other: Value | _float) -> Value:
    """Elements of input where the condition holds, else of other."""
    ...
@overload
def where(condition: _float, input: Value, other: Value | _float) -> Value: ...
@overload
def where(condition: _float, input: _float, other: Value) -> Value: ...
@overload
def where(condition: _TensorLike, other: _TensorLike | None = ...) -> tuple[Tensor, ...]: ...
@overload
def where(
    condition: _TensorLike,
    input: _TensorLike,
    other: _TensorLike | None = ...,
) -> Tensor: ...
@overload
def xlogy(input: Value, other: Value | _float) -> Value:
    """a log(b), and 0 where a = 0 unless b is NaN."""
    ...
@overload
def xlogy(input: _float, other: Value) -> Value: ...
@overload
def xlogy(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def zeros(
    size: _Dims,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """A tensor of zeros."""
    ...
@overload
def zeros(
    *size: _int,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor: ...
def zeros_like(
    input: _TensorLike,
    *,
    dtype: _DTypeLike | None = ...,
    requires_grad: _bool = ...,
    memory_format: _str | None = ...,
    device: _str | None = ...,
    layout: _str | None = ...,
) -> Tensor:
    """Zeros of the shape and dtype of input."""
    ...
def abs_(input: Tensor) -> Tensor:
    """Absolute value."""
    ...
def absolute_(input: Tensor) -> Tensor:
    """Absolute value."""
    ...
def acos_(input: Tensor) -> Tensor:
    """Inverse cosine; NaN outside [-1, 1]."""
    ...
def acosh_(input: Tensor) -> Tensor:
    """Inverse hyperbolic cosine; NaN below 1."""
    ...
def add_(input: Tensor, other: _TensorLike, *, alpha: _float = ...) -> Tensor:
    """Sum of the operands, the second times alpha."""
    ...
def addcdiv_(
    input: Tensor,
    tensor1: _TensorLike,
    tensor2: _TensorLike,
    *,
    value: _float = ...,
) -> Tensor:
    """a + value b / c."""
    ...
def addcmul_(
    input: Tensor,
    tensor1: _TensorLike,
    tensor2: _TensorLike,
    *,
    value: _float = ...,
) -> Tensor:
    """a + value b c."""
    ...
def addmm_(
    input: Tensor,
    mat1: _TensorLike,
    mat2: _TensorLike,
    *,
    beta: _float = ...,
    alpha: _float = ...,
) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2)."""
    ...
def addmv_(
    input: Tensor,
    mat: _TensorLike,
    vec: _TensorLike,
    *,
    beta: _float = ...,
    alpha: _float = ...,
) -> Tensor:
    """beta * input + alpha * (mat @ vec)."""
    ...
def arccos_(input: Tensor) -> Tensor:
    """Inverse cosine; NaN outside [-1, 1]."""
    ...
def arccosh_(input: Tensor) -> Tensor:
    """Inverse hyperbolic cosine; NaN below 1."""
    ...
def arcsin_(input: Tensor) -> Tensor:
    """Inverse sine; NaN outside [-1, 1]."""
    ...
def arcsinh_(input: Tensor) -> Tensor:
    """Inverse hyperbolic sine."""
    ...
def arctan_(input: Tensor) -> Tensor:
    """Inverse tangent."""
    ...
def arctan2_(input: Tensor, other: _TensorLike) -> Tensor:
    """Angle of the point (b, a), in [-pi, pi]."""
    ...
def arctanh_(input: Tensor) -> Tensor:
    """Inverse hyperbolic tangent; NaN outside [-1, 1]."""
    ...
def asin_(input: Tensor) -> Tensor:
    """Inverse sine; NaN outside [-1, 1]."""
    ...
def asinh_(input: Tensor) -> Tensor:
    """Inverse hyperbolic sine."""
    ...
def atan_(input: Tensor) -> Tensor:
    """Inverse tangent."""
    ...
def atan2_(input: Tensor, other: _TensorLike) -> Tensor:
    """Angle of the point (b, a), in [-pi, pi]."""
    ...
def atanh_(input: Tensor) -> Tensor:
    """Inverse hyperbolic tangent; NaN outside [-1, 1]."""
    ...
def baddbmm_(
    input: Tensor,
    batch1: _TensorLike,
    batch2: _TensorLike,
    *,
    beta: _float = ...,
    alpha: _float = ...,
) -> Tensor:
    """beta * input + alpha * (batch1 @ batch2)."""
    ...
def bitwise_and_(input: Tensor, other: _TensorLike) -> Tensor:
    """Bits set in both operands."""
    ...
def bitwise_left_shift_(input: Tensor, other: _TensorLike) -> Tensor:
    """The bits of a moved up by b places, zeros entering."""
    ...
def bitwise_not_(input: Tensor) -> Tensor:
    """All bits inverted; of a bool, its negation."""
    ...
def bitwise_or_(input: Tensor, other: _TensorLike) -> Tensor:
    """Bits set in an operand."""
    ...
def bitwise_right_shift_(input: Tensor, other: _TensorLike) -> Tensor:
    """The bits of a moved down by b places, the sign entering."""
    ...
def bitwise_xor_(input: Tensor, other: _TensorLike) -> Tensor:
    """Bits set in just one operand."""
    ...
def cbrt_(input: Tensor) -> Tensor:
    """Cube root, of negative numbers too."""
    ...
def ceil_(input: Tensor) -> Tensor:
    """Smallest whole number not below x."""
    ...
def clamp_(input: Tensor, min: _TensorLike | None = ..., max: _TensorLike | None = ...) -> Tensor:
    """The input limited to [min, max]; max where min > max."""
    ...
def clamp_max_(input: Tensor, max: _TensorLike) -> Tensor:
    """The input, at most max."""
    ...
def clamp_min_(input: Tensor, min: _TensorLike) -> Tensor:
    """The input, at least min."""
    ...
def clip_(input: Tensor, min: _TensorLike | None = ..., max: _TensorLike | None = ...) -> Tensor:
    """The input limited to [min, max]; max where min > max."""
    ...
def copysign_(input: Tensor, other: _TensorLike) -> Tensor:
    """The magnitude of a with the sign of b, that of a zero included."""
    ...
def cos_(input: Tensor) -> Tensor:
    """Cosine."""
    ...
def cosh_(input: Tensor) -> Tensor:
    """Hyperbolic cosine."""
    ...
@overload
def cumprod_(input: Tensor, dim: _int, *, dtype: _DTypeLike | None = ...) -> Tensor:
    """Running products along a dim."""
    ...
@overload
def cumprod_(input: Tensor, axis: _int, *, dtype: _DTypeLike | None = ...) -> Tensor: ...
@overload
def cumsum_(input: Tensor, dim: _int, *, dtype: _DTypeLike | None = ...) -> Tensor:
    """Running sums along a dim."""
    ...
@overload
def cumsum_(input: Tensor, axis: _int, *, dtype: _DTypeLike | None = ...) -> Tensor: ...
def deg2rad_(input: Tensor) -> Tensor:
    """Degrees as radians."""
    ...
def digamma_(input: Tensor) -> Tensor:
    """Logarithmic derivative of the gamma function; NaN at -1, -2, ..."""
    ...
def div_(input: Tensor, other: _TensorLike, *, rounding_mode: _str | None = ...) -> Tensor:
    """Quotient of the operands, rounded if asked."""
    ...
def divide_(input: Tensor, other: _TensorLike, *, rounding_mode: _str | None = ...) -> Tensor:
    """Quotient of the operands, rounded if asked."""
    ...
def eq_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether a = b."""
    ...
def erf_(input: Tensor) -> Tensor:
    """Error function."""
    ...
def erfc_(input: Tensor) -> Tensor:
    """1 - erf(x), accurate for large x."""
    ...
def erfinv_(input: Tensor) -> Tensor:
    """Inverse of the error function; NaN outside [-1, 1]."""
    ...
def exp_(input: Tensor) -> Tensor:
    """e to the power x."""
    ...
def exp2_(input: Tensor) -> Tensor:
    """2 to the power x."""
    ...
def expm1_(input: Tensor) -> Tensor:
    """exp(x) - 1, accurate near 0."""
    ...
def fix_(input: Tensor) -> Tensor:
    """Whole part of x."""
    ...
def floor_(input: Tensor) -> Tensor:
    """Largest whole number not above x."""
    ...
def floor_divide_(input: Tensor, other: _TensorLike) -> Tensor:
    """Quotient rounded down; for integers, 0 where the divisor is 0."""
    ...
def fmax_(input: Tensor, other: _TensorLike) -> Tensor:
    """The larger operand; if one is NaN, the other."""
    ...
def fmin_(input: Tensor, other: _TensorLike) -> Tensor:
    """The smaller operand; if one is NaN, the other."""
    ...
def fmod_(input: Tensor, other: _TensorLike) -> Tensor:
    """Remainder with the sign of the dividend."""
    ...
def frac_(input: Tensor) -> Tensor:
    """x - trunc(x)."""
    ...
def ge_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether a >= b."""
    ...
def greater_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether a > b."""
    ...
def greater_equal_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether a >= b."""
    ...
def gt_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether a > b."""
    ...
def hardshrink_(input: Tensor, lambd: _float = ...) -> Tensor:
    """x where |x| > lambd, else 0."""
    ...
def heaviside_(input: Tensor, other: _TensorLike) -> Tensor:
    """0 below 0, b at 0, 1 above; 0 for NaN, as in PyTorch."""
    ...
def hypot_(input: Tensor, other: _TensorLike) -> Tensor:
    """sqrt(a^2 + b^2), without overflow on the way."""
    ...
def i0_(input: Tensor) -> Tensor:
    """Modified Bessel function of order 0."""
    ...
def igamma_(input: Tensor, other: _TensorLike) -> Tensor:
    """Lower incomplete gamma function of order a over gamma(a)."""
    ...
def igammac_(input: Tensor, other: _TensorLike) -> Tensor:
    """Upper incomplete gamma function of order a over gamma(a)."""
    ...
@overload
def index_add_(
    input: Tensor,
    dim: _int,
    index: _TensorLike,
    source: _TensorLike,
    *,
    alpha: _float = ...,
) -> Tensor:
    """A copy with alpha times the rows of source added at the given indices of a dim."""
    ...
@overload
def index_add_(
    input: Tensor,
    axis: _int,
    index: _TensorLike,
    source: _TensorLike,
    *,
    alpha: _float = ...,
) -> Tensor: ...
@overload
def index_copy_(input: Tensor, dim: _int, index: _TensorLike, source: _TensorLike) -> Tensor:
    """A copy with the rows of source written at the given indices of a dim."""
    ...
@overload
def index_copy_(input: Tensor, axis: _int, index: _TensorLike, source: _TensorLike) -> Tensor: ...
@overload
def index_fill_(input: Tensor, dim: _int, index: _TensorLike, value: _TensorLike) -> Tensor:
    """A copy with a number, or a 0-d tensor, written at the given indices of a dim."""
    ...
@overload
def index_fill_(input: Tensor, axis: _int, index: _TensorLike, value: _TensorLike) -> Tensor: ...
def index_put_(
    input: Tensor,
    indices: Sequence[Tensor],
    values: _TensorLike,
    accumulate: _bool = ...,
) -> Tensor:
    """A copy with values written (or added) where x[indices] would read."""
    ...
def isfinite_(input: Tensor) -> Tensor:
    """Whether x is neither infinite nor NaN."""
    ...
def isinf_(input: Tensor) -> Tensor:
    """Whether x is infinite."""
    ...
def isnan_(input: Tensor) -> Tensor:
    """Whether x is NaN."""
    ...
def isneginf_(input: Tensor) -> Tensor:
    """Whether x is negative infinity."""
    ...
def isposinf_(input: Tensor) -> Tensor:
    """Whether x is positive infinity."""
    ...
def le_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether a <= b."""
    ...
def lerp_(input: Tensor, end: _TensorLike, weight: _TensorLike) -> Tensor:
    """Linear interpolation a + weight (b - a), exact at both ends."""
    ...
def less_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether a < b."""
    ...
def less_equal_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether a <= b."""
    ...
def lgamma_(input: Tensor) -> Tensor:
    """Logarithm of the absolute value of the gamma function."""
    ...
def log_(input: Tensor) -> Tensor:
    """Natural logarithm; NaN below 0."""
    ...
def log10_(input: Tensor) -> Tensor:
    """Logarithm to base 10."""
    ...
def log1p_(input: Tensor) -> Tensor:
    """log(1 + x), accurate near 0."""
    ...
def log2_(input: Tensor) -> Tensor:
    """Logarithm to base 2."""
    ...
def logaddexp_(input: Tensor, other: _TensorLike) -> Tensor:
    """log(exp(a) + exp(b)), without overflow."""
    ...
def logaddexp2_(input: Tensor, other: _TensorLike) -> Tensor:
    """Logarithm to base 2 of 2^a + 2^b, without overflow."""
    ...
def logical_and_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether both operands are not zero."""
    ...
def logical_not_(input: Tensor) -> Tensor:
    """Whether x is zero."""
    ...
def logical_or_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether an operand is not zero."""
    ...
def logical_xor_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether just one operand is not zero."""
    ...
def logit_(input: Tensor, eps: _float | None = ...) -> Tensor:
    """log(x / (1 - x)); with eps, x is first limited to [eps, 1 - eps]."""
    ...
def lt_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether a < b."""
    ...
def masked_fill_(input: Tensor, mask: _TensorLike, value: _TensorLike) -> Tensor:
    """A copy with a number, or a 0-d tensor, where mask is true."""
    ...
def masked_scatter_(input: Tensor, mask: _TensorLike, source: _TensorLike) -> Tensor:
    """A copy with the elements of source, in order, where mask is true."""
    ...
def maximum_(input: Tensor, other: _TensorLike) -> Tensor:
    """The larger operand; NaN if either is."""
    ...
def minimum_(input: Tensor, other: _TensorLike) -> Tensor:
    """The smaller operand; NaN if either is."""
    ...
def mul_(input: Tensor, other: _TensorLike) -> Tensor:
    """Product of the operands."""
    ...
def multiply_(input: Tensor, other: _TensorLike) -> Tensor:
    """Product of the operands."""
    ...
def mvlgamma_(input: Tensor, p: _int) -> Tensor:
    """Logarithm of the multivariate gamma function of dimension p."""
    ...
def nan_to_num_(
    input: Tensor,
    nan: _float | None = ...,
    posinf: _float | None = ...,
    neginf: _float | None = ...,
) -> Tensor:
    """x with NaN and the infinities replaced; by default by 0 and the largest finite numbers."""
    ...
def ne_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether a differs from b."""
    ...
def neg_(input: Tensor) -> Tensor:
    """The negative."""
    ...
def negative_(input: Tensor) -> Tensor:
    """The negative."""
    ...
def not_equal_(input: Tensor, other: _TensorLike) -> Tensor:
    """Whether a differs from b."""
    ...
def pow_(input: Tensor, exponent: _TensorLike) -> Tensor:
    """a to the power b; for integers a negative power is 0 unless |a| is 1."""
    ...
def rad2deg_(input: Tensor) -> Tensor:
    """Radians as degrees."""
    ...
def reciprocal_(input: Tensor) -> Tensor:
    """1 / x."""
    ...
def relu_(input: Tensor) -> Tensor:
    """max(x, 0)."""
    ...
def remainder_(input: Tensor, other: _TensorLike) -> Tensor:
    """Remainder with the sign of the divisor."""
    ...
def round_(input: Tensor) -> Tensor:
    """Nearest whole number; halves go to the even one."""
    ...
def rsqrt_(input: Tensor) -> Tensor:
    """Reciprocal of the square root."""
    ...
@overload
def scatter_(
    input: Tensor,
    dim: _int,
    index: _TensorLike,
    src: _TensorLike | None = ...,
    *,
    value: _float | None = ...,
) -> Tensor:
    """A copy with elements of src written along dim at the indices given for each place."""
    ...
@overload
def scatter_(
    input: Tensor,
    axis: _int,
    index: _TensorLike,
    src: _TensorLike | None = ...,
    *,
    value: _float | None = ...,
) -> Tensor: ...
@overload
def scatter_add_(input: Tensor, dim: _int, index: _TensorLike, src: _TensorLike) -> Tensor:
    """A copy with elements of src added along dim at the indices given for each place."""
    ...
@overload
def scatter_add_(input: Tensor, axis: _int, index: _TensorLike, src: _TensorLike) -> Tensor: ...
def sgn_(input: Tensor) -> Tensor:
    """-1, 0 or 1; 0 for NaN."""
    ...
def sigmoid_(input: Tensor) -> Tensor:
    """1 / (1 + exp(-x))."""
    ...
def sign_(input: Tensor) -> Tensor:
    """-1, 0 or 1; 0 for NaN."""
    ...
def signbit_(input: Tensor) -> Tensor:
    """Whether the sign is minus, that of -0.0 included."""
    ...
def sin_(input: Tensor) -> Tensor:
    """Sine."""
    ...
def sinc_(input: Tensor) -> Tensor:
    """sin(pi x) / (pi x), and 1 at 0."""
    ...
def sinh_(input: Tensor) -> Tensor:
    """Hyperbolic sine."""
    ...
def sqrt_(input: Tensor) -> Tensor:
    """Square root; NaN below 0."""
    ...
def square_(input: Tensor) -> Tensor:
    """Square of the input; bool becomes int64."""
    ...
def sub_(input: Tensor, other: _TensorLike, *, alpha: _float = ...) -> Tensor:
    """Difference of the operands, the second times alpha."""
    ...
def subtract_(input: Tensor, other: _TensorLike, *, alpha: _float = ...) -> Tensor:
    """Difference of the operands, the second times alpha."""
    ...
def tan_(input: Tensor) -> Tensor:
    """Tangent."""
    ...
def tanh_(input: Tensor) -> Tensor:
    """Hyperbolic tangent."""
    ...
def tril_(input: Tensor, diagonal: _int = ...) -> Tensor:
    """The lower triangle of matrices, zeros elsewhere."""
    ...
def triu_(input: Tensor, diagonal: _int = ...) -> Tensor:
    """The upper triangle of matrices, zeros elsewhere."""
    ...
def true_divide_(input: Tensor, other: _TensorLike) -> Tensor:
    """True quotient of the operands."""
    ...
def trunc_(input: Tensor) -> Tensor:
    """Whole part of x."""
    ...
def xlogy_(input: Tensor, other: _TensorLike) -> Tensor:
    """a log(b), and 0 where a = 0 unless b is NaN."""
    ...
