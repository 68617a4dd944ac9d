// The binomial law: how many of `count` trials succeed. By itself because its two ways have a
// reasoning of their own.
//
// Few successes are counted: the trials between one and the next are geometric, and their numbers add
// up until the trials are used. Many are drawn from a hat over the probabilities and accepted by their
// ratio (Hormann 1993, transformed rejection with a squeeze): V under the hat, then by Stirling's
// series the logarithm of the ratio. Both draw as PyTorch does, a double at a time.
#include <cmath>

#include "core/host.hpp"
#include "core/interrupt.hpp"
#include "kernels/random.hpp"

namespace pyad {

namespace {

/// log(k!) less its Stirling approximation.
double stirling_rest(double k) {
  constexpr double kTable[] = {0.0810614667953272,  0.0413406959554092, 0.0276779256849983,
                               0.02079067210376509, 0.0166446911898211, 0.0138761288230707,
                               0.0118967099458917,  0.0104112652619720, 0.00925546218271273,
                               0.00833056343336287};
  if (k <= 9) return kTable[static_cast<int>(k)];
  const double square = (k + 1) * (k + 1);
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
}

template <class T>
T by_gaps(Generator& g, T count, T p) {
  const double log_failure = std::log1p(-static_cast<double>(p));
  double trials = 0, successes = 0;
  while (true) {
    trials += std::ceil(std::log(g.uniform<double>()) / log_failure);
    if (trials > static_cast<double>(count)) return static_cast<T>(successes);
    ++successes;
  }
}

template <class T>
T by_rejection(Generator& g, T count_in, T p_in) {
  const double count = static_cast<double>(count_in), p = static_cast<double>(p_in);
  const double deviation = std::sqrt(count * p * (1 - p));
  const double b = 1.15 + 2.53 * deviation, a = -0.0873 + 0.0248 * b + 0.01 * p;
  const double center = count * p + 0.5, squeeze = 0.92 - 4.2 / b, odds = p / (1 - p);
  const double alpha = (2.83 + 5.1 / b) * deviation, mode = std::floor((count + 1) * p);
  while (true) {
    const double u = g.uniform<double>() - 0.5;
    double v = g.uniform<double>();
    const double edge = 0.5 - std::fabs(u), k = std::floor((2 * a / edge + b) * u + center);
    if (edge >= 0.07 && v <= squeeze) return static_cast<T>(k);
    if (k < 0 || k > count) continue;
    v = std::log(v * alpha / (a / (edge * edge) + b));
    const double most = (mode + 0.5) * std::log((mode + 1) / (odds * (count - mode + 1))) +
                        (count + 1) * std::log((count - mode + 1) / (count - k + 1)) +
                        (k + 0.5) * std::log(odds * (count - k + 1) / (k + 1)) +
                        stirling_rest(mode) + stirling_rest(count - mode) - stirling_rest(k) -
                        stirling_rest(count - k);
    if (v <= most) return static_cast<T>(k);
  }
}

template <class T>
T binomial(Generator& g, T count, T p) {
  if (count <= 0 || p <= 0) return 0;
  if (p >= 1) return count;
  if (p != p || count != count) return p + count;
  const T q = p <= T(0.5) ? p : T(1) - p;  // the rarer of success and failure
  const T k = count * q >= T(10) ? by_rejection(g, count, q) : by_gaps(g, count, q);
  return p <= T(0.5) ? k : count - k;
}

}  // namespace

template <class T>
void fill_binomial(Generator& g, T* out, int64_t n, const T* counts_and_shares) {
  in_pieces(n, 1 << 14, [&](int64_t begin, int64_t end) {
    poll_interrupt();  // the host's lock is held
    for (int64_t i = begin; i < end; ++i)
      out[i] = binomial(g, counts_and_shares[2 * i], counts_and_shares[2 * i + 1]);
  });
}
template void fill_binomial(Generator&, float*, int64_t, const float*);
template void fill_binomial(Generator&, double*, int64_t, const double*);

}  // namespace pyad
