// Ops on dtypes that are stored only: operands are converted, the op runs, results are converted
// back. See Note [Stored dtypes] in core/dtype_list.hpp.
//
// There are two doors, as everywhere: `elementwise` and `call_op`. The conversions are ops, so levels
// and recording are theirs, and a node never sees a stored dtype but for ops that move elements. A
// composite needs nothing of this, unless it reads values by kernels of its own: then what it asks
// for raises `kNoKernel`, and its row is called again on converted arguments.
#pragma once

#include <algorithm>
#include <span>

#include "core/tensor.hpp"
#include "ops/elementwise/info.hpp"
#include "ops/function.hpp"
#include "ops/op.hpp"

namespace pyad {

inline bool any_stored(Inputs xs) {
  return std::any_of(xs.begin(), xs.end(),
                     [](const Tensor& x) { return x.defined() && is_stored(x.dtype()); });
}

/// A call with inputs of stored dtypes, of an op that does more than move elements.
Tensors call_stored(const OpInfo& op, const void* attr, Inputs in);
/// An elementwise op whose operands meet in the stored `dtype`.
Tensor elementwise_stored(const ElementwiseInfo& op, DType dtype, std::span<const Operand> in,
                          const double* params);

/// Whether a row has an argument of a stored dtype, or is asked for one.
bool any_stored(const Args& args);
/// A row on its arguments in the dtypes that these are computed in; `call` is the call of a row.
Answer call_row_stored(const Function& row, std::span<const Arg> args,
                       Answer (*call)(const Function& row, Args& args));

}  // namespace pyad
