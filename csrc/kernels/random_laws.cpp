// Distributions that are drawn one by one in double, and choices with given weights. See Note
// [PyTorch's streams].
//
// Where a product and a sum meet, std::fma stands for what PyTorch's compiler makes of it; the
// formulas without it are compiled there for processors that cannot fuse.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "core/host.hpp"
#include "core/interrupt.hpp"
#include "kernels/random.hpp"

namespace pyad {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int64_t kPolled = 1 << 14;  // elements between two looks for Ctrl-C

/// A count of mean `rate`: products of uniforms for small rates, rejection from a transformed
/// uniform (Hoermann, "The transformed rejection method for generating Poisson random variables",
/// 1993) for the others.
double poisson(Generator& g, double rate) {
  if (rate == 0) return 0;
  if (rate < 10) {
    double bound = std::exp(-rate), product = g.uniform<double>();
    int64_t count = 0;
    for (; product > bound; product *= g.uniform<double>()) ++count;
    return static_cast<double>(count);
  }
  double log_rate = std::log(rate);
  double b = 0.931 + 2.53 * std::sqrt(rate), a = -0.059 + 0.02483 * b;
  double log_scale = std::log(1.1239 + 1.1328 / (b - 3.4)), easy = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    double u = g.uniform<double>() - 0.5, v = g.uniform<double>();
    double edge = 0.5 - std::fabs(u);
    double count = std::floor((2 * a / edge + b) * u + rate + 0.43);
    if (edge >= 0.07 && v <= easy) return count;
    if (count < 0 || (edge < 0.013 && v > edge)) continue;
    if (std::log(v) + log_scale - std::log(a / (edge * edge) + b) <=
        -rate + count * log_rate - std::lgamma(count + 1)) {
      return count;
    }
  }
}

/// A gamma number with concentration `a`: a squeezed cubed normal (Marsaglia and Tsang, "A simple
/// method for generating gamma variables", 2000), for a < 1 one of a + 1 times a power of a uniform.
/// Constants are float32, as PyTorch's are.
template <class T>
double gamma(Generator& g, T a) {
  double scale = 1;
  if (a < T(1)) {
    if (a == T(0)) return 0;
    scale = std::pow(1 - g.uniform<double>(), static_cast<double>(T(1) / a));
    a += T(1);
  }
  const double d = a - static_cast<T>(1.0f / 3.0f), c = 1 / std::sqrt(9 * d);
  for (;;) {
    double x, y;
    do {
      x = g.normal();
      y = 1 + c * x;
    } while (y <= 0);
    const double v = y * y * y, u = 1 - g.uniform<double>(), square = x * x;
    if (u < 1 - static_cast<double>(0.0331f) * square * square) return scale * d * v;
    if (std::log(u) < 0.5 * square + d * (1 - v + std::log(v))) return scale * d * v;
  }
}

}  // namespace

template <class T>
void fill_gamma(Generator& g, T* out, int64_t n, const T* concentration) {
  in_pieces(n, kPolled, [&](int64_t begin, int64_t end) {
    poll_interrupt();
    for (int64_t i = begin; i < end; ++i) {
      out[i] =
          std::max(std::numeric_limits<T>::min(), static_cast<T>(gamma<T>(g, concentration[i])));
    }
  });
}

template <class T>
void fill_dirichlet(Generator& g, T* out, int64_t n, int64_t k, const T* concentration) {
  std::vector<double> drawn(static_cast<size_t>(n));
  in_pieces(n, kPolled, [&](int64_t begin, int64_t end) {
    poll_interrupt();
    for (int64_t i = begin; i < end; ++i)
      drawn[static_cast<size_t>(i)] = gamma<double>(g, static_cast<double>(concentration[i]));
  });
  // Inside of (0, 1), whatever was rounded.
  const T low = std::numeric_limits<T>::min(), high = std::nextafter(T(1), T(0));
  for (int64_t row = 0; row < n; row += k) {
    double sum = 0;
    for (int64_t i = row; i < row + k; ++i) sum += drawn[static_cast<size_t>(i)];
    for (int64_t i = row; i < row + k; ++i) {
      const T share = static_cast<T>(drawn[static_cast<size_t>(i)] / sum);
      out[i] = std::min(high, std::max(low, share));
    }
  }
}

template <class P>
void fill_bernoulli(Generator& g, uint8_t* out, int64_t n, const P* p) {
  for (int64_t i = 0; i < n; ++i) out[i] = g.uniform<P>() < p[i];
}

template <class T>
void fill_exponential(Generator& g, T* out, int64_t n, double rate) {
  for (int64_t i = 0; i < n; ++i)
    out[i] = static_cast<T>(-1.0 / rate * std::log1p(-g.uniform<double>()));
}

template <class T>
void fill_log_normal(Generator& g, T* out, int64_t n, double mean, double deviation) {
  for (int64_t i = 0; i < n; ++i)
    out[i] = static_cast<T>(std::exp(std::fma(g.normal(), deviation, mean)));
}

template <class T>
void fill_cauchy(Generator& g, T* out, int64_t n, double median, double sigma) {
  for (int64_t i = 0; i < n; ++i)
    out[i] = static_cast<T>(std::fma(sigma, std::tan(kPi * (g.uniform<double>() - 0.5)), median));
}

template <class T>
void fill_geometric(Generator& g, T* out, int64_t n, double p) {
  double log_failure = std::log1p(-p);
  for (int64_t i = 0; i < n; ++i) {
    double trials = std::ceil(std::log(g.uniform<double>()) / log_failure);
    if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, bool>) {
      out[i] = static_cast<T>(trials);
    } else {
      constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
      out[i] = static_cast<T>(trials < 0x1p63 ? static_cast<int64_t>(trials) : kMost);
    }
  }
}

template <class T>
void fill_poisson(Generator& g, T* out, int64_t n, const T* rate) {
  in_pieces(n, kPolled, [&](int64_t begin, int64_t end) {
    poll_interrupt();  // the host's lock is held, and a rate of 0 draws nothing
    for (int64_t i = begin; i < end; ++i) out[i] = static_cast<T>(poisson(g, rate[i]));
  });
}

template <class T>
void fill_choices(Generator& g, int64_t* out, int64_t n, const T* weights, int64_t k, T* scratch) {
  T sum = 0;
  for (int64_t i = 0; i < k; ++i) scratch[i] = sum += weights[i];
  if (std::isinf(sum)) [[unlikely]] {  // of finite weights: any unit will do
    const T unit = T(1) / static_cast<T>(k);
    sum = 0;
    for (int64_t i = 0; i < k; ++i) scratch[i] = sum += unit * weights[i];
  }
  for (int64_t i = 0; i < k; ++i) scratch[i] /= sum;  // the last is 1 exactly
  in_pieces(n, kPolled, [&](int64_t begin, int64_t end) {
    poll_interrupt();  // a search may wait for memory at each step
    for (int64_t i = begin; i < end; ++i) {
      double u = g.uniform<double>();
      int64_t low = 0, high = k;
      while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (scratch[middle] < u) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      out[i] = low;
    }
  });
}

template <class T>
void fill_slopes(Generator& g, T* noise, int64_t n, const T* x, double low, double high) {
  double a = static_cast<T>(low), range = static_cast<double>(static_cast<T>(high)) - a;
  for (int64_t i = 0; i < n; ++i)
    noise[i] = x[i] <= 0 ? static_cast<T>(g.uniform<double>() * range + a) : T(1);
}

#define PYAD_FLOATING(T)                                                            \
  template void fill_bernoulli(Generator&, uint8_t*, int64_t, const T*);            \
  template void fill_exponential(Generator&, T*, int64_t, double);                  \
  template void fill_log_normal(Generator&, T*, int64_t, double, double);           \
  template void fill_cauchy(Generator&, T*, int64_t, double, double);               \
  template void fill_poisson(Generator&, T*, int64_t, const T*);                    \
  template void fill_gamma(Generator&, T*, int64_t, const T*);                      \
  template void fill_dirichlet(Generator&, T*, int64_t, int64_t, const T*);         \
  template void fill_choices(Generator&, int64_t*, int64_t, const T*, int64_t, T*); \
  template void fill_slopes(Generator&, T*, int64_t, const T*, double, double);
PYAD_FLOATING(float)
PYAD_FLOATING(double)
#undef PYAD_FLOATING
template void fill_geometric(Generator&, bool*, int64_t, double);
template void fill_geometric(Generator&, uint8_t*, int64_t, double);
template void fill_geometric(Generator&, int32_t*, int64_t, double);
template void fill_geometric(Generator&, int64_t*, int64_t, double);
template void fill_geometric(Generator&, float*, int64_t, double);
template void fill_geometric(Generator&, double*, int64_t, double);

}  // namespace pyad
