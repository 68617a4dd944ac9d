// See series.hpp.
#include "kernels/series.hpp"

#include "core/host.hpp"
#include "kernels/isa_select.hpp"
#include "kernels/parallel.hpp"
#include "kernels/series_kernels.hpp"

namespace pyad {

PYAD_DECLARE_ISA_FILL(fill_series, SeriesKernels)

namespace {

constexpr int64_t kGrain = 1 << 16;  // elements a thread should get at least

const SeriesKernels& kernels() {
  static const SeriesKernels k = PYAD_SELECT_ISA(fill_series, SeriesKernels);
  return k;
}

}  // namespace

void write_steps(int64_t* out, int64_t n, int64_t first, int64_t by) {
  Unlocked unlocked(static_cast<double>(n));
  parallel_for(
      n, kGrain,
      [&](int64_t begin, int64_t end) {
        kernels().whole(out + begin, begin, end - begin, first, by);
      },
      8);
}

void write_steps(DType dtype, void* out, int64_t n, double first, double by) {
  const auto item = static_cast<int64_t>(item_size(dtype));
  const auto loop = kernels().steps[wide_index(dtype)];
  Unlocked unlocked(static_cast<double>(n));
  parallel_for(
      n, kGrain,
      [&](int64_t begin, int64_t end) {
        loop(static_cast<char*>(out) + begin * item, begin, end - begin, first, by);
      },
      16);
}

void write_spaced(DType dtype, void* out, int64_t n, double first, double last, double step) {
  const auto item = static_cast<int64_t>(item_size(dtype));
  const auto loop = kernels().spaced[wide_index(dtype)];
  const int64_t half = n == 1 ? 1 : n / 2;
  Unlocked unlocked(static_cast<double>(n));
  parallel_for(
      n, kGrain,
      [&](int64_t begin, int64_t end) {
        const int64_t middle = begin > half ? begin : end < half ? end : half;
        char* y = static_cast<char*>(out);
        loop(y + begin * item, begin, false, middle - begin, first, step);
        loop(y + middle * item, n - 1 - middle, true, end - middle, last, -step);
      },
      16);
}

}  // namespace pyad
