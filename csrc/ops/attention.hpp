// Attention: softmax(scale query key^T + mask) value.
#pragma once

#include "core/tensor.hpp"
#include "ops/fused.hpp"

namespace pyad {

/// Inputs query (..., L, E), key (..., S, E), value (..., S, V), mask (..., L, S) or undefined, all
/// with the same leading sizes. Outputs the result (..., L, V) and, for the rules, the weights.
struct Attention : Fused<Attention, "scaled_dot_product_attention", 4, 2> {
  static constexpr bool leading_free = true;
  static constexpr unsigned save = 0b1111 | save_out(1);
  static constexpr unsigned diff_outputs = 1;
  struct Attr {
    bool causal;  // query i sees the first i + 1 keys only
    double scale;
  };
  static Tensors forward(const Attr& attr, Inputs in);
  static void pull(const Attr& attr, Rule& b);
  static Tensors compose(const Attr& attr, Inputs in);
};

struct AttentionOptions {
  bool causal = false;
  bool has_scale = false;
  double scale = 0;      // 1 / sqrt(E) unless given
  bool grouped = false;  // heads of key and value serve several heads of query
};
/// `mask` may be undefined, bool (true: visible) or floating (added).
Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const Tensor& mask, const AttentionOptions& options);

}  // namespace pyad
