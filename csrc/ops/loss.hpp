// Losses: fused ops for the hot ones (of a difference, cross entropy of class indices), expressions
// of other ops for the rest.
#pragma once

#include <string>

#include "core/tensor.hpp"
#include "kernels/loss_kernels.hpp"
#include "ops/elementwise/info.hpp"
#include "ops/fused.hpp"

namespace pyad {

enum class LossReduction : uint8_t { kNone, kMean, kSum };
/// Reads "none", "mean" or "sum"; raises ValueError.
LossReduction read_reduction(const char* op, const std::string& text);

struct DifferenceAttr {
  bool mean;
  double delta = 1;
};
/// Mean or sum of f(x - y) of two tensors of one shape and floating dtype; `delta` as huber has it.
template <OpName NAME, Difference WHICH>
struct DifferenceLoss : Fused<DifferenceLoss<NAME, WHICH>, NAME, 2> {
  static constexpr unsigned save = save_in(0) | save_in(1);
  using Attr = DifferenceAttr;
  static Tensor forward(const Attr& attr, Inputs in);
  static void pull(const Attr& attr, Rule& b);
  static Tensors compose(const Attr& attr, Inputs in);
};
using MseLoss = DifferenceLoss<"mse_loss", Difference::kSquare>;
using L1Loss = DifferenceLoss<"l1_loss", Difference::kAbsolute>;
using HuberLoss = DifferenceLoss<"huber_loss", Difference::kHuber>;

/// Cross entropy of logits (rows, classes) and class indices (rows,); outputs the loss and what the
/// kernel of its cotangent needs again.
struct CrossEntropy : Fused<CrossEntropy, "cross_entropy", 2, 2> {
  static constexpr unsigned save = save_in(0) | save_in(1) | save_out(1);
  static constexpr unsigned diff_outputs = 1;
  struct Attr {
    LossReduction reduction;
    int64_t ignore;
    double smoothing;
  };
  static Tensors forward(const Attr& attr, Inputs in);
  static void pull(const Attr& attr, Rule& b);
  static Tensors compose(const Attr& attr, Inputs in);
};

/// -(t log x + (1 - t) log(1 - x)) elementwise, logarithms not below -100.
struct BinaryCrossEntropy : General<"binary_cross_entropy", 2> {
  static constexpr bool leading_free = true;
  static constexpr unsigned save = save_in(0) | save_in(1);
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};

Tensor mse_loss(const Tensor& x, const Tensor& y, LossReduction reduction = LossReduction::kMean);
Tensor l1_loss(const Tensor& x, const Tensor& y, LossReduction reduction = LossReduction::kMean);
Tensor smooth_l1_loss(const Tensor& x, const Tensor& y, LossReduction reduction, double beta);
Tensor huber_loss(const Tensor& x, const Tensor& y, LossReduction reduction, double delta);
/// Options of cross_entropy and nll_loss; `weight` may be undefined.
struct ClassLossOptions {
  Tensor weight;
  LossReduction reduction = LossReduction::kMean;
  int64_t ignore = -100;
  double smoothing = 0;
};
/// Logits (N, C, ...) and class indices (N, ...), or probabilities (N, C, ...).
Tensor cross_entropy(const Tensor& x, const Tensor& target, const ClassLossOptions& options = {});
/// The same from log-probabilities and class indices, without smoothing.
Tensor nll_loss(const Tensor& logp, const Tensor& target, const ClassLossOptions& options = {});
Tensor binary_cross_entropy(const Tensor& x, const Tensor& target, const Tensor& weight,
                            LossReduction reduction);
Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target, const Tensor& weight,
                                        const Tensor& pos_weight, LossReduction reduction);
Tensor kl_div(const Tensor& x, const Tensor& target, const std::string& reduction, bool log_target);

}  // namespace pyad
