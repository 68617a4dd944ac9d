// Layers that are ops of their own: embedding, layer normalisation.
#pragma once

#include "core/tensor.hpp"
#include "ops/fused.hpp"

namespace pyad {

/// Rows of input 0 (rows, width) at the indices of input 1 (int64, in range).
struct Embedding : General<"embedding", 2> {
  static constexpr unsigned save = save_in(1);
  struct Attr {
    int64_t padding;    // the row that takes no part in differentiation; -1: none
    bool hide = false;  // give zeros instead of that row: what derivatives of the op are
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};
/// Zeros (rows, width) with the elements of input 0 added to the rows of input 1, the padding row
/// left out.
struct EmbeddingTranspose : Linear<"embedding_backward", 2> {
  static constexpr unsigned save = save_in(1);
  struct Attr {
    int64_t rows;
    int64_t padding;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// (x - mean) rstd weight + bias over the last `dims` dims; inputs 1 and 2 may be undefined.
/// Outputs y, and for the rules mean and rstd.
struct LayerNorm : Fused<LayerNorm, "layer_norm", 3, 3> {
  static constexpr unsigned save = 0b111 | save_out(1) | save_out(2);
  static constexpr unsigned diff_outputs = 1;
  struct Attr {
    int dims;
    double eps;
  };
  static Tensors forward(const Attr& attr, Inputs in);
  static void pull(const Attr& attr, Rule& b);
  static Tensors compose(const Attr& attr, Inputs in);
  static Tensors batch(const Attr& attr, const Examples& in);
};

/// `padding` counts from the end if negative; `has_padding` says whether there is one.
Tensor embedding(const Tensor& index, const Tensor& weight, bool has_padding = false,
                 int64_t padding = 0);
Tensor layer_norm(const Tensor& x, const Dims& normalized_shape, const Tensor& weight,
                  const Tensor& bias, double eps = 1e-5);

}  // namespace pyad
