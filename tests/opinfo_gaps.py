"""What of PyTorch's op database pyad does not do yet: for each entry, reasons and their samples.

Numbers are positions among the samples that `test_opinfo.py` draws. A sample here that passes fails
the test, so that nothing stands here for longer than it is true.
"""

from __future__ import annotations

MEMORY_FORMAT = "no memory_format: tensors of images come with the convolutions"
DECIMALS = "round takes no decimals"
UNBIASED = "unbiased has its place after dim; only by keyword can it stand without one"
STORAGE = "the sample is a part of a larger storage, of which only the part is handed over"
TRIANGLE = "PyTorch gives slopes by elements outside of the factor, which are not read"
WRONG = "PyTorch keeps gradients of what the scatter overwrites; finite differences check ours"

GAPS: dict[str, dict[str, tuple[int, ...]]] = {
    "as_strided.partial_views": {STORAGE: (1, 2)},
    "as_strided_scatter": {WRONG: (0, 1, 2, 3, 4, 5, 6)},
    "bfloat16": {MEMORY_FORMAT: (1, 3, 4)},
    "bool": {MEMORY_FORMAT: (1, 3, 4)},
    "byte": {MEMORY_FORMAT: (1, 3, 4)},
    "char": {MEMORY_FORMAT: (1, 3, 4)},
    "cholesky_inverse": {TRIANGLE: (6, 7, 8, 9, 10, 11)},
    "cholesky_solve": {TRIANGLE: (6, 7, 8, 9, 10, 11)},
    "double": {MEMORY_FORMAT: (1, 3, 4)},
    "float": {MEMORY_FORMAT: (1, 3, 4)},
    "half": {MEMORY_FORMAT: (1, 3, 4)},
    "int": {MEMORY_FORMAT: (1, 3, 4)},
    "long": {MEMORY_FORMAT: (1, 3, 4)},
    "short": {MEMORY_FORMAT: (1, 3, 4)},
    "gather": {"an empty index must have as many dims as the input": (4,)},
    "nn.functional.batch_norm": {"the input has a batch and channels, even where empty": (3, 4)},
    "nn.functional.max_unpool1d": {WRONG: (1, 2, 4, 5, 13, 14)},
    "nn.functional.max_unpool2d": {WRONG: (1, 2, 4, 5, 12, 13, 14)},
    "nn.functional.max_unpool3d": {WRONG: (0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14)},
    "norm.nuc": {"the nuclear norm needs singular values": (0, 1)},
    "repeat_interleave": {"no output_size": (4,)},
    "round.decimals_0": {DECIMALS: (0, 1, 2)},
    "round.decimals_3": {DECIMALS: (0, 1, 2)},
    "round.decimals_neg_3": {DECIMALS: (0, 1, 2)},
    "std.unbiased": {UNBIASED: (0, 1)},
    "std_mean.unbiased": {UNBIASED: (0, 1)},
    "var.unbiased": {UNBIASED: (0, 1)},
    "var_mean.unbiased": {UNBIASED: (0, 1)},
}
# So many entries pass with every sample: one that vanishes is missed.
PASSING = 423
