// Special functions that are made of ops of the table: the normal distribution.
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

const Function kRows[] = {
    {"ndtr", "input: Tensor",
     R"doc(Distribution function of the standard normal distribution.

Args:
  input: a tensor; integers become the default floating type.
Returns:
  The area under the density from minus infinity to each element.)doc",
     Kind::kComposite, in("special"), ndtr, "exp(-x^2 / 2) / sqrt(2 pi)", "smooth"},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
