// Sums of exponentials, logit and sinc, the inverse error function, angles in degrees, and
// functions of signs.
#pragma once

#include "kernels/math/erfinv.hpp"
#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

inline constexpr double kNaturalLogOf2 = 0.693147180559945309417;

/// a - b, and -inf where both are -inf, where nothing has the share 0. Finite operands keep the
/// derivative, so that the second one at a = b is right.
template <class T>
inline T log_ratio(T a, T b) {
  return select(a == T(-HUGE_VAL), select(a == b, a, a - b), a - b);
}

// The larger operand is taken out, so that nothing overflows; equal infinities have no difference.
struct Logaddexp : Binary<"logaddexp"> {
  static constexpr Doc doc{"log(exp(a) + exp(b)), without overflow.",
                           "sigmoid(a - b), sigmoid(b - a)", "smooth; of two -inf 0, as logsumexp"};
  static constexpr Domain sample{-3, 3};
  template <class T> static T f(T a, T b) {
    return select(a == b, a + T(kNaturalLogOf2), select(a < b, b, a) + log1p(exp(-abs(a - b))));
  }
  template <class T> static T da_ab(T a, T b) { return sigmoid(log_ratio(a, b)); }
  template <class T> static T db_ab(T a, T b) { return sigmoid(log_ratio(b, a)); }
};

struct Logaddexp2 : Binary<"logaddexp2"> {
  static constexpr Doc doc{"Logarithm to base 2 of 2^a + 2^b, without overflow.",
                           "1 / (1 + 2^(b - a)), 1 / (1 + 2^(a - b))",
                           "smooth; of two -inf 0, as logsumexp"};
  static constexpr Domain sample{-3, 3};
  template <class T> static T f(T a, T b) {
    return select(a == b, a + T(1),
                  select(a < b, b, a) + log1p(exp2(-abs(a - b))) * T(1 / kNaturalLogOf2));
  }
  template <class T> static T da_ab(T a, T b) {
    return sigmoid(log_ratio(a, b) * T(kNaturalLogOf2));
  }
  template <class T> static T db_ab(T a, T b) {
    return sigmoid(log_ratio(b, a) * T(kNaturalLogOf2));
  }
};

struct Logit : Unary<"logit"> {
  static constexpr Doc doc{"log(x / (1 - x)); with eps, x is first limited to [eps, 1 - eps].",
                           "1 / x + 1 / (1 - x)",
                           "0 outside [eps, 1 - eps]; without eps NaN outside [0, 1]"};
  static constexpr Domain sample{0.1, 0.9};
  static constexpr const char* namespaces = "special";
  static constexpr int num_params = 1;
  static constexpr Param params[] = {{"eps", -HUGE_VAL, Default::kNone}};
  template <class T> static T f(T x, const double* p) {
    T low = T(p[0]), high = T(1) - low;
    T z = select(x < low, low, select(x > high, high, x));
    return log_odds(z);
  }
  template <class T> static T pullf_x(T g, T x, const double* p) {
    T none = g * T(__builtin_nan(""));
    T inside = g / x + g / (T(1.0) - x);
    inside = select(x < T(0.0), none, select(x > T(1.0), none, inside));
    return select(x < T(p[0]), T(0.0), select(x > T(1 - p[0]), T(0.0), inside));
  }
};

// Near 0 the derivative is a difference of equal numbers, and at 0 it is 0 / 0: there it is its
// series.
struct Sinc : Unary<"sinc"> {
  static constexpr Doc doc{"sin(pi x) / (pi x), and 1 at 0.", "(cos(pi x) - sinc(x)) / x",
                           "smooth"};
  static constexpr Domain sample{0.3, 3};
  static constexpr const char* namespaces = "special";
  template <class T> static auto beyond(T x) { return pyad::beyond(T(4) * x); }
  template <class T> static T f(T x) {
    T u = select(x == T(0), T(1), x);
    return select(x == T(0), T(1), sin_pi(u) / (T(kPi) * u));
  }
  /// sum of (-1)^k 2k / (2k + 1)! z^(2k - 2) from k on, over the factor of term k.
  template <class T, int K> static T series(T square) {
    // For numbers to their last digit; for tensors and steps long enough to be differentiated.
    if constexpr (K == (sizeof(T) == 4 ? 5 : sizeof(T) == 8 ? 9 : 13))
      return T(1.0);
    else
      return T(1.0) -
             T((K + 1.0) / (K * (2.0 * K + 2) * (2.0 * K + 3))) * square * series<T, K + 1>(square);
  }
  template <class T> static T df_x(T x) {
    T z = T(kPi) * x;
    T inner = select(abs(z) < T(1.0), z, T(0.0)), outer = select(abs(z) < T(1.0), T(1.0), x);
    T near = T(-kPi / 3) * inner * series<T, 1>(inner * inner);
    T far = (cos_pi(outer) - sin_pi(outer) / (T(kPi) * outer)) / outer;
    return select(abs(z) < T(1.0), near, far);
  }
};

struct Erfinv : Unary<"erfinv"> {
  static constexpr Doc doc{"Inverse of the error function; NaN outside [-1, 1].",
                           "sqrt(pi) / 2 exp(y^2)", "infinite at -1 and 1"};
  static constexpr Domain sample{-0.9, 0.9};
  static constexpr const char* namespaces = "special";
  static constexpr bool by_operands = true;
  static constexpr int64_t block = 128;  // one element in a thousand is beyond
  template <std::same_as<double> T> static auto beyond(T x) { return erfinv_beyond(x); }
  template <class T> PYAD_INLINE static T f(T x) { return erfinv(x); }
  template <class T> static T df_y(T y) { return T(kHalfRootPi<double>.high) * exp(y * y); }
};

struct Deg2rad : Unary<"deg2rad"> {
  static constexpr Doc doc{"Degrees as radians.", "pi / 180", "smooth"};
  static constexpr Domain sample{-180, 180};
  template <class T> static T f(T x) { return x * T(kPi / 180); }
  template <class T> static T df() { return T(kPi / 180); }
};

struct Rad2deg : Unary<"rad2deg"> {
  static constexpr Doc doc{"Radians as degrees.", "180 / pi", "smooth"};
  static constexpr Domain sample{-3, 3};
  template <class T> static T f(T x) { return x * T(180 / kPi); }
  template <class T> static T df() { return T(180 / kPi); }
};

struct Copysign : Binary<"copysign"> {
  static constexpr Doc doc{"The magnitude of a with the sign of b, that of a zero included.",
                           "sign(a) sign(y), 0", "0 at a = 0"};
  static constexpr Domain sample{-3, 3};
  template <class T> static T f(T a, T b) { return copysign(a, b); }
  template <class T> static T da_ay(T a, T y) {
    return select(is_nan(a), T(__builtin_nan("")), sign(a) * sign(y));
  }
  template <class T> static T db() { return T(0.0); }
};

struct Heaviside : Binary<"heaviside"> {
  static constexpr Doc doc{"0 below 0, b at 0, 1 above; 0 for NaN, as in PyTorch.", "none", "none"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  static constexpr bool scalar = false;
  template <class T> static T f(T a, T b) {
    return select(a == T(0), b, select(a > T(0), T(1), T(0)));
  }
};

using SpecialOps =
    List<Logaddexp, Logaddexp2, Logit, Sinc, Erfinv, Deg2rad, Rad2deg, Copysign, Heaviside>;

}  // namespace pyad::inline PYAD_ISA
