// Joining arrays and taking them apart: concatenation, stacking, splitting.
#pragma once

#include <vector>

#include "core/tensor.hpp"
#include "ops/op.hpp"

namespace pyad {

/// Inputs one after the other along `dim`.
struct Concat : Linear<"cat", kAny> {
  static constexpr bool moves = true;
  struct Attr {
    Axis dim;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Inputs one after the other along a new dim.
struct Stack : Linear<"stack", kAny> {
  static constexpr bool moves = true;
  struct Attr {
    Axis dim;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Consecutive parts of the given lengths, as views.
struct Split : Linear<"split", 1, kAny> {
  static constexpr bool view = true;
  struct Attr {
    Axis dim;
    Dims lengths;
  };
  static Tensors forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Every index of a dim, as views without it.
struct Unbind : Linear<"unbind", 1, kAny> {
  static constexpr bool view = true;
  struct Attr {
    Axis dim;
  };
  static Tensors forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// torch.cat: dtypes are promoted; 1-d empty arrays are skipped.
Tensor concat(Inputs parts, int64_t dim = 0);
Tensor stack(Inputs parts, int64_t dim = 0);
Tensors split(const Tensor& x, int64_t length, int64_t dim = 0);
Tensors split_with_sizes(const Tensor& x, const Dims& lengths, int64_t dim = 0);
/// Refuses more parts than the machine could hold the handles of.
void check_parts(const char* op, int64_t count);
Tensors chunk(const Tensor& x, int64_t count, int64_t dim = 0);
Tensors unbind(const Tensor& x, int64_t dim = 0);

}  // namespace pyad
