"""Automatic differentiation on a CPU: a C++ engine under PyTorch's names.

Example:
    >>> import pyad
    >>> x = pyad.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4., 6.])
"""

from typing import TYPE_CHECKING

try:
    from pyad._core import Tensor as Tensor  # first, for the error below
except ImportError as error:  # without the engine, its stubs are a package that holds nothing
    if error.name != "pyad._core" or error.path:
        raise
    import sys

    raise ImportError(
        f"pyad: {__path__[0]} is a source folder, without the engine compiled for this Python "
        f"({sys.executable}). In it, use the Python of an editable install (pip install -e ., as "
        "the README's first command does); of another install, start Python in another folder"
    ) from None

from pyad import (
    _core,
    _repr,
    _tensor_methods,
    _value_arrays,
    autograd,
    func,
    nn,
    optim,
    random,
    special,
    utils,
)
from pyad._compile import compile
from pyad._core import *  # noqa: F403  (its __all__: every function of the op table, types, dtypes)
from pyad._core import __version__, float16, float32, float64, int16, int32, int64, uint8
from pyad._creation import scalar_tensor
from pyad._device import (
    BFloat16Tensor,
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
    channels_last,
    contiguous_format,
    device,
    e,
    finfo,
    get_default_device,
    iinfo,
    inf,
    nan,
    newaxis,
    pi,
    preserve_format,
    set_default_device,
    strided,
    typename,
)
from pyad._lazy import dress, lazy
from pyad._products import einsum, tensordot
from pyad._promotion import broadcast_shapes, can_cast, promote_types, result_type
from pyad._query import is_floating_point, is_tensor, numel
from pyad._repr import set_printoptions
from pyad._settings import (
    are_deterministic_algorithms_enabled,
    get_float32_matmul_precision,
    get_num_interop_threads,
    is_complex,
    is_nonzero,
    set_float32_matmul_precision,
    use_deterministic_algorithms,
)
from pyad.autograd import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from pyad.func import vmap
from pyad.nn.functional import (
    celu_,
    cosine_similarity,
    pairwise_distance,
    pdist,
    prelu,
    rrelu_,
    selu_,
    threshold_,
)

if TYPE_CHECKING:
    from pyad import (
        accelerator,
        amp,
        backends,
        cuda,
        distributed,
        distributions,
        estimators,
        hub,
        jit,
        linalg,
        multiprocessing,
        testing,
        types,
        viz,
    )
    from pyad._jacobian import jacobian, jacobian_plan
    from pyad._older import range, vander
    from pyad.amp import autocast
    from pyad.serialization import load, save
else:  # a type checker would take every name for one that is there
    __getattr__, __dir__ = lazy(
        globals(),
        {
            "accelerator": "pyad.accelerator",
            "amp": "pyad.amp",
            "autocast": "pyad.amp",
            "backends": "pyad.backends",
            "cuda": "pyad.cuda",
            "distributed": "pyad.distributed",
            "distributions": "pyad.distributions",
            "estimators": "pyad.estimators",
            "hub": "pyad.hub",
            "jacobian": "pyad._jacobian",
            "jacobian_plan": "pyad._jacobian",
            "jit": "pyad.jit",
            "linalg": "pyad.linalg",
            "load": "pyad.serialization",
            "multiprocessing": "pyad.multiprocessing",
            "range": "pyad._older",
            "save": "pyad.serialization",
            "testing": "pyad.testing",
            "types": "pyad.types",
            "vander": "pyad._older",
            "viz": "pyad.viz",
        },
    )

# PyTorch's other names of the dtypes.
half = float16
float = float32
double = float64
short = int16
int = int32
long = int64

_core.set_repr(_repr.show)
_tensor_methods.install()
_core._set_value_arrays(_value_arrays.call)
# As in PyTorch the function of the module returns a pair, that of nn.functional asks.
adaptive_max_pool1d = _core.nn.functional.adaptive_max_pool1d_with_indices

__all__ = [
    "BFloat16Tensor",
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
    "__version__",
    "accelerator",
    "adaptive_max_pool1d",
    "amp",
    "are_deterministic_algorithms_enabled",
    "autocast",
    "autograd",
    "backends",
    "broadcast_shapes",
    "can_cast",
    "celu_",
    "channels_last",
    "compile",
    "contiguous_format",
    "cosine_similarity",
    "cuda",
    "device",
    "distributed",
    "distributions",
    "double",
    "e",
    "einsum",
    "enable_grad",
    "estimators",
    "finfo",
    "float",
    "func",
    "get_default_device",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "hub",
    "iinfo",
    "inf",
    "inference_mode",
    "int",
    "is_complex",
    "is_floating_point",
    "is_grad_enabled",
    "is_nonzero",
    "is_tensor",
    "jacobian",
    "jacobian_plan",
    "jit",
    "linalg",
    "load",
    "long",
    "multiprocessing",
    "nan",
    "newaxis",
    "nn",
    "no_grad",
    "numel",
    "optim",
    "pairwise_distance",
    "pdist",
    "pi",
    "prelu",
    "preserve_format",
    "promote_types",
    "random",
    "range",
    "result_type",
    "rrelu_",
    "save",
    "scalar_tensor",
    "selu_",
    "set_default_device",
    "set_float32_matmul_precision",
    "set_grad_enabled",
    "set_printoptions",
    "special",
    "strided",
    "tensordot",
    "testing",
    "threshold_",
    "typename",
    "types",
    "uint8",
    "use_deterministic_algorithms",
    "utils",
    "vander",
    "viz",
    "vmap",
    *_core.__all__,
]

dress()
