// Derivatives that are cheap by the result of a function, for as long as the result tells them.
//
// Note [Saturated slopes]
// sigmoid' = y (1 - y), tanh' = 1 - y^2 and ln 2 y for 2^x need no exponential. But where y has
// rounded to its limit they are 0 or infinite, and just before that most digits are gone, while the
// slope is an ordinary number of the operand. So these rules keep operand and result, and take the
// result unless it is `saturated`: within 2^-9 of its limit, where 2^-14 of a slope is lost in
// float32. To have the last digits everywhere would cost the exponential everywhere. Loops do a
// block by the result, and a block that holds a saturated element again: the way of Note [Exact
// remainders] in fn.hpp. Which way an element takes depends on the element alone.
//
// With create_graph the slope is an op of both (`tanh_slope` in singular.hpp), whose own derivative
// is that by the result.
#pragma once

#include "kernels/math/base.hpp"
#include "kernels/math/exp.hpp"

namespace pyad::inline PYAD_ISA {

/// The sign bit tells whether a number, not below 0, is `limit` or more, or NaN.
template <class T>
inline BitsOf<T> reaches(T x, T limit) {
  return bits_of(x) + (kSignBit<T> - bits_of(limit));
}

/// exp(x) for x <= 0.
template <class T>
inline T exp_below(T x) {
  return exp_raised<kTailRaise<T>>(select(x < ExpRange<T>::low, ExpRange<T>::low, x)) * kLower<T>;
}

struct SlopeOfSigmoid {
  template <class T> static BitsOf<T> saturated(T y) { return reaches(y, T(1 - 0x1p-9)); }
  template <class T> static T by_result(T y) { return y * (T(1) - y); }
  template <class T> static T by_operand(T x) {
    T e = exp_below(-abs(x)), d = T(1) + e;
    return e / (d * d);
  }
};

struct SlopeOfTanh {
  template <class T> static BitsOf<T> saturated(T y) { return reaches(abs(y), T(1 - 0x1p-9)); }
  template <class T> static T by_result(T y) { return (T(1) - y) * (T(1) + y); }
  template <class T> static T by_operand(T x) {
    T e = exp_below(T(-2) * abs(x)), d = T(1) + e;
    return T(4) * (e / (d * d));
  }
};

struct SlopeOfExp2 {
  static constexpr double kLn2 = 0.693147180559945309417;
  template <class T> static BitsOf<T> saturated(T y) { return reaches(y, kInfinity<T>); }
  template <class T> static T by_result(T y) { return T(kLn2) * y; }
  template <class T> static T by_operand(T x) { return T(2 * kLn2) * exp2(x - T(1)); }
};

/// The slope at x, where the function is y.
template <class S, class T>
inline T slope(T x, T y) {
  if (S::saturated(y) >= kSignBit<T>) return S::by_operand(x);
  return S::by_result(y);
}

/// put(i, slope(x[i], y[i])) for all i below n, whole steps: Note [Whole steps].
template <class S, class T, class Put>
inline void slopes(const T* x, const T* y, int64_t n, Put put) {
  constexpr int64_t kTogether = 64;
  BitsOf<T> far = 0;  // of the block before too, which is likely to be as this one
  for (int64_t start = 0; start < n; start += kTogether, x += kTogether, y += kTogether) {
    const int64_t m = (n - start < kTogether ? n - start : kTogether) & -int64_t{64 / sizeof(T)};
    if (far < kSignBit<T>) {
#pragma GCC ivdep
      for (int64_t i = 0; i < m; ++i) {
        far |= S::saturated(y[i]);
        put(start + i, S::by_result(y[i]));
      }
      if (far < kSignBit<T>) continue;
    }
    far = 0;
#pragma GCC ivdep
    for (int64_t i = 0; i < m; ++i) {
      T one = S::by_result(y[i]), other = S::by_operand(x[i]);
      far |= S::saturated(y[i]);
      put(start + i, select(S::saturated(y[i]) >= kSignBit<T>, other, one));
    }
  }
}

template <class T>
  requires std::is_floating_point_v<T>
inline T sigmoid_slope(T y, T x) {
  return slope<SlopeOfSigmoid>(x, y);
}
template <class T>
  requires std::is_floating_point_v<T>
inline T tanh_slope(T y, T x) {
  return slope<SlopeOfTanh>(x, y);
}
template <class T>
  requires std::is_floating_point_v<T>
inline T exp2_slope(T y, T x) {
  return slope<SlopeOfExp2>(x, y);
}

}  // namespace pyad::inline PYAD_ISA
