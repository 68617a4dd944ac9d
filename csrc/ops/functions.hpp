// The tensor functions that rules and composites are written with: the C++ face of the op table.
//
// Elementwise functions take tensors or numbers; every function records when recording is on.
// Families declare their own functions in their headers (reduce.hpp, shape.hpp, ...); this page has
// those of the elementwise ops and the operators.
#pragma once

#include "core/tensor.hpp"
#include "ops/elementwise/info.hpp"

namespace pyad {

#define PYAD_FUNCTION1(FN)                                     \
  inline Tensor FN(const Tensor& x) {                          \
    static const ElementwiseInfo& op = *find_elementwise(#FN); \
    const Operand in[] = {x};                                  \
    return elementwise(op, in);                                \
  }
#define PYAD_FUNCTION2(FN, NAME)                                \
  inline Tensor FN(const Operand& a, const Operand& b) {        \
    static const ElementwiseInfo& op = *find_elementwise(NAME); \
    const Operand in[] = {a, b};                                \
    return elementwise(op, in);                                 \
  }
PYAD_FUNCTION1(exp)
PYAD_FUNCTION1(log)
PYAD_FUNCTION1(log1p)
PYAD_FUNCTION1(neg)
PYAD_FUNCTION1(abs)
PYAD_FUNCTION1(sign)
PYAD_FUNCTION1(sqrt)
PYAD_FUNCTION1(rsqrt)
PYAD_FUNCTION1(square)
PYAD_FUNCTION1(reciprocal)
PYAD_FUNCTION1(sigmoid)
PYAD_FUNCTION1(tanh)
PYAD_FUNCTION1(relu)
PYAD_FUNCTION1(logical_not)
PYAD_FUNCTION2(add, "add")
PYAD_FUNCTION2(sub, "sub")
PYAD_FUNCTION2(mul, "mul")
PYAD_FUNCTION2(div, "div")
PYAD_FUNCTION2(pow, "pow")
PYAD_FUNCTION2(maximum, "maximum")
PYAD_FUNCTION2(minimum, "minimum")
PYAD_FUNCTION2(eq, "eq")
PYAD_FUNCTION2(ne, "ne")
PYAD_FUNCTION2(lt, "lt")
PYAD_FUNCTION2(le, "le")
PYAD_FUNCTION2(gt, "gt")
PYAD_FUNCTION2(ge, "ge")
PYAD_FUNCTION2(logical_and, "logical_and")
PYAD_FUNCTION2(logical_or, "logical_or")
PYAD_FUNCTION2(floor_divide, "floor_divide")
PYAD_FUNCTION2(remainder, "remainder")
#undef PYAD_FUNCTION1
#undef PYAD_FUNCTION2

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator+(const Tensor& a, double b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, double b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, double b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, double b) { return div(a, b); }
inline Tensor operator+(double a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(double a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(double a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(double a, const Tensor& b) { return div(a, b); }
inline Tensor operator-(const Tensor& a) { return neg(a); }
/// `c ? a : b`, broadcast.
inline Tensor where(const Operand& c, const Operand& a, const Operand& b) {
  static const ElementwiseInfo& op = *find_elementwise("where");
  const Operand in[] = {c, a, b};
  return elementwise(op, in);
}

}  // namespace pyad
