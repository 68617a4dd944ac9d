// See distance.hpp.
#include "kernels/distance.hpp"

#include <algorithm>

#include "core/host.hpp"
#include "kernels/isa_select.hpp"
#include "kernels/parallel.hpp"

namespace pyad {

PYAD_DECLARE_ISA_FILL(fill_distance, DistanceKernels)

namespace {

constexpr int64_t kGrain = int64_t{1} << 15;  // coordinates of pairs a thread should get at least
constexpr int64_t kColumns = 256;             // of a thread, so that its lines are its own

const DistanceKernels& kernels() {
  static const DistanceKernels k = PYAD_SELECT_ISA(fill_distance, DistanceKernels);
  return k;
}

struct At {
  int64_t item;
  const char* operator()(const void* p, int64_t i) const {
    return static_cast<const char*>(p) + i * item;
  }
  char* operator()(void* p, int64_t i) const { return static_cast<char*>(p) + i * item; }
};

double work(const PairSizes& n) {
  return static_cast<double>(n.batches * n.rows) * static_cast<double>(n.others * (n.m + 4)) / 8;
}

/// Calls body(batch, begin, end) on parts of all rows.
template <class F>
void over_rows(const PairSizes& n, F&& body) {
  const int64_t grain = std::max<int64_t>(kGrain / std::max<int64_t>(n.others * (n.m + 4), 1), 1);
  parallel_for(n.batches * n.rows, grain, [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t batch = begin / n.rows, first = begin % n.rows;
      const int64_t count = std::min(end - begin, n.rows - first);
      body(batch, first, count);
      begin += count;
    }
  });
}

}  // namespace

void pair_norms(PairNorm norm, DType dtype, const PairSizes& n, const void* x, const void* y,
                void* out, bool* beyond) {
  const At at{static_cast<int64_t>(item_size(dtype))};
  const auto loop = kernels().forward[static_cast<int>(norm)][wide_index(dtype)];
  Unlocked unlocked(work(n));
  over_rows(n, [&](int64_t batch, int64_t first, int64_t count) {
    const int64_t row = batch * n.rows + first;
    loop(at(x, row * n.m), at(y, batch * n.m * n.others), count, n.m, n.others,
         at(out, row * n.others), beyond + row);
  });
}

void pull_pair_norms(PairNorm norm, DType dtype, const PairSizes& n, const void* x, const void* y,
                     const void* w, void* gx, void* gy) {
  const At at{static_cast<int64_t>(item_size(dtype))};
  const int which = static_cast<int>(norm);
  const int wide = wide_index(dtype);
  Unlocked unlocked(2 * work(n));
  if (gx) {
    over_rows(n, [&](int64_t batch, int64_t first, int64_t count) {
      const int64_t row = batch * n.rows + first;
      kernels().pull_rows[which][wide](at(x, row * n.m), at(y, batch * n.m * n.others),
                                       at(w, row * n.others), count, n.m, n.others,
                                       at(gx, row * n.m));
    });
  }
  if (!gy) return;
  const int64_t grain = std::max<int64_t>(kGrain / std::max<int64_t>(n.rows * (n.m + 4), 1), 1);
  for (int64_t batch = 0; batch < n.batches; ++batch) {
    const int64_t mine = batch * n.m * n.others;
    parallel_for(
        n.others, grain,
        [&](int64_t begin, int64_t end) {
          kernels().pull_columns[which][wide](at(x, batch * n.rows * n.m), at(y, mine),
                                              at(w, batch * n.rows * n.others), n.rows, n.m,
                                              n.others, begin, end, at(gy, mine));
        },
        kColumns);
  }
}

}  // namespace pyad
