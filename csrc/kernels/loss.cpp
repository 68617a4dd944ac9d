// Cuts the fused losses into pieces for the loops and the threads; the pieces depend on sizes only.
#include "kernels/loss.hpp"

#include <algorithm>
#include <vector>

#include "core/host.hpp"
#include "kernels/loss_kernels.hpp"
#include "kernels/parallel.hpp"

namespace pyad {

namespace {

constexpr int64_t kPiece = 1 << 16;  // elements summed by one loop
constexpr int64_t kGrain = 1 << 15;  // elements worth a thread
constexpr int64_t kExpGrain = 1 << 13;

const LossLoops& loops_of(DType dtype) {
  static const LossKernels k = PYAD_SELECT_ISA(fill_loss, LossKernels);
  return k.loops[wide_index(dtype)];
}

/// Sum over pieces: `piece(begin, end, out)` writes the sum of its range.
template <class F>
void sum_pieces(const LossLoops& loops, int64_t n, size_t item, void* out, F piece) {
  if (n <= kPiece) return piece(0, n, out);
  int64_t pieces = (n + kPiece - 1) / kPiece;
  std::vector<char> sums(static_cast<size_t>(pieces) * item);
  {
    Unlocked unlocked(static_cast<double>(n));
    parallel_for(pieces, std::max<int64_t>(1, kGrain / kPiece), [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i)
        piece(i * kPiece, std::min(n, (i + 1) * kPiece),
              sums.data() + static_cast<size_t>(i) * item);
    });
  }
  loops.sum(sums.data(), pieces, out);
}

CrossEntropyRows rows_of(const CrossEntropyCase& c, const Tensor& stats, int64_t begin,
                         int64_t end) {
  auto item = static_cast<int64_t>(item_size(c.x.dtype()));
  int64_t rows = c.x.size(0), classes = c.x.size(1);
  return {.x = c.x.bytes() + begin * classes * item,
          .target = c.target.data<int64_t>() + begin,
          .rows = end - begin,
          .classes = classes,
          .ignore = c.ignore,
          .smoothing = c.smoothing,
          .largest = stats.bytes() + begin * item,
          .log_sum = stats.bytes() + (rows + begin) * item};
}

}  // namespace

void sum_difference(const DifferenceCase& c, const Tensor& out) {
  const LossLoops& loops = loops_of(c.x.dtype());
  const auto loop = loops.difference[static_cast<int>(c.which)];
  size_t item = item_size(c.x.dtype());
  const char *a = c.x.bytes(), *b = c.y.bytes();
  sum_pieces(loops, c.x.numel(), item, out.bytes(), [&](int64_t begin, int64_t end, void* sum) {
    size_t at = static_cast<size_t>(begin) * item;
    loop(a + at, b + at, end - begin, c.delta, sum);
  });
}

void sum_elements(const Tensor& x, const Tensor& out) {
  const LossLoops& loops = loops_of(x.dtype());
  size_t item = item_size(x.dtype());
  const char* a = x.bytes();
  sum_pieces(loops, x.numel(), item, out.bytes(), [&](int64_t begin, int64_t end, void* sum) {
    loops.sum(a + static_cast<size_t>(begin) * item, end - begin, sum);
  });
}

void difference_slope(const DifferenceCase& c, double scale, const Tensor& out) {
  const auto loop = loops_of(c.x.dtype()).slope[static_cast<int>(c.which)];
  auto item = static_cast<int64_t>(item_size(c.x.dtype()));
  const char *a = c.x.bytes(), *b = c.y.bytes();
  char* o = out.bytes();
  int64_t n = c.x.numel();
  Unlocked unlocked(static_cast<double>(n));
  parallel_for(
      n, kGrain,
      [&](int64_t begin, int64_t end) {
        loop(a + begin * item, b + begin * item, end - begin, c.delta, scale, o + begin * item);
      },
      64);
}

void cross_entropy_rows(const CrossEntropyCase& c, const Tensor& loss, const Tensor& stats) {
  const LossLoops& loops = loops_of(c.x.dtype());
  auto item = static_cast<int64_t>(item_size(c.x.dtype()));
  char* out = loss.bytes();
  int64_t rows = c.x.size(0), grain = kExpGrain / c.x.size(1) + 1;
  Unlocked unlocked(static_cast<double>(c.x.numel()) * 4);
  parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    loops.cross_entropy(rows_of(c, stats, begin, end), out + begin * item);
  });
}

void cross_entropy_rows_pull(const CrossEntropyCase& c, const Tensor& stats, const Tensor& g,
                             double scale, const Tensor& gx) {
  const LossLoops& loops = loops_of(c.x.dtype());
  auto item = static_cast<int64_t>(item_size(c.x.dtype()));
  int64_t rows = c.x.size(0), classes = c.x.size(1), grain = kExpGrain / classes + 1;
  int64_t step = g.numel() == 1 ? 0 : 1;
  const char* gy = g.bytes();
  char* out = gx.bytes();
  Unlocked unlocked(static_cast<double>(c.x.numel()) * 4);
  parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    loops.cross_entropy_pull(rows_of(c, stats, begin, end), gy + begin * step * item, step, scale,
                             out + begin * classes * item);
  });
}

}  // namespace pyad
