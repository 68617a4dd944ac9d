// Deals rows and planes to threads.
#include "kernels/pooling.hpp"

#include <algorithm>
#include <cstring>

#include "core/host.hpp"
#include "kernels/parallel.hpp"
#include "kernels/pooling_kernels.hpp"

namespace pyad {

namespace {

constexpr int64_t kGrain = 1 << 14;  // elements worth a thread

/// Calls `f` with the types of numbers and places.
template <class F>
void visit_moves(const Tensor& x, const Tensor& places, F&& f) {
  visit_floating("max_pool", x.dtype(), [&]<class T>(std::type_identity<T> t) {
    if (places.dtype() == DType::kInt32) {
      f(t, places.data<int32_t>());
    } else {
      f(t, places.data<int64_t>());
    }
  });
}

}  // namespace

void max_pool_planes(const Tensor& x, const Bands& windows, const Tensor& y, const Tensor& places) {
  static const PoolKernels kernels = PYAD_SELECT_ISA(fill_pool, PoolKernels);
  if (y.numel() == 0) return;
  const BandAxis* axes = windows.forward();
  PoolJob job{x.bytes(), y.bytes(), places.defined() ? places.data<int32_t>() : nullptr, axes,
              poll_part};
  auto run = kernels.max[static_cast<int>(x.dtype())];
  if (!run) fail_no_kernel("max_pool", x.dtype());
  int64_t rows = y.numel() / axes[2].out;
  double work = static_cast<double>(x.numel()) + static_cast<double>(y.numel());
  double taps = static_cast<double>(y.numel());
  for (int d = 0; d < 3; ++d) {
    const BandAxis& a = axes[d];
    const int32_t longest = a.stop[a.out / 2] - a.start[a.out / 2];
    taps *= static_cast<double>(longest);
  }
  Unlocked unlocked(std::max(work, taps));
  parallel_for(rows, static_cast<int64_t>(kGrain / (work / static_cast<double>(rows))) + 1,
               [&](int64_t begin, int64_t end) { run(job, begin, end); });
}

void pick_from_planes(const Tensor& x, const Tensor& places, int64_t planes, const Tensor& y) {
  if (y.numel() == 0) return;
  int64_t n = y.numel() / planes, m = x.numel() / planes;
  visit_moves(x, places, [&]<class T, class I>(std::type_identity<T>, const I* at) {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    Unlocked unlocked(static_cast<double>(y.numel()));
    parallel_for(planes, kGrain / n + 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p)
        for (int64_t k = p * n; k < (p + 1) * n; ++k) to[k] = from[p * m + at[k]];
    });
  });
}

void add_into_planes(const Tensor& x, const Tensor& places, int64_t planes, const Tensor& y) {
  if (y.numel() == 0) return;
  int64_t n = x.numel() / planes, m = y.numel() / planes;
  visit_moves(x, places, [&]<class T, class I>(std::type_identity<T>, const I* at) {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    Unlocked unlocked(static_cast<double>(y.numel()));
    parallel_for(planes, kGrain / m + 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        std::memset(to + p * m, 0, static_cast<size_t>(m) * sizeof(T));
        for (int64_t k = p * n; k < (p + 1) * n; ++k) to[p * m + at[k]] += from[k];
      }
    });
  });
}

}  // namespace pyad
