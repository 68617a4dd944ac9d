"""What PyTorch has and pyad has not: said when a name is asked for, with what to use instead.

Read only after a name was not found, so an entry that has become wrong, because pyad has the name
by now, says nothing to anybody. Entries are names or patterns of `fnmatch`; the first that fits
counts. What a module or pyad's own functions answer (another place of the same name, the function
without its final underscore) is looked up, not written down.
"""

from __future__ import annotations

import importlib
from fnmatch import fnmatchcase

import numpy as np

__all__ = ["advice"]

_DETACHED = "on x.detach().numpy(), which has no gradient"

# What to use instead, and of which names.
_INSTEAD: tuple[tuple[str, str], ...] = (
    ("use max_pool1d, 2d or 3d", "*ractional*ax*ool*"),
    ("use pyad.func.vmap", "vmap"),
    (
        "use pyad.func (grad, vjp, jvp, jacrev, jacfwd, hessian), or pyad.autograd.functional",
        "grad_and_value hessian jacfwd jacrev jvp linearize vjp grad",
    ),
    ("use x.mT", "H mH adjoint"),
    ("use x.norm()", "frobenius_norm nuclear_norm norm_except_dim"),
    ("use a @ b @ c", "chain_matmul"),
    (
        f"use numpy.linalg {_DETACHED}",
        "linalg det slogdet logdet inverse pinverse cholesky* svd* qr eig symeig lstsq solve lu "
        "lu_* triangular_solve matrix_exp matrix_power matrix_rank orgqr ormqr geqrf lobpcg "
        "pca_lowrank *_lowrank",
    ),
    (f"use numpy.fft {_DETACHED}", "fft stft istft"),
    (
        f"use scipy.special {_DETACHED}",
        "airy_ai *bessel_[ijky]? bessel_?? *_polynomial_* entr erfcx gammainc gammaincc i0e i1 i1e "
        "log_ndtr ndtri zeta",
    ),
    (
        "numbers are real; keep real and imaginary parts in two tensors",
        "complex* cfloat cdouble chalf real imag angle polar conj* view_as_complex* view_as_real* "
        "isreal resolve_conj resolve_neg is_conj is_neg Complex*Storage ComplexType",
    ),
    (
        "floating numbers have 16, 32 or 64 bits; use x.half() or dtype=pyad.float16",
        "float8* float4*",
    ),
    (
        "numbers stay in the dtype of the tensors; leave it out",
        "amp autocast* *autocast* GradScaler",
    ),
    (
        "integers are int8, int16, int32, int64 and uint8; use x.int() or dtype=pyad.int32",
        "uint16 uint32 uint64 int[1-7] uint[1-7] bit bits*",
    ),
    (
        "there are no quantized numbers; leave it out",
        "quantiz* quantis* quasi* qint* quint* q_* qscheme fake_quantize* fused_moving* fbgemm* ao "
        "dequantize empty_quantized int_repr per_channel_* per_tensor_* choose_qparams* qat "
        "quantizable quantized",
    ),
    (
        "tensors are dense; use x as it is",
        "to_dense to_mkldnn to_padded_tensor coalesce is_coalesced layout dense_dim sparse_dim",
    ),
    (
        "tensors are dense",
        "*sparse* hspmm hsmm dsmm saddmm smm spmm sspaddmm *_indices indices values SparseAdam "
        "ccol_indices* crow_indices* col_indices* row_indices* values_copy nested masked jagged",
    ),
    (
        "pyad computes on the CPU; pyad.device('cpu') and pyad.cuda.is_available() are there",
        "mps xpu mtia ipu hpu xla Stream Event record_stream cpu get_device_module "
        "is_ipu is_maia is_mkldnn is_mtia is_vulkan* is_xla",
    ),
    (
        "pyad computes in one process; its kernels use the threads of pyad.get_num_threads()",
        "distributed* DataParallel parallel multiprocessing DistributedSampler is_distributed "
        "prepare_multiprocessing_environment",
    ),
    ("use nn.BatchNorm1d, 2d or 3d", "SyncBatchNorm"),
    (
        "use pyad.compile for functions of numbers, or call the function as it is",
        "jit fx export compiler onnx library ops fork wait futures Script* CompilationUnit cond "
        "while_loop",
    ),
    ("use Python's cProfile, or time.perf_counter() around the call", "profiler* monitor"),
    ("use pyad.load and files that you have", "hub package"),
    ("tensors record by themselves; use pyad.tensor(..., requires_grad=True)", "Variable variable"),
    (
        "gradients may be looked at with x.register_hook(print)",
        "*detect_anomaly *anomaly_enabled is_anomaly* anomaly_mode",
    ),
    ("x.numpy() shares the memory of x", "*storage* Storage *Storage from_file"),
    ("use pyad.from_numpy(np.from_dlpack(x))", "from_dlpack to_dlpack dlpack"),
    ("use pyad.from_numpy(np.frombuffer(...))", "frombuffer"),
    ("use pyad.set_default_dtype", "set_default_tensor_type"),
    ("use pyad.set_num_threads or the variable PYAD_NUM_THREADS", "set_num_interop_threads"),
    ("use x.new_tensor(data)", "new_tensor new"),
    ("use pyad.empty(sizes)", "new_empty_strided empty_strided empty_permuted"),
    ("use y = pyad.from_numpy(np.vectorize(f)(x.detach().numpy()))", "apply_ map_ map2_"),
    ("use x = x.reshape(sizes), or pyad.empty(sizes)", "resize resize_ resize_as resize_as_"),
    ("use x.data = y", "set_"),
    ("assign to x[...]", "put put_ index_reduce*"),
    ("use x.unfold(...) and views; in-place writes reach the whole", "as_strided_"),
    ("give the sizes and use the module without Lazy", "Lazy* Uninitialized*"),
    ("use cross_entropy over all classes", "AdaptiveLogSoftmaxWithLoss"),
    ("use nn.ModuleDict, nn.ParameterDict or a dict", "BufferDict Container"),
    ("use nn.functional.interpolate, whose points form a grid", "grid_sample* affine_grid*"),
    ("use x.detach().clone()", "alias_copy"),
)

# The rest of PyTorch's public names, without advice of their own.
_OTHERS = """
*runtime_validation* CrossMapLRN2d DFIterDataPipe DataChunk IterDataPipe
LinearCrossEntropyOptions MapDataPipe NestedIOFunction OutOfMemoryError SavedTensor
ThroughputBenchmark addbmm addbmm_ addr addr_ alpha_dropout_ as_subclass
bilinear bottleneck channels_last_3d classes collect_env
constant_pad_nd conv_tbc convert_conv* convolution cpp_backtrace cpp_extension
cumulative_trapezoid datapipes debug_unwrap default_generator deterministic diagflat dim_order
dropout_ dynamo embedding_renorm_ enforce_grad_layout_policy factory_kwargs
feature_alpha_dropout_ feature_dropout_ fill float_power_ fork_rng frexp functional
functional_datapipe fuse_* fwAD gcd gcd_ get_cpp_backtrace get_deterministic_debug_mode
<<<<<<< HEAD
get_device get_file_path grad_dtype gradient graph grouped_mm
hash_tensor histogram histogramdd i0 i0_ igamma igamma_ igammac igammac_ init_num_threads
=======
get_device get_file_path grad_dtype gradient graph grouped_mm hamming_window hann_window
hash_tensor histogram histogramdd init_num_threads
>>>>>>> distm
intrinsic is_*_enabled is_inference is_multithreading_enabled is_nested is_same_size is_set_to
is_signed is_tensor_like is_view_replay_enabled is_warn_always_enabled
kineto_available lcm lcm_ ldexp ldexp_ legacy_contiguous_format memory_format mkl mkldnn
model_zoo module_load name narrow_copy native_channel_shuffle nextafter nextafter_
nonzero_static openmp overrides quasirandom rearrange reinforce renorm renorm_
replace_all_batch_norm_modules_ return_types saved_tensors_hooks scaled_grouped_mm scaled_mm
scatter_reduce scatter_reduce_ segment_reduce set_deterministic_debug_mode set_flush_denormal
set_multithreading_enabled set_warn_always signal slice_inverse sum_to_size
swap_in_optimizer_params_and_state swap_tensors tensorboard testing thread_safe_generator
throughput_benchmark torch_version types unravel_index unsafe_chunk unsafe_split
unsafe_split_with_sizes vander version volatile xnnpack
"""

# Names with such a start or end are PyTorch's insides.
_INSIDES = (
    "cudnn_* miopen_* mkldnn_* native_* sym_* Sym* has_* is_autocast* *_backward_* batch_norm_* "
    "*Type *_copy has_torch_function* handle_torch_function"
)
# Where else a name may be found, the likeliest first.
_PLACES = (
    "pyad",
    "pyad.nn.functional",
    "pyad.nn",
    "pyad.autograd",
    "pyad.autograd.functional",
    "pyad.optim",
    "pyad.nn.utils",
    "pyad.nn.init",
    "pyad.utils.data",
)


def _listed(name: str, patterns: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns.split())


def _elsewhere(owner: str, name: str) -> str | None:
    for place in _PLACES:
        if place == "pyad.nn.init" and not owner.startswith("pyad.nn"):
            continue  # `sparse` is no initialiser there
        if place != owner and name in importlib.import_module(place).__all__:
            return f"use {place}.{name}"
    from pyad import Tensor

    own = vars(Tensor)
    if name in own:
        return f"use x.{name}"
    return f"use x.{name[:-1]}" if name.endswith("_") and name[:-1] in own else None


def advice(owner: str, name: str) -> str | None:
    """What to say of a name of PyTorch's that a module of pyad does not have.

    Args:
        owner: The module, such as "pyad.nn".
        name: The name that was asked for.

    Returns:
        A sentence, or None for a name that is not PyTorch's.

    Example:
        >>> from pyad._torch_names import advice
        >>> advice("pyad", "uint16").partition("; ")[2]
        'integers are int8, int16, int32, int64 and uint8; use x.int() or dtype=pyad.int32'
        >>> advice("pyad", "layer_norm")
        'not in pyad; use pyad.nn.functional.layer_norm'
        >>> advice("pyad", "no_such_name") is None
        True
    """
    if name.startswith("_"):
        return None
    found = _elsewhere(owner, name)
    for instead, patterns in _INSTEAD:
        if found is not None:
            break
        if _listed(name, patterns):
            found = instead
    if found is None and _listed(name, f"{_OTHERS} {_INSIDES}") and hasattr(np, name):
        found = f"use np.{name} {_DETACHED}"
    if found is not None:
        return f"not in {owner}; {found}"
    return "not in pyad" if _listed(name, f"{_OTHERS} {_INSIDES}") else None
