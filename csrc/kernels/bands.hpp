// Windows and weights along up to three axes, for pooling and resampling: the tables that kernels
// walk, and their transposition.
//
// Note [Banded maps]
// Average pooling, adaptive or not, and every interpolation are one thing: along each spatial axis
// a matrix whose rows are zero outside of a short window, and the map of the whole grid is their
// product. So there is one kernel for all of them, whatever the rank, and since the transpose of
// such a matrix is such a matrix, it is its own backward. Maximum pooling walks the same windows.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/dtype.hpp"
#include "kernels/axis.hpp"

namespace pyad {

/// The tables of one axis; numbers are kept in the precision in which the kernel reads them.
class AxisTable {
 public:
  AxisTable(int64_t in, int64_t out);
  /// Windows of `kernel` elements, `dilation` apart, `stride` from one to the next; clipped to the
  /// axis.
  static AxisTable pool(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding,
                        int64_t dilation);
  /// Windows that divide the axis into `out` parts, overlapping where it does not divide.
  static AxisTable adaptive(int64_t in, int64_t out);
  static AxisTable identity(int64_t n);

  /// Divides each output by its number of elements, the padding counted with `padded`.
  void average(int64_t kernel, int64_t stride, int64_t padding, bool padded);
  void average();
  void divide_by(double divisor);
  AxisTable transposed() const;

  /// To be called when the table is full: what makes kernels fast, and numbers of type `dtype`.
  void finish(DType dtype);
  const BandAxis& axis() const { return axis_; }

  std::vector<int32_t> start, stop;
  std::vector<double> weight;  // taps * out, or empty
  std::vector<double> before, after;
  int64_t in, out;
  int32_t step = 1;

 private:
  bool every_window_is(int64_t length) const;
  std::vector<float> narrow_[3];  // weight, before and after for float32
  BandAxis axis_;
};

/// Three axes (leading ones of size 1 where the grid has less), and their transposes when asked
/// for.
class Bands {
 public:
  /// The last axes, one to three. Numbers are for arrays of type `dtype`.
  Bands(std::vector<AxisTable> axes, DType dtype);
  const BandAxis* forward() const { return axes_; }
  /// Made at the first call.
  const BandAxis* transposed() const;
  /// What the tables say, and tables that say it.
  struct Numbers {
    DType dtype;
    struct Table {
      int64_t in, out;
      int32_t step;
      std::vector<int32_t> start, stop;
      std::vector<double> weight, before, after;
    };
    std::vector<Table> tables;
  };
  Numbers numbers() const;
  static Bands from(const Numbers& n);

 private:
  std::vector<AxisTable> tables_;
  DType dtype_;
  BandAxis axes_[3];
  mutable std::vector<AxisTable> transposed_tables_;
  mutable BandAxis transposed_axes_[3];
};
using SharedBands = std::shared_ptr<const Bands>;

}  // namespace pyad
