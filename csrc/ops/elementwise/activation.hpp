// Smooth activations: sigmoids and what is gated by them.
//
// Note [Saturated tails]
// Far out an activation is 0, x or a constant to the last digit, but its formula may meet `inf * 0`
// on the way. Such formulas clamp their argument to where the tail has been reached in double
// precision; a clamp is a blend, its derivative is 0, and infinities come out right.
#pragma once

#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

inline constexpr double kRootHalf = 0.707106781186547524401;
inline constexpr double kOneOverRootTwoPi = 0.398942280401432677940;

struct Sigmoid : Unary<"sigmoid"> {
  static constexpr Doc doc{"1 / (1 + exp(-x)).", "y (1 - y); by x where y is near 1", "smooth"};
  static constexpr Domain sample{-4, 4};
  static constexpr const char* aliases = "special.expit";
  template <class T> static T f(T x) { return sigmoid(x); }
  using Slope = SlopeOfSigmoid;
  template <class T> static T df_xy(T x, T y) { return sigmoid_slope(y, x); }
};

struct Logsigmoid : Unary<"logsigmoid"> {
  static constexpr bool row_major = true;
  static constexpr Doc doc{"log(sigmoid(x)), accurate in both tails.", "sigmoid(-x)", "smooth"};
  static constexpr Domain sample{-4, 4};
  static constexpr const char* namespaces = "nn.functional";
  static constexpr bool method = false;
  template <class T> static T f(T x) { return log_sigmoid(x); }
  template <class T> static T df_x(T x) { return sigmoid(-x); }
};

struct Softplus : Unary<"softplus"> {
  static constexpr Doc doc{"log(1 + exp(beta x)) / beta, and x where beta x > threshold.",
                           "sigmoid(beta x), or 1", "1 above the threshold only"};
  static constexpr Domain sample{-4, 4};
  static constexpr const char* namespaces = "nn.functional";
  static constexpr int num_params = 2;
  static constexpr Param params[] = {{"beta", 1}, {"threshold", 20}};
  static constexpr bool method = false;
  template <class T> static T f(T x, const double* p) {
    T u = x * T(p[0]);
    return select(u > T(p[1]), x, softplus(u) / T(p[0]));
  }
  template <class T> static T pullf_x(T g, T x, const double* p) {
    T u = x * T(p[0]);
    // A constant at the threshold, whose second derivative is PyTorch's 0.
    T below = select(u >= T(p[1]), T(p[1]), u);
    return select(u > T(p[1]), g, g * sigmoid(below));
  }
};

/// s (1 + x (1 - s)), s = sigmoid(x); for numbers with both from one exponential, as 1 - s cancels.
template <class T>
inline T silu_slope(const T& x) {
  T u = at_most(at_least(x, T(-1000.0)), T(1000.0));
  if constexpr (std::is_arithmetic_v<T>) {
    T e = exp_below(-abs(u)), larger = T(1) / (T(1) + e), smaller = e * larger;
    bool up = u > T(0);
    return select(up, larger, smaller) * (T(1) + u * select(up, smaller, larger));
  } else {
    T s = sigmoid(u);
    return s * (T(1.0) + u * (T(1.0) - s));
  }
}

struct Silu : Unary<"silu"> {
  static constexpr Doc doc{"x sigmoid(x).", "s (1 + x (1 - s)), s = sigmoid(x)", "smooth"};
  static constexpr Domain sample{-4, 4};
  static constexpr bool method = false;
  template <class T> static T f(T x) { return silu(x); }
  template <class T> static T df_x(T x) { return silu_slope(x); }
};

// The derivatives of gelu's two as formulas; for numbers, in kernels/math, they keep their digits
// in the left tail.
template <class T>
  requires(!std::is_arithmetic_v<T>)
inline T gelu_slope(const T& x) {
  T u = at_most(at_least(x, T(-40.0)), T(40.0));
  T density = T(kOneOverRootTwoPi) * exp(T(-0.5) * (u * u));
  return T(0.5) * erfc(T(-kRootHalf) * u) + u * density;
}

template <class T>
  requires(!std::is_arithmetic_v<T>)
inline T gelu_tanh_slope(const T& x) {
  T u = at_most(at_least(x, T(-30.0)), T(30.0)), square = u * u;
  T slope = T(kGeluSlope.high), cubic = T(kGeluCubic.high), cubic_slope = T(3 * kGeluCubic.high);
  T s = sigmoid(u * (slope + cubic * square));
  return s * (T(1.0) + u * (T(1.0) - s) * (slope + cubic_slope * square));
}

struct Gelu : Unary<"gelu"> {
  static constexpr Doc doc{"x Phi(x), Phi the normal distribution function.",
                           "Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)", "smooth"};
  static constexpr Domain sample{-4, 4};
  static constexpr bool method = false;
  template <class T> static T f(T x) { return gelu(x); }
  template <class T> static T df_x(T x) { return gelu_slope(x); }
};

struct GeluTanh : Unary<"gelu_tanh"> {
  static constexpr Doc doc{"x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.",
                           "s (1 + x (1 - s) dw), s = y / x, w = 2 sqrt(2 / pi) (x + 0.044715 x^3)",
                           "smooth"};
  static constexpr Domain sample{-4, 4};
  static constexpr bool method = false;
  template <class T> static T f(T x) { return gelu_tanh(x); }
  template <class T> static T df_x(T x) { return gelu_tanh_slope(x); }
};

// tanh(log(1 + e)) is n / (n + 2) with n = e (e + 2): one exponential, no cancellation.
struct Mish : Unary<"mish"> {
  static constexpr Doc doc{"x tanh(log(1 + exp(x))).",
                           "t + 4 x e (e + 1) / (n + 2)^2, e = exp(x), n = e (e + 2), t = y / x",
                           "smooth"};
  static constexpr Domain sample{-4, 4};
  static constexpr bool method = false;
  template <class T> static T f(T x) {
    T u = at_least(x, T(-1000.0));
    if constexpr (std::is_arithmetic_v<T>) {
      T v = at_least(at_most(u, T(30.0)), LogisticRange<T>::low);
      T raised = exp_raised<kTailRaise<T>>(v), e = raised * kLower<T>;
      T n = e * (e + T(2)), m = n + T(2);
      // As in silu: x joins the exponential before that is scaled down to a subnormal number.
      T tail = at_most(u, T(0)) * raised * ((e + T(2)) / m) * kLower<T>;
      return select(u < LogisticRange<T>::tail, tail, u * (n / m));
    } else {
      T e = exp(at_most(u, T(30.0)));
      T n = e * (e + T(2));
      return u * (n / (n + T(2)));
    }
  }
  template <class T> static T df_x(T x) {
    if constexpr (std::is_arithmetic_v<T>) {
      T u = at_most(at_least(x, LogisticRange<T>::low), T(30.0));
      T raised = exp_raised<kTailRaise<T>>(u), e = raised * kLower<T>;
      T n = e * (e + T(2)), m = n + T(2), part = (e + T(1)) / m / m;
      T tail = raised * ((e + T(2)) / m + T(4) * u * part) * kLower<T>;
      return select(u < LogisticRange<T>::tail, tail, n / m + T(4) * u * (e * part));
    } else {
      T u = at_most(at_least(x, T(-1000.0)), T(30.0));
      T e = exp(u);
      T n = e * (e + T(2.0));
      T m = n + T(2.0);
      return n / m + T(4.0) * u * (e * (e + T(1.0)) / m / m);
    }
  }
};

struct Softsign : Unary<"softsign"> {
  static constexpr Doc doc{"x / (1 + |x|).", "1 / (1 + |x|)^2", "smooth"};
  static constexpr Domain sample{-4.0, 4.0};
  static constexpr const char* namespaces = "nn.functional";
  static constexpr bool method = false;
  template <class T> static T f(T x) {
    T u = at_most(at_least(x, T(-0x1p60)), T(0x1p60));
    return u / (T(1.0) + abs(u));
  }
  template <class T> static T df_x(T x) {
    T d = T(1.0) / (T(1.0) + abs(x));
    return d * d;
  }
};

struct Tanhshrink : Unary<"tanhshrink"> {
  static constexpr Doc doc{"x - tanh(x).", "tanh(x)^2", "smooth"};
  static constexpr Domain sample{-4, 4};
  static constexpr bool method = false;
  template <class T> static T f(T x) { return tanhshrink(x); }
  template <class T> static T df_x(T x) {
    T y = tanh(x);
    return y * y;
  }
};

/// glu's formula, of its two halves.
struct Gate : Binary<"gate"> {
  static constexpr Doc doc{"a sigmoid(b).", "sigmoid(b), a sigmoid(b) sigmoid(-b)", "smooth"};
  static constexpr Domain sample{-4, 4};
  static constexpr Use use = Use::kComposites;
  template <class T> static T f(T a, T b) { return a * sigmoid(b); }
  template <class T> static T da_b(T b) { return sigmoid(b); }
  template <class T> static T db_ab(T a, T b) {
    if constexpr (std::is_arithmetic_v<T>)
      return a * SlopeOfSigmoid::by_operand(b);
    else
      return a * sigmoid_slope(sigmoid(b), b);
  }
};

// The loss of a logit a for a target b in [0, 1]: every term is positive, so nothing cancels for
// easy examples, and the gradient comes from the side that does not cancel either.
struct LogitLoss : Binary<"logit_loss"> {
  static constexpr Doc doc{"-(b log(sigmoid(a)) + (1 - b) log(1 - sigmoid(a))).",
                           "sigmoid(a) - b, -a", "smooth"};
  static constexpr Domain sample{-4, 4};
  static constexpr Domain sample_b{0.1, 0.9};
  static constexpr Use use = Use::kComposites;
  template <class T> static T f(T a, T b) {
    return select(a > T(0), a * (T(1) - b), -(a * b)) + softplus(-abs(a));
  }
  template <class T> static T da_ab(T a, T b) {
    if constexpr (std::is_arithmetic_v<T>) {
      T e = sigmoid(-abs(a));
      return select(a > T(0), (T(1) - b) - e, e - b);
    } else {
      return (T(1.0) - b) * sigmoid(a) - b * sigmoid(-a);
    }
  }
  template <class T> static T db_a(T a) { return -a; }
};

using ActivationOps = List<Sigmoid, Logsigmoid, Softplus, Silu, Gelu, GeluTanh, Mish, Softsign,
                           Tanhshrink, Gate, LogitLoss>;

}  // namespace pyad::inline PYAD_ISA
