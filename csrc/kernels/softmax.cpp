// See softmax.hpp. A few long rows are normalised in three passes that all threads share; otherwise
// threads share the rows (or the columns). Dims with few columns behind them are turned to the end
// first.
#include "kernels/softmax.hpp"

#include <algorithm>
#include <cmath>

#include "core/host.hpp"
#include "kernels/isa_select.hpp"
#include "kernels/parallel.hpp"
#include "kernels/reduce.hpp"
#include "kernels/softmax_kernels.hpp"
#include "kernels/strided.hpp"

namespace pyad {

PYAD_DECLARE_ISA_FILL(fill_softmax, SoftmaxKernels)

const SoftmaxKernels& softmax_kernels() {
  static const SoftmaxKernels k = PYAD_SELECT_ISA(fill_softmax, SoftmaxKernels);
  return k;
}

namespace {

constexpr int64_t kGrain = int64_t{1} << 14;    // elements a thread should get at least
constexpr int64_t kLongRow = int64_t{1} << 15;  // longer rows are shared by threads,
constexpr int64_t kFewRows = 16;  // if they are few; whatever the threads, for equal results
constexpr int64_t kChunk = 256;
constexpr int64_t kFewColumns = 16;
constexpr double kCost = 4;  // of an element, in additions

/// The array with the middle of `s` last.
Tensor turned(const Tensor& x, const Span3& s) {
  return contiguous_values(
      alias(x, {Dims{s.outer, s.inner, s.n}, Dims{s.n * s.inner, 1, s.inner}, x.offset()}));
}
/// Undoes `turned`, into the shape of `like`.
Tensor turned_back(const Tensor& y, const Span3& s, const Tensor& like) {
  Tensor out = empty(like.sizes(), like.dtype());
  copy_to_contiguous(
      alias(y, {Dims{s.outer, s.n, s.inner}, Dims{s.n * s.inner, 1, s.n}, y.offset()}),
      out.bytes());
  return out;
}

const SoftmaxLoops& loops_of(const Tensor& x, bool log) {
  return softmax_kernels().loops[log][wide_index(x.dtype())];
}

/// Calls body(offset of the first element, columns) for chunks of columns.
template <class F>
void over_columns(const Span3& s, F&& body) {
  int64_t chunks = (s.inner + kChunk - 1) / kChunk;
  int64_t work = s.n * std::min(s.inner, kChunk);
  parallel_for(s.outer * chunks, kGrain / work + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t start = i % chunks * kChunk;
      body(i / chunks * s.n * s.inner + start, std::min(kChunk, s.inner - start));
    }
  });
}

/// log of the sum of exp(x - largest) over `dims`.
Tensor log_sum(const Tensor& x, const Dims& dims, bool keepdim, const Tensor& largest) {
  Tensor sum = reduce(Reduction::kSumExp, x, dims, keepdim, &largest);
  visit_floating("logsumexp", x.dtype(), [&]<class T>(std::type_identity<T>) {
    T* p = sum.data<T>();
    auto near_one = [](T s) { return s >= 1 && s < T(kPlainSum); };
    if (!std::any_of(p, p + sum.numel(), near_one)) {
      for (int64_t i = 0; i < sum.numel(); ++i) p[i] = std::log(p[i]);
      return;
    }
    Tensor others = reduce(Reduction::kSumSmallerExp, x, dims, keepdim, &largest);
    const T* q = others.data<T>();
    for (int64_t i = 0; i < sum.numel(); ++i)
      p[i] = near_one(p[i]) ? std::log1p(q[i]) : std::log(p[i]);
  });
  return sum;
}

/// The sizes before, of and behind `dims` of a contiguous x, if they are neighbours.
bool neighbours(const Tensor& x, const Dims& dims, Span3* s) {
  if (!x.is_contiguous()) return false;
  *s = {1, 1, 1};
  int changes = 0;
  for (int i = 0; i < x.dim(); ++i) {
    bool reduced = dims.contains(i);
    changes += i > 0 && reduced != dims.contains(i - 1);
    (reduced ? s->n : changes == 0 ? s->outer : s->inner) *= x.size(i);
  }
  return changes <= (x.dim() > 0 && dims.contains(0) ? 1 : 2);
}

}  // namespace

// Long rows, which several threads share, and dims that are apart go through reductions.
Tensor logsumexp_forward(const Tensor& x, const Dims& dims, bool keepdim) {
  Span3 s;
  if (x.numel() > 0 && neighbours(x, dims, &s) && s.n < kLongRow &&
      (s.inner == 1 || s.inner >= kFewColumns)) {
    Tensor out = empty(reduced_sizes(x.sizes(), dims, keepdim), x.dtype());
    const LogSumExpLoops& k = softmax_kernels().logsumexp[wide_index(x.dtype())];
    auto item = static_cast<int64_t>(item_size(x.dtype()));
    const char* in = x.bytes();
    char* y = out.bytes();
    Unlocked unlocked(kCost * static_cast<double>(x.numel()));
    if (s.inner == 1) {
      parallel_for(s.outer, kGrain / s.n + 1, [&](int64_t begin, int64_t end) {
        k.rows(in + begin * s.n * item, y + begin * item, end - begin, s.n);
      });
    } else {
      over_columns(s, [&](int64_t at, int64_t columns) {
        int64_t row = at / (s.n * s.inner), start = at % (s.n * s.inner);
        k.columns(in + at * item, y + (row * s.inner + start) * item, s.n, s.inner, columns);
      });
    }
    return out;
  }
  Tensor m = reduce(Reduction::kMax, x, dims, keepdim);
  if (x.numel() == 0) return m;  // log(0)
  visit_floating("logsumexp", x.dtype(), [&]<class T>(std::type_identity<T>) {
    T* p = m.data<T>();
    for (int64_t i = 0; i < m.numel(); ++i)
      if (std::isinf(p[i])) p[i] = 0;
  });
  Tensor y = log_sum(x, dims, keepdim, m);
  visit_floating("logsumexp", x.dtype(), [&]<class T>(std::type_identity<T>) {
    T* p = y.data<T>();
    const T* q = m.data<T>();
    for (int64_t i = 0; i < y.numel(); ++i) p[i] += q[i];
  });
  return y;
}

Tensor softmax_forward(const Tensor& x, int dim, bool log) {
  if (x.numel() == 0) return empty(x.sizes(), x.dtype());
  Span3 s = span_at(x.sizes(), dim);
  if (s.inner > 1 && s.inner < kFewColumns && s.n > 1) {
    return turned_back(softmax_forward(turned(x, s), 2, log), s, x);
  }
  const SoftmaxLoops& k = loops_of(x, log);
  Tensor out = empty(x.sizes(), x.dtype());
  auto item = static_cast<int64_t>(item_size(x.dtype()));
  const char* in = x.bytes();
  char* y = out.bytes();
  if (s.inner == 1 && s.n >= kLongRow && s.outer < kFewRows) {
    Tensor matrix = alias(x, {Dims{s.outer, s.n}, Dims{s.n, 1}, x.offset()});
    Tensor largest = reduce(Reduction::kMax, matrix, Dims{1}, false);
    Tensor sum = log ? log_sum(matrix, Dims{1}, false, largest)
                     : reduce(Reduction::kSumExp, matrix, Dims{1}, false, &largest);
    const char *m = largest.bytes(), *total = sum.bytes();
    Unlocked unlocked(kCost * static_cast<double>(x.numel()));
    for (int64_t r = 0; r < s.outer; ++r) {
      parallel_for(
          s.n, kGrain,
          [&](int64_t begin, int64_t end) {
            int64_t at = (r * s.n + begin) * item;
            k.finish(in + at, y + at, end - begin, m + r * item, total + r * item);
          },
          64);
    }
    return out;
  }
  Unlocked unlocked(kCost * static_cast<double>(x.numel()));
  if (s.inner == 1) {
    parallel_for(s.outer, kGrain / s.n + 1, [&](int64_t begin, int64_t end) {
      k.rows(in + begin * s.n * item, y + begin * s.n * item, end - begin, s.n);
    });
  } else {
    over_columns(s, [&](int64_t at, int64_t columns) {
      k.columns(in + at * item, y + at * item, s.n, s.inner, columns);
    });
  }
  return out;
}

Tensor softmax_pull(const Tensor& g, const Tensor& y, int dim, bool log) {
  if (y.numel() == 0) return empty(y.sizes(), y.dtype());
  Span3 s = span_at(y.sizes(), dim);
  if (s.inner > 1 && s.inner < kFewColumns && s.n > 1) {
    return turned_back(softmax_pull(turned(g, s), turned(y, s), 2, log), s, y);
  }
  const SoftmaxLoops& k = loops_of(y, log);
  Tensor out = empty(y.sizes(), y.dtype());
  auto item = static_cast<int64_t>(item_size(y.dtype()));
  const char *gp = g.bytes(), *yp = y.bytes();
  char* gx = out.bytes();
  Unlocked unlocked(kCost * static_cast<double>(y.numel()));
  if (s.inner == 1) {
    parallel_for(s.outer, kGrain / s.n + 1, [&](int64_t begin, int64_t end) {
      int64_t at = begin * s.n * item;
      k.pull_rows(gp + at, yp + at, gx + at, end - begin, s.n);
    });
  } else {
    over_columns(s, [&](int64_t at, int64_t columns) {
      k.pull_columns(gp + at * item, yp + at * item, gx + at * item, s.n, s.inner, columns);
    });
  }
  return out;
}

}  // namespace pyad
