// Special functions that are made of ops of the table: the normal distribution, products with
// logarithms.
#include "ops/function.hpp"
#include "ops/functions.hpp"

namespace pyad {

namespace {

constexpr double kRootHalf = 0.707106781186547524401;

Tensor erfc(const Tensor& x) {
  static const ElementwiseInfo& op = *find_elementwise("erfc");
  const Operand in[] = {x};
  return elementwise(op, in);
}

Answer ndtr(Args& a) { return 0.5 * erfc(a.tensor(0) * -kRootHalf); }

/// Where a logarithm that is not finite meets a zero there is none, so that it counts for nothing.
Answer xlog1py(Args& a) {
  const Operand x = a.operand(0), y = a.operand(1);
  if (!x.tensor && !y.tensor)
    fail(ErrorKind::kType, a.op(), "(): at least one operand must be a Tensor");
  const DType dtype =
      x.tensor && is_floating(x.tensor->dtype()) ? x.tensor->dtype() : default_dtype();
  const Tensor held = y.tensor ? *y.tensor : scalar_tensor(y.number, dtype);
  const Tensor none = logical_and(eq(x, 0), le(held, -1));
  return mul(x, log1p(where(none, 0, held)));
}

const Function kRows[] = {
    {"ndtr", "input: Tensor",
     R"doc(Distribution function of the standard normal distribution.

Args:
  input: a tensor; integers become the default floating type.
Returns:
  The area under the density from minus infinity to each element.)doc",
     Kind::kComposite, in("special"), ndtr, "exp(-x^2 / 2) / sqrt(2 pi)", "smooth"},
    {"xlog1py", "input: Operand, other: Operand",
     R"doc(input times log(1 + other), and 0 where input = 0 and other <= -1.

Args:
  input, other: tensors or numbers, at least one tensor, broadcast against each other.
Returns:
  A tensor of the broadcast shape.)doc",
     Kind::kComposite, in("special"), xlog1py, "log(1 + b), a / (1 + b)",
     "0 where a = 0 and b <= -1"},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
