// Batches: `vmap`'s examples that travel together, by level.
//
// Note [Batch rules]
// A call with batched handles takes off the innermost batch and runs on the tensors of all examples
// (Note [Batched handles] in core/tensor.hpp). How, the op's kind and attributes tell: elementwise
// ops line the other dims up; ops whose attributes name axes and sizes have them moved by one
// (Note [Attributes]); others write a rule, `batch`. What has none runs example by
// example and stacks the results, and says so once. Batch rules are written with ops, so the tensors
// of all examples are recorded and carry tangents as any.
//
// A composite works on handles and needs nothing of this, unless it looks at values: then the
// handle raises (`ErrorKind::kBatched`), and its row of the table is called example by example.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/tensor.hpp"
#include "dispatch/tangent.hpp"
#include "graph/sweep.hpp"
#include "ops/batching.hpp"
#include "ops/function.hpp"
#include "ops/op.hpp"

namespace pyad {

/// What a batch cannot run and a single example could: values of it written where there is room for
/// one. Reading them is `ErrorKind::kBatched`; to the host both are one exception.
struct BatchRefusal : Error {
  explicit BatchRefusal(std::string text) : Error(ErrorKind::kRuntime, std::move(text)) {}
};

/// Whether a call on these is not one on plain tensors.
inline bool at_level(Inputs xs) { return batch_level_of(xs) >= 0 || dual_level_of(xs) >= 0; }
inline bool at_level(const Tensor& x) { return at_level({&x, 1}); }

Tensors call_batched(const OpInfo& op, const void* attr, Inputs in, int level);
Tensor elementwise_batched(const ElementwiseInfo& op, DType dtype, std::span<const Operand> in,
                           const double* params, int level);
/// A row of the table, example by example where it looks at values.
Answer call_row(const Function& row, Args& args);

/// Lets every op say again that it runs example by example.
void forget_loops();

/// `gradients` (graph/sweep.hpp) where roots, inputs or cotangents may be batched.
Tensors batched_gradients(Inputs roots, Inputs seeds, Inputs wanted, const SweepOptions& options,
                          bool allow_unused);

/// `write_inplace` into the tensor of all examples; false, and nothing done, if neither is batched.
bool write_batched(const char* op, const Tensor& target, const Tensor& value);

}  // namespace pyad
