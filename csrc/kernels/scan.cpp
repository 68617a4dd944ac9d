// See scan.hpp. Threads share the points around the scanned dim; one long scan is one chain and
// stays on one thread.
#include "kernels/scan.hpp"

#include <cmath>
#include <limits>

#include "core/host.hpp"
#include "kernels/isa_select.hpp"
#include "kernels/parallel.hpp"
#include "kernels/scan_kernels.hpp"

namespace pyad {

PYAD_DECLARE_ISA_FILL(fill_scan, ScanKernels)

const ScanKernels& scan_kernels() {
  static const ScanKernels k = PYAD_SELECT_ISA(fill_scan, ScanKernels);
  return k;
}

namespace {

constexpr int64_t kGrain = int64_t{1} << 15;

constexpr int64_t kPiece = int64_t{1} << 20;  // elements between two looks for Ctrl-C

Tensor run(const ScanLoops* kernels, const Tensor& x, int dim, bool reverse) {
  Tensor out = empty(x.sizes(), x.dtype());
  if (x.numel() == 0) return out;
  Span3 s = span_at(x.sizes(), dim);
  auto [kernel, piece] = kernels[static_cast<int>(x.dtype())];
  if (!kernel) fail_no_kernel("scan", x.dtype());
  const char* in = x.bytes();
  char* y = out.bytes();
  const auto item = static_cast<int64_t>(item_size(x.dtype()));
  int64_t block = s.n * s.inner, bytes = block * item;
  Unlocked unlocked(4.0 * static_cast<double>(x.numel()));
  if (s.outer * s.inner == 1 && s.n > kPiece) {
    uint64_t carry;
    in_pieces(s.n, kPiece, [&, piece = piece](int64_t begin, int64_t end) {
      const int64_t at = (reverse ? s.n - end : begin) * item;
      piece(in + at, y + at, end - begin, reverse, begin == 0, &carry);
    });
    return out;
  }
  if (s.inner >= s.outer && s.inner > 1) {
    parallel_for(
        s.inner, kGrain / (s.outer * s.n) + 1,
        [&, kernel = kernel](int64_t begin, int64_t end) {
          kernel(in + begin * item, y + begin * item, s.outer, s.n, end - begin, s.inner, reverse);
        },
        64);
    return out;
  }
  parallel_for(
      s.outer, kGrain / block + 1,
      [&, kernel = kernel](int64_t begin, int64_t end) {
        kernel(in + begin * bytes, y + begin * bytes, end - begin, s.n, s.inner, s.inner, reverse);
      },
      8);
  return out;
}

/// Calls body(offset of the first element) for every line along the middle of `s`.
template <class F>
void over_lines(const Span3& s, F&& body) {
  parallel_for(s.outer * s.inner, kGrain / s.n + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(i / s.inner * s.n * s.inner + i % s.inner);
  });
}

}  // namespace

Tensor scan_sum(const Tensor& x, int dim, bool reverse) {
  return run(scan_kernels().sum, x, dim, reverse);
}
Tensor scan_prod(const Tensor& x, int dim, bool reverse) {
  return run(scan_kernels().prod, x, dim, reverse);
}

ValuesAndPlaces scan_arg(bool largest, const Tensor& x, int dim) {
  ValuesAndPlaces out{empty(x.sizes(), x.dtype()), empty(x.sizes(), DType::kInt64)};
  if (x.numel() == 0) return out;
  Span3 s = span_at(x.sizes(), dim);
  auto* places = out.places.data<int64_t>();
  visit_dtype(x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* in = x.data<T>();
    T* values = out.values.data<T>();
    Unlocked unlocked(4.0 * static_cast<double>(x.numel()));
    over_lines(s, [&](int64_t start) {
      T best = in[start];
      int64_t place = 0;
      for (int64_t i = 0; i < s.n; ++i) {
        if (i % kPiece == kPiece - 1) poll_part();
        int64_t at = start + i * s.inner;
        T v = in[at];
        bool stays = best != best && v == v;
        if (!stays && ((largest ? v >= best : v <= best) || v != v)) {
          best = v;
          place = i;
        }
        values[at] = best;
        places[at] = place;
      }
    });
  });
  return out;
}

Tensor scan_logsumexp(const Tensor& x, int dim) {
  Tensor out = empty(x.sizes(), x.dtype());
  if (x.numel() == 0) return out;
  Span3 s = span_at(x.sizes(), dim);
  visit_floating("logcumsumexp", x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* in = x.data<T>();
    T* y = out.data<T>();
    Unlocked unlocked(20.0 * static_cast<double>(x.numel()));
    over_lines(s, [&](int64_t start) {
      // exp(largest) (1 + beyond) is the running total, whose logarithm may be beyond's digits; in
      // double, so that float32 loses nothing on the way.
      constexpr double kInf = std::numeric_limits<double>::infinity();
      double largest = -kInf, beyond = 0;
      for (int64_t i = 0; i < s.n; ++i) {
        if (i % kPiece == kPiece - 1) poll_part();
        int64_t at = start + i * s.inner;
        double v = static_cast<double>(in[at]);
        if (std::isnan(beyond)) {
          // stays so
        } else if (v > largest) {
          beyond = std::isinf(v) ? 0 : (1 + beyond) * std::exp(largest - v);
          largest = v;
        } else if (v != -kInf) {
          beyond += v == largest ? 1 : std::exp(v - largest);
        }
        y[at] =
            static_cast<T>(largest + (beyond < 0.5 ? std::log1p(beyond) : std::log(1 + beyond)));
      }
    });
  });
  return out;
}

}  // namespace pyad
