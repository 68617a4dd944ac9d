// Comparison of whole tensors, sets of values, counts, search in sorted rows. Nothing here has a
// derivative; what has a result of known shape is an op, so that it has batches.
#pragma once

#include "core/tensor.hpp"
#include "ops/op.hpp"

namespace pyad {

/// Whether each element of input 0 is among those of input 1, of the same dtype.
struct IsIn : Plain<"isin", 2> {
  struct Attr {
    bool invert;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor batch(const Attr& attr, const Examples& in);
};

/// Where elements of input 1 belong into the sorted rows of input 0, a vector or of input 1's
/// leading dims; both of one dtype.
struct SearchSorted : Plain<"searchsorted", 2> {
  struct Attr {
    bool right;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor batch(const Attr& attr, const Examples& in);
};

/// Counts by equal parts of [low, high], between the least and the largest element if they are
/// equal: of all elements, or of each row of a matrix.
struct Histogram : Plain<"histc"> {
  struct Attr {
    int64_t bins;
    double low, high;
    bool of_rows = false;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor batch(const Attr& attr, const Examples& in);
};

/// |x - y| <= atol + rtol |y|, or x = y, which infinities need.
Tensor isclose(const char* op, const Tensor& x, const Tensor& y, double rtol, double atol,
               bool equal_nan);
bool allclose(const char* op, const Tensor& x, const Tensor& y, double rtol, double atol,
              bool equal_nan);
/// One shape and equal elements.
bool equal(const Tensor& x, const Tensor& y);
Tensor isin(const Tensor& x, const Tensor& set, bool invert);
/// (values), and if asked (inverse), (counts). Unless `sorted` only neighbours are compared.
Tensors unique(const Tensor& x, bool sorted, bool inverse, bool counts);
/// The same with the slices of `dim` for values.
Tensors unique_rows(const Tensor& x, int64_t dim, bool inverse, bool counts);
/// `weights` may be undefined.
Tensor bincount(const Tensor& x, const Tensor& weights, int64_t minlength);
Tensor histc(const Tensor& x, int64_t bins, double low, double high);
/// `rows` is a vector or has x's leading dims; `sorter` may be undefined.
Tensor searchsorted(const char* op, const Tensor& rows, const Tensor& x, bool int32, bool right,
                    const Tensor& sorter);

}  // namespace pyad
