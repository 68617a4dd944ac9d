// See Note [Ways through an elementwise loop].
//
// Note [Ways through an elementwise loop]
// 1. Every operand is an array of the output's shape and layout, or a single element: one kernel
// call (cut among threads if large).
// Otherwise dims are put into the order of the output's memory and merged where all step over them
// as one; when a single dim is left that is way 1 again.
// 2. After merging dims the inner run is long and each operand is contiguous or constant along it:
// one call for each run.
// 3. Large transposed operands are turned, which goes by tiles: of matrices block by block, into
// the second-level cache; of other arrays as a whole, into the output's layout, which is way 1 or 2
// again.
// 4. Otherwise operands are gathered, block by block, into small contiguous arrays that stay in the
// first-level cache.
#include "kernels/elementwise_driver.hpp"

#include <algorithm>

#include "core/host.hpp"
#include "core/layout.hpp"
#include "kernels/parallel.hpp"
#include "kernels/strided.hpp"

namespace pyad {

namespace {

constexpr int64_t kGrain = 40'000;  // elements a thread should get at least, at unit cost
constexpr int64_t kShortRun = 16;   // shorter inner runs are gathered
constexpr int64_t kGatherBlock = 512;
constexpr int64_t kTurned = 1 << 12;     // elements from which a transposed operand is turned
constexpr int64_t kBlockwise = 1 << 18;  // bytes from which that is done block by block
constexpr int64_t kBlockColumn = 128, kBlockRow = 2048;  // bytes of a column of it, and of a row
constexpr int64_t kBlockStep = kBlockRow + 64;           // from row to row
constexpr int kMostTurned = 2;

template <class T>
void gather(T* out, const T* in, const StridedLoop& loop, int operand, int64_t start,
            int64_t count) {
  const int64_t* strides = loop.strides[operand];
  int64_t index[kMaxDims];
  int64_t rest = start, at = 0;
  for (int d = loop.n_dims - 1; d >= 0; --d) {
    index[d] = rest % loop.sizes[d];
    rest /= loop.sizes[d];
    at += index[d] * strides[d];
  }
  int last = loop.n_dims - 1;
  while (count > 0) {
    int64_t run = loop.sizes[last] - index[last];
    if (run > count) run = count;
    int64_t step = strides[last];
    copy_steps(out, in + at, step, run);
    out += run;
    count -= run;
    at += run * step;
    index[last] += run;
    for (int d = last; d > 0 && index[d] == loop.sizes[d]; --d) {
      at += strides[d - 1] - strides[d] * loop.sizes[d];
      index[d] = 0;
      ++index[d - 1];
    }
  }
}

/// Way 3 for a matrix; false, and nothing done, unless each operand lies in rows, or is constant
/// along them, or lies in columns.
bool run_turned(ElementwiseKernel kernel, const void* const* in, size_t item,
                const StridedLoop& loop, char* y, size_t out_item, unsigned scalars,
                const double* params, double work, int64_t grain) {
  unsigned constant = scalars, turned = 0;
  int count = 0;
  for (int k = 0; k < loop.n_operands; ++k) {
    const int64_t down = loop.strides[k][0], along = loop.strides[k][1];
    if (along == 0) constant |= 1u << k;
    if (along == 0 || along == 1) continue;
    if (down != 1 || ++count > kMostTurned) return false;
    turned |= 1u << k;
  }
  const auto size = static_cast<int64_t>(item), size_out = static_cast<int64_t>(out_item);
  const int64_t columns = loop.sizes[1];
  const int64_t height = std::min<int64_t>(kBlockColumn / size, 32), width = kBlockRow / size;
  Unlocked unlocked(work);
  parallel_for(
      loop.sizes[0], grain / columns + 1,
      [&](int64_t begin, int64_t end) {
        alignas(64) char space[kMostTurned][kBlockStep * 32];
        for (int64_t r0 = begin; r0 < end; r0 += height) {
          const int64_t rows = std::min(height, end - r0);
          for (int64_t c0 = 0; c0 < columns; c0 += width) {
            const int64_t n = std::min(width, columns - c0);
            const char* at[StridedLoop::kOperands];
            int64_t step[StridedLoop::kOperands];  // in bytes, from row to row
            int used = 0;
            for (int k = 0; k < loop.n_operands; ++k) {
              const int64_t* strides = loop.strides[k];
              at[k] = static_cast<const char*>(in[k]) + (r0 * strides[0] + c0 * strides[1]) * size;
              step[k] = strides[0] * size;
              if (turned >> k & 1) {
                char* block = space[used++];
                turn_block(block, kBlockStep / size, at[k], strides[1], rows, n, item);
                at[k] = block;
                step[k] = kBlockStep;
              }
            }
            for (int64_t r = 0; r < rows; ++r) {
              const void* row[StridedLoop::kOperands];
              for (int k = 0; k < loop.n_operands; ++k) row[k] = at[k] + r * step[k];
              kernel(row, y + ((r0 + r) * columns + c0) * size_out, n, constant, params);
            }
          }
        }
      },
      height);
  return true;
}

}  // namespace

namespace {

/// What both ways through `run_elementwise` know.
struct Call {
  ElementwiseKernel kernel;
  const LoopOperand* operands;
  int n_operands;
  size_t item;
  const Tensor& out;
  const double* params;
  double cost;
  const void* in[StridedLoop::kOperands];
  unsigned scalars = 0;

  // For `in`, which nobody reads before it is set: to clear it costs more than to add 16 numbers.
  Call(ElementwiseKernel kernel_in, const LoopOperand* operands_in, int n, size_t item_in,
       const Tensor& out_in, const double* params_in, double cost_in)
      : kernel(kernel_in),
        operands(operands_in),
        n_operands(n),
        item(item_in),
        out(out_in),
        params(params_in),
        cost(cost_in) {}
};

/// Way 1.
inline void run_flat(const Call& c, unsigned constant) {
  const int64_t n = c.out.numel();
  char* y = c.out.bytes();
  const double work = static_cast<double>(n) * c.cost;
  if (work < kGrain) return c.kernel(c.in, y, n, constant, c.params);
  static_assert(kGrain < Unlocked::kWorthUnlocking);
  const auto grain = static_cast<int64_t>(kGrain / c.cost) + 1;
  Unlocked unlocked(work);
  if (n < 2 * grain) return c.kernel(c.in, y, n, constant, c.params);
  const auto item = static_cast<int64_t>(c.item);
  const auto out_item = static_cast<int64_t>(item_size(c.out.dtype()));
  parallel_for(
      n, grain,
      [&](int64_t begin, int64_t end) {
        const void* part[StridedLoop::kOperands];
        for (int k = 0; k < c.n_operands; ++k) {
          part[k] = constant >> k & 1 ? c.in[k] : static_cast<const char*>(c.in[k]) + begin * item;
        }
        c.kernel(part, y + begin * out_item, end - begin, constant, c.params);
      },
      64);
}

/// The other ways; apart, so that the first pays nothing for them.
[[gnu::noinline]] void run_strided(const Call& c) {
  const auto& [kernel, operands, n_operands, item, out, params, cost, in, scalars] = c;
  const int64_t n = out.numel();
  char* y = out.bytes();
  const size_t out_item = item_size(out.dtype());
  const double work = static_cast<double>(n) * cost;
  const auto grain = static_cast<int64_t>(kGrain / cost) + 1;
  StridedLoop loop(out.sizes());
  for (int k = 0; k < n_operands; ++k) {
    if (operands[k].tensor) {
      loop.add(operands[k].tensor->sizes(), operands[k].tensor->strides());
    } else {
      loop.add(Dims{}, Dims{});
    }
  }
  if (!out.is_contiguous()) loop.reorder(memory_order(out));
  loop.merge();
  int last = loop.n_dims - 1;
  int64_t run = loop.sizes[last];
  unsigned constant = 0;
  bool runs = true;
  for (int k = 0; k < n_operands; ++k) {
    int64_t step = loop.strides[k][last];
    if (step == 0) {
      constant |= 1u << k;
    } else {
      runs = runs && step == 1;
    }
  }
  if (runs && last == 0) return run_flat(c, constant);
  if (!runs && run >= kShortRun && n >= kTurned) {
    if (last == 1 && n * static_cast<int64_t>(item) >= kBlockwise &&
        run_turned(kernel, in, item, loop, y, out_item, scalars, params, work, grain))
      return;
    LoopOperand turned[StridedLoop::kOperands];
    Tensor copies[StridedLoop::kOperands];
    bool any = false;
    for (int k = 0; k < n_operands; ++k) {
      turned[k] = operands[k];
      bool across = false;
      for (int d = 0; d < last; ++d)
        across = across || (loop.strides[k][d] != 0 && loop.strides[k][d] < loop.strides[k][last]);
      if (!across || operands[k].tensor->numel() != n) continue;
      const Tensor& x = *operands[k].tensor;
      copies[k] = empty_strided(out.sizes(), out.strides(), x.dtype());
      copy_into(copies[k], x);
      turned[k] = {copies[k].bytes(), &copies[k]};
      any = true;
    }
    if (any) return run_elementwise(kernel, turned, n_operands, item, out, params, cost);
  }
  Unlocked unlocked(work);
  if (runs && run >= kShortRun) {
    int64_t rows = n / run;
    parallel_for(rows, grain / run + 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const void* at[StridedLoop::kOperands];
        int64_t offset[StridedLoop::kOperands] = {};
        int64_t rest = r;
        for (int d = last - 1; d >= 0; --d) {
          int64_t i = rest % loop.sizes[d];
          rest /= loop.sizes[d];
          for (int k = 0; k < n_operands; ++k) offset[k] += i * loop.strides[k][d];
        }
        for (int k = 0; k < n_operands; ++k)
          at[k] = static_cast<const char*>(in[k]) + offset[k] * static_cast<int64_t>(item);
        kernel(at, y + r * run * static_cast<int64_t>(out_item), run, constant, params);
      }
    });
    return;
  }
  int64_t blocks = (n + kGatherBlock - 1) / kGatherBlock;
  parallel_for(blocks, grain / kGatherBlock + 1, [&](int64_t first, int64_t end) {
    alignas(64) uint64_t space[StridedLoop::kOperands][kGatherBlock];
    for (int64_t b = first; b < end; ++b) {
      int64_t start = b * kGatherBlock;
      int64_t count = n - start < kGatherBlock ? n - start : kGatherBlock;
      const void* at[StridedLoop::kOperands];
      for (int k = 0; k < n_operands; ++k) {
        at[k] = scalars >> k & 1 ? in[k] : space[k];
        if (scalars >> k & 1) continue;
        visit_item(item, [&]<class T>(std::type_identity<T>) {
          gather(reinterpret_cast<T*>(space[k]), static_cast<const T*>(in[k]), loop, k, start,
                 count);
        });
      }
      kernel(at, y + start * static_cast<int64_t>(out_item), count, scalars, params);
    }
  });
}

/// Whether all elements are one in memory: expanded, as the cotangent of a sum is.
bool is_one_element(const Tensor& t) {
  for (int d = 0; d < t.dim(); ++d)
    if (t.stride(d) != 0 && t.size(d) != 1) return false;
  return true;
}

}  // namespace

void run_elementwise(ElementwiseKernel kernel, const LoopOperand* operands, int n_operands,
                     size_t item, const Tensor& out, const double* params, double cost) {
  const int64_t n = out.numel();
  if (n == 0) return;
  Call c(kernel, operands, n_operands, item, out, params, cost);
  bool simple = out.is_contiguous();
  for (int k = 0; k < n_operands; ++k) {
    c.in[k] = operands[k].data;
    const Tensor* t = operands[k].tensor;
    if (t == nullptr || (t->numel() == 1 && n != 1)) {
      c.scalars |= 1u << k;
    } else if (!t->is_contiguous() || t->numel() != n) {
      if (is_one_element(*t)) {
        c.scalars |= 1u << k;
      } else {
        simple = false;
      }
    }
  }
  if (simple) return run_flat(c, c.scalars);
  run_strided(c);
}

}  // namespace pyad
