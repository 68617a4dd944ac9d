// Deals rows of the result to threads.
#include "kernels/resample.hpp"

#include <vector>

#include "core/host.hpp"
#include "kernels/parallel.hpp"
#include "kernels/resample_kernels.hpp"

namespace pyad {

namespace {

constexpr int64_t kGrain = 1 << 14;  // elements worth a thread

}  // namespace

void resample(const Tensor& x, const Bands& bands, bool transposed, const Tensor& y) {
  static const ResampleKernels kernels = PYAD_SELECT_ISA(fill_resample, ResampleKernels);
  if (y.numel() == 0) return;
  const BandAxis* axes = transposed ? bands.transposed() : bands.forward();
  auto run = kernels.run[wide_index(x.dtype())];
  ResampleJob job{x.bytes(), y.bytes(), axes};
  int64_t rows = y.numel() / axes[2].out;
  auto row_bytes = static_cast<size_t>(axes[2].in) * item_size(x.dtype());
  double work = static_cast<double>(x.numel()) + static_cast<double>(y.numel());
  Unlocked unlocked(work);
  auto part = [&](int64_t begin, int64_t end) {
    alignas(64) char small[2048];
    std::vector<char> large(row_bytes > sizeof small ? row_bytes : 0);
    run(job, begin, end, large.empty() ? small : large.data());
  };
  parallel_for(rows, static_cast<int64_t>(kGrain / (work / static_cast<double>(rows))) + 1, part);
}

}  // namespace pyad
