// Attention of many small matrices: products and softmax of one matrix after the other, so that the
// scores of each stay in the cache.
#pragma once

#include "core/tensor.hpp"

namespace pyad {

/// query (..., L, E), key (..., S, E), value (..., S, V) with equal leading sizes and any strides;
/// mask (..., L, S), added to the scores, may be undefined.
struct AttentionInputs {
  const Tensor &query, &key, &value, &mask;
  bool causal;
  double scale;
};
/// Fills out (..., L, V) and the weights (..., L, S), both contiguous.
void attention(const AttentionInputs& in, const Tensor& out, const Tensor& weights);
/// Cotangents, contiguous; undefined ones are not computed.
struct AttentionCotangents {
  Tensor query, key, value, mask;
};
void attention_pull(const AttentionInputs& in, const Tensor& weights, const Tensor& g,
                    const AttentionCotangents& to);

}  // namespace pyad
