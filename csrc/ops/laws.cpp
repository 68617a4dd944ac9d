// Laws of random numbers. See laws.hpp.
#include "ops/laws.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/host.hpp"
#include "core/interrupt.hpp"
#include "kernels/sort.hpp"
#include "kernels/strided.hpp"
#include "ops/shape.hpp"

namespace pyad {

void draw_uniform(const char* op, const Tensor& t, double low, double high, Generator& g) {
  visit_floating(op, t.dtype(), [&]<class T>(std::type_identity<T>) {
    fill_uniform(g, t.data<T>(), t.numel(), low, high);
  });
}
void draw_normal(const char* op, const Tensor& t, double mean, double deviation, bool blocks,
                 Generator& g) {
  visit_floating(op, t.dtype(), [&]<class T>(std::type_identity<T>) {
    fill_normal(g, t.data<T>(), t.numel(), mean, deviation, blocks);
  });
}
void check_deviation(const char* op, double deviation) {
  if (!(deviation >= 0)) fail(ErrorKind::kRuntime, op, ": expects std >= 0.0, got ", deviation);
}
void check_probability(const char* op, double p) {
  if (!(p >= 0 && p <= 1))
    fail(ErrorKind::kRuntime, op, ": expects p to be in [0, 1], but got p=", p);
}

void check_integers(const char* op, DType dtype, int64_t low, int64_t high) {
  if (!is_stored(dtype)) return;
  (void)Scalar(low).in(dtype, op, Door::kWrite);
  (void)Scalar(high - 1).in(dtype, op, Door::kWrite);
}

namespace {

/// Beyond the integers that T holds one by one a draw is rounded; as in PyTorch, with a warning,
/// and from a range whose ends are moved in by the gap between numbers of T where the integer
/// beside them is rounded outwards. Sets `low`, returns the last.
template <std::floating_point T>
int64_t within(const char* op, DType dtype, int64_t* low, int64_t last) {
  constexpr int kDigits = std::numeric_limits<T>::digits;
  warn(cat(op, "(): the bounds ", *low, " and ", last, " lie outside of [-(2^", kDigits, "), 2^",
           kDigits, "], where ", dtype, " does not hold every integer: draws are rounded"));
  auto rounded = [](int64_t v) { return static_cast<__int128>(static_cast<T>(v)); };
  auto gap = [](int64_t v) {  // between the numbers of T about v
    const auto size = v < 0 ? 0 - static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
    return __int128{1} << std::max(static_cast<int>(std::bit_width(size)) - kDigits, 0);
  };
  const __int128 first = rounded(*low + 1), end = rounded(last);
  __int128 from = *low, to = static_cast<__int128>(last) + 1;
  if (first < from) from = first + gap(*low + 1);
  if (end >= to) to = end - gap(last);
  if (from >= to) {
    fail(ErrorKind::kRange, op, ": between ", *low, " and ", last, " ", dtype,
         " holds no number that can be drawn; draw in int64");
  }
  *low = static_cast<int64_t>(from);
  return static_cast<int64_t>(to - 1);
}

}  // namespace

void draw_integers(const char* op, const Tensor& t, int64_t low, std::optional<int64_t> high,
                   Generator& g) {
  visit_dtype(t.dtype(), [&]<class T>(std::type_identity<T>) {
    constexpr bool floating = std::is_floating_point_v<T>;
    // What the dtype holds exactly.
    constexpr int64_t kExact = int64_t{1} << (floating ? std::numeric_limits<T>::digits : 0);
    int64_t smallest, largest;
    if constexpr (floating) {
      smallest = -kExact, largest = kExact;
    } else {
      smallest = static_cast<int64_t>(std::numeric_limits<T>::lowest());
      largest = static_cast<int64_t>(std::numeric_limits<T>::max());
    }
    if (!high && low == std::numeric_limits<int64_t>::min() && (floating || smallest == low)) {
      fill_integers(g, t.data<T>(), t.numel(), 0, 0);
      return;
    }
    if (high && low >= *high) {
      fail(ErrorKind::kRuntime, op, ": expects 'from' to be less than 'to', but got from=", low,
           " >= to=", *high);
    }
    int64_t last = high ? *high - 1 : largest;
    if constexpr (floating) {
      if (!high && low >= largest) {
        fail(ErrorKind::kRuntime, op, ": expects 'from' to be less than ", largest,
             ", the end of what ", t.dtype(), " holds exactly, but got from=", low);
      }
      if (low < smallest || low > largest || last < smallest || last > largest)
        last = within<T>(op, t.dtype(), &low, last);
    } else if (low < smallest || low > largest || last > largest) {
      fail(ErrorKind::kRange, op, ": the bounds ", low, " and ", last, " do not fit into ",
           t.dtype());
    }
    fill_integers(g, t.data<T>(), t.numel(),
                  static_cast<uint64_t>(last) - static_cast<uint64_t>(low) + 1, low);
  });
}

void draw_exponential(const char* op, const Tensor& t, double rate, Generator& g) {
  visit_floating(op, t.dtype(), [&]<class T>(std::type_identity<T>) {
    fill_exponential(g, t.data<T>(), t.numel(), rate);
  });
}

void draw_bernoulli(const Tensor& t, double p, Generator& g) {
  Tensor ones = empty(t.sizes(), DType::kBool);
  fill_bernoulli(g, reinterpret_cast<uint8_t*>(ones.bytes()), t.numel(), p);
  copy_into(t, convert(ones, t.dtype()));
}

void draw_bernoulli(const char* op, const Tensor& t, const Tensor& p, Generator& g) {
  Tensor c = contiguous_values(p);
  Tensor ones = empty(t.sizes(), DType::kBool);
  visit_floating(op, p.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* values = c.data<T>();
    for (int64_t i = 0; i < c.numel(); ++i) {
      if (!(values[i] >= 0 && values[i] <= 1)) {
        fail(ErrorKind::kRuntime, op,
             ": expects probabilities in [0, 1], but got p_in=", static_cast<double>(values[i]));
      }
    }
    const Ref<Buffer> held = c.impl()->storage->buffer;  // a handler of Ctrl-C may write
    fill_bernoulli(g, reinterpret_cast<uint8_t*>(ones.bytes()), c.numel(), values);
  });
  copy_into(t, convert(ones, t.dtype()));
}

Tensor poisson_counts(const Tensor& rates, Generator& g) {
  Tensor t = empty(rates.sizes(), rates.dtype());
  Tensor c = contiguous_values(rates);
  visit_floating("poisson", t.dtype(), [&]<class T>(std::type_identity<T>) {
    for (int64_t i = 0; i < c.numel(); ++i) {
      if (!(c.data<T>()[i] >= 0))
        fail(ErrorKind::kRuntime,
             "poisson: invalid Poisson rate, expected rate to be non-negative");
    }
    const Ref<Buffer> held = c.impl()->storage->buffer;  // a handler of Ctrl-C may write
    fill_poisson(g, t.data<T>(), t.numel(), c.data<T>());
  });
  return t;
}

namespace {

/// Each row by inversion, with replacement.
template <class T>
Tensor choose(const Tensor& weights, const Dims& sizes, Generator& g) {
  Tensor out = empty(sizes, DType::kInt64);
  const int64_t k = weights.size(-1), rows = weights.numel() / k, count = sizes[sizes.size() - 1];
  const Ref<Buffer> held = weights.impl()->storage->buffer;  // a handler of Ctrl-C may write
  const T* w = weights.data<T>();
  auto* to = out.data<int64_t>();
  std::vector<T> scratch(static_cast<size_t>(k));
  for (int64_t r = 0; r < rows; ++r)
    fill_choices(g, to + r * count, count, w + r * k, k, scratch.data());
  return out;
}

/// Each row without replacement: the places of the largest ratios of weights to exponential
/// numbers. What has no weight comes last, whatever was drawn.
template <class T>
Tensor choose_apart(const Tensor& weights, const Tensor& drawn, int64_t count) {
  Tensor ratios = empty(weights.sizes(), weights.dtype());
  const T *w = weights.data<T>(), *q = drawn.data<T>();
  T* to = ratios.data<T>();
  {
    Unlocked unlocked(static_cast<double>(weights.numel()));
    in_pieces(weights.numel(), 1 << 20, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = w[i] > 0 ? w[i] / q[i] : T(0);
    });
  }
  return top_lines(ratios, weights.dim() - 1, count, true).places;
}

}  // namespace

Tensor choices(const char* op, const Tensor& weights, int64_t count, bool replacement,
               Generator& g) {
  Tensor w = contiguous_values(weights);
  Dims sizes = weights.sizes();
  const int64_t k = weights.size(-1);
  sizes[sizes.size() - 1] = count;
  checked_numel(op, sizes);
  visit_floating(op, w.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* values = w.data<T>();
    for (int64_t r = 0; r < w.numel(); r += k) {
      double sum = 0;
      for (int64_t i = 0; i < k; ++i) {
        if (!(values[r + i] >= 0) || std::isinf(values[r + i])) {
          fail(ErrorKind::kRuntime, op,
               ": probability tensor contains either `inf`, `nan` or element < 0");
        }
        sum += static_cast<double>(values[r + i]);
      }
      if (!(sum > 0)) {
        fail(ErrorKind::kRuntime, op,
             ": invalid multinomial distribution (sum of probabilities <= 0)");
      }
    }
  });
  if (replacement && count > 1) {
    return visit_floating(op, w.dtype(),
                          [&]<class T>(std::type_identity<T>) { return choose<T>(w, sizes, g); });
  }
  Tensor drawn = contiguous_values(drawn_like(
      op, weights, weights.dtype(), [&](const Tensor& t) { draw_exponential(op, t, 1, g); }));
  return visit_floating(op, w.dtype(), [&]<class T>(std::type_identity<T>) {
    return choose_apart<T>(w, drawn, count);
  });
}

}  // namespace pyad
