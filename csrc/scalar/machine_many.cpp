// Many points at once: the op table's vector loops over blocks of points that stay in the cache.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>

#include "core/error.hpp"
#include "core/host.hpp"
#include "kernels/parallel.hpp"
#include "ops/elementwise/info.hpp"
#include "scalar/machine.hpp"

namespace pyad {

namespace {

constexpr int64_t kMostPoints = 256;
constexpr int kDouble = dtype_index<double>;  // of ElementwiseKernels::forward

/// Points in a block: few enough for its rows to stay in the second-level cache.
int64_t block_of(size_t rows) {
  const auto room = static_cast<int64_t>((size_t{1} << 17) / std::max<size_t>(rows, 1));
  return std::clamp<int64_t>(room / 16 * 16, 16, kMostPoints);
}

/// Where the rows of a block's slots are.
struct Rows {
  const ScalarProgram& p;
  const double* x;  // of the block's first point
  int64_t n;        // distance of rows of x
  double* results;
  const uint32_t* slot;  // null: as in the program
  int64_t block;

  double* result(uint32_t s) const {
    const uint32_t at = slot ? slot[s] : s;
    return results + static_cast<int64_t>(at - p.first_result()) * block;
  }
  /// Sets bit k of `numbers` when the slot is a single number.
  const double* of(uint32_t s, unsigned k, unsigned& numbers) const {
    if (s < p.first_input()) {
      numbers |= 1u << k;
      return &p.constants[s];
    }
    if (s < p.first_result()) return x + static_cast<int64_t>(s - p.first_input()) * n;
    return result(s);
  }
};

void forward_block(const Rows& rows, int64_t m) {
  const ScalarProgram& p = rows.p;
  const auto ops = elementwise_ops();
  bool truths[kMostPoints];
  for (size_t k = 0; k < p.steps.size(); ++k) {
    const ScalarProgram::Step& s = p.steps[k];
    const ElementwiseInfo& op = ops[s.op];
    const void* in[3];
    unsigned numbers = 0;
    for (unsigned i = 0; i < static_cast<unsigned>(op.inputs); ++i)
      in[i] = rows.of(s.in[i], i, numbers);
    double* y = rows.result(p.first_result() + static_cast<uint32_t>(k));
    const double* params = p.constants.data() + s.params;
    if (op.result == Result::kBool) {
      op.kernels.forward[kDouble](in, truths, m, numbers, params);
      for (int64_t j = 0; j < m; ++j) y[j] = truths[j];
    } else {
      op.kernels.forward[kDouble](in, y, m, numbers, params);
    }
  }
}

void copy_outputs(const Rows& rows, int64_t m, double* y) {
  for (const uint32_t o : rows.p.outputs) {
    unsigned number = 0;
    const double* from = rows.of(o, 0, number);
    if (number) {
      std::fill(y, y + m, *from);
    } else {
      std::memcpy(y, from, static_cast<size_t>(m) * sizeof(double));
    }
    y += rows.n;
  }
}

/// The vector loops of the few ops that add contributions up.
struct Adding {
  ElementwiseKernel add = loop("add"), sub = loop("sub"), mul = loop("mul"), neg = loop("neg");
  static ElementwiseKernel loop(const char* name) {
    return find_elementwise(name)->kernels.forward[kDouble];
  }
  static const Adding& get() {
    static const Adding adding;
    return adding;
  }
};

/// to = (or +=) factor * gy.
void put_multiple(double factor, const double* gy, bool add, double* to, double* spare, int64_t m) {
  const Adding& loops = Adding::get();
  const void* in[2] = {add ? to : gy, gy};
  if (factor == 1 || (factor == -1 && add)) {
    if (!add) {
      std::memcpy(to, gy, static_cast<size_t>(m) * sizeof(double));
    } else {
      (factor == 1 ? loops.add : loops.sub)(in, to, m, 0, nullptr);
    }
    return;
  }
  if (factor == -1) return loops.neg(in, to, m, 0, nullptr);
  const void* scaled[2] = {gy, &factor};
  loops.mul(scaled, add ? spare : to, m, 2, nullptr);
  in[1] = spare;
  if (add) loops.add(in, to, m, 0, nullptr);
}

/// The contributions of step `s` to operand i, behind a choice: Note [Adjoints behind choices].
void reverse_behind(const Rows& rows, const ElementwiseInfo& op, const ScalarProgram::Step& s,
                    int i, uint32_t y, const double* gy, double* to, int64_t m) {
  const ElementwiseInfo::OperandRule& rule = op.rules[i];
  const void* in[5] = {gy};
  unsigned count = 1, numbers = 0;
  if (op.selects) {
    const auto* choice = static_cast<const double*>(rows.of(s.in[0], 0, numbers));
    for (int64_t k = 0; k < m; ++k)
      to[k] = (choice[numbers ? 0 : k] != 0) == (i == 1) ? gy[k] : -0.0;
    return;
  }
  if (rule.constant) {
    for (int64_t k = 0; k < m; ++k) to[k] = rule.factor * gy[k];
  } else {
    for (int k = 0; k < 3; ++k) {
      if (!(rule.saves >> k & 1)) continue;
      in[count] = rows.of(s.in[k], count, numbers);
      ++count;
    }
    if (rule.saves >> 3 & 1) in[count++] = rows.result(y);
    op.kernels.pull[i][1](in, to, m, numbers, rows.p.constants.data() + s.params);
  }
  for (int64_t k = 0; k < m; ++k) to[k] = is_idle(gy[k]) ? gy[k] : to[k] + 0.0;
}

void reverse_step(const Rows& rows, const Rows& adjoints, const ReversePlan::Step& r, double* spare,
                  int64_t m) {
  const ScalarProgram& p = rows.p;
  const ScalarProgram::Step& s = p.steps[r.step];
  const ElementwiseInfo& op = elementwise_ops()[s.op];
  const uint32_t y = p.first_result() + r.step;
  const double* gy = adjoints.result(y);
  for (int i = 0; i < op.inputs; ++i) {
    if (r.put[i] == Put::kNone) continue;
    const bool add = r.put[i] == Put::kAdd;
    unsigned number = 0;
    auto* to = const_cast<double*>(adjoints.of(s.in[i], 0, number));
    const ElementwiseInfo::OperandRule& rule = op.rules[i];
    if (r.behind) {
      reverse_behind(rows, op, s, i, y, gy, add ? spare : to, m);
      const void* sum[2] = {to, spare};
      if (add) Adding::get().add(sum, to, m, 0, nullptr);
      continue;
    }
    if (rule.constant) {
      put_multiple(rule.factor, gy, add, to, spare, m);
      continue;
    }
    const void* in[5] = {gy};
    unsigned count = 1, numbers = 0;
    for (int k = 0; k < 3; ++k) {
      if (!(rule.saves >> k & 1)) continue;
      in[count] = rows.of(s.in[k], count, numbers);
      ++count;
    }
    if (rule.saves >> 3 & 1) in[count++] = rows.result(y);
    op.kernels.pull[i][1](in, add ? spare : to, m, numbers, p.constants.data() + s.params);
    const void* sum[2] = {to, spare};
    if (add) Adding::get().add(sum, to, m, 0, nullptr);
  }
}

/// Calls body(first, points, room) for blocks of points, on several threads when there is much to
/// do; `room` has `size` numbers. Long work lets other threads of the host run, and can be
/// interrupted.
template <class F>
void over_points(int64_t n, int64_t block, size_t steps, size_t size, F body) {
  const double cost = 4.0 * static_cast<double>(std::max<size_t>(steps, 1));
  const auto blocks_of = [&](double work) {
    return static_cast<int64_t>(work / cost) / block * block + block;
  };
  const int64_t turn = blocks_of(8e7), grain = blocks_of(1e6);
  for (int64_t first = 0; first < n; first += turn) {
    const int64_t points = std::min(n - first, turn);
    std::atomic<bool> failed = false;
    {
      Unlocked unlocked(cost * static_cast<double>(points));
      parallel_for(
          points, grain,
          [&](int64_t begin, int64_t end) {
            // Nothing may be thrown on a thread of the pool.
            const std::unique_ptr<double[]> room(new (std::nothrow) double[size]);
            if (!room) failed = true;
            for (int64_t i = begin; room && i < end; i += block)
              body(first + i, std::min(block, end - i), room.get());
          },
          block);
    }
    if (failed) fail(ErrorKind::kMemory, "map: out of memory for blocks of points");
    if (first + points < n) poll_interrupt();
  }
}

}  // namespace

void ScalarMachine::value_many(const double* x, int64_t n, double* y) const {
  const size_t rows = slots_.count - program_.first_result();
  const int64_t block = block_of(rows + program_.inputs);
  const size_t size = rows * static_cast<size_t>(block);
  over_points(n, block, program_.steps.size(), size, [&](int64_t first, int64_t m, double* room) {
    const Rows here{program_, x + first, n, room, slots_.of.data(), block};
    forward_block(here, m);
    copy_outputs(here, m, y + first);
  });
}

void ScalarMachine::gradient_many(const double* x, int64_t n, uint32_t row, double* y,
                                  double* gx) const {
  const ReversePlan plan = plan_reverse(program_, {&row, 1}, false);
  const bool hides = std::ranges::any_of(plan.steps, &ReversePlan::Step::behind);
  const size_t rows = program_.steps.size();
  const int64_t block = block_of(2 * (rows + program_.inputs));
  const size_t half = rows * static_cast<size_t>(block);
  const size_t size = 2 * half + static_cast<size_t>(block);
  over_points(n, block, 3 * rows, size, [&](int64_t first, int64_t m, double* room) {
    const Rows here{program_, x + first, n, room, nullptr, block};
    const Rows adjoints{program_, gx + first, n, room + half, nullptr, block};
    forward_block(here, m);
    copy_outputs(here, m, y + first);
    auto fill = [&](uint32_t slot, double v) {
      unsigned number = 0;
      auto* to = const_cast<double*>(adjoints.of(slot, 0, number));
      if (!number) std::fill(to, to + m, v);
    };
    for (const uint32_t z : plan.zeros) fill(z, 0);
    for (const uint32_t o : plan.seeds) fill(o, 1);
    for (const ReversePlan::Step& r : plan.steps)
      reverse_step(here, adjoints, r, room + 2 * half, m);
    if (!hides) return;
    for (uint32_t i = 0; i < program_.inputs; ++i)  // -0 is for within
      for (int64_t j = first; j < first + m; ++j) gx[static_cast<int64_t>(i) * n + j] += 0.0;
  });
}

}  // namespace pyad
