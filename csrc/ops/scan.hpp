// Cumulative ops along one dim.
#pragma once

#include "core/tensor.hpp"
#include "ops/op.hpp"

namespace pyad {

struct CumSum : Linear<"cumsum"> {
  struct Attr {
    Axis dim;
    bool reverse;  // from the end: the transpose
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

struct ScanAttr {
  Axis dim;
};
struct CumProd : General<"cumprod"> {
  static constexpr unsigned save = save_in(0) | save_out(0);
  using Attr = ScanAttr;
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};

/// Running extremes and their places; the cotangent goes to the places.
template <OpName NAME, bool LARGEST>
struct CumExtreme : General<NAME, 1, 2> {
  static constexpr unsigned save = save_out(1);
  static constexpr unsigned diff_outputs = 1;
  using Attr = ScanAttr;
  static Tensors forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};
using CumMax = CumExtreme<"cummax", true>;
using CumMin = CumExtreme<"cummin", false>;

/// log(cumsum(exp(x))).
struct LogCumSumExp : General<"logcumsumexp"> {
  static constexpr unsigned save = save_in(0) | save_out(0);
  using Attr = ScanAttr;
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};

/// Integers and bools are accumulated as int64.
Tensor cumsum(const Tensor& x, int64_t dim);
Tensor cumprod(const Tensor& x, int64_t dim);
/// (values, int64 places).
Tensors cummax(const Tensor& x, int64_t dim);
Tensors cummin(const Tensor& x, int64_t dim);
Tensor logcumsumexp(const Tensor& x, int64_t dim);

}  // namespace pyad
