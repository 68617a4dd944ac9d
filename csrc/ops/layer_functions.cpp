// The Python face of the layers.
#include "ops/function.hpp"
#include "ops/layer.hpp"

namespace pyad {

namespace {

const Function kRows[] = {
    {"embedding", "input: Tensor, weight: Tensor, padding_idx: int? = None",
     R"doc(Rows of a table at given indices.

Args:
  input: integer indices, any shape.
  weight: (rows, width).
  padding_idx: a row that gets no gradient.

Returns:
  The shape of input with width appended.

Raises:
  IndexError: an index is out of range.
  ShapeError: weight has not two dims.)doc",
     Kind::kGeneral, in("steps"),
     [](Args& a) -> Answer {
       return embedding(a.tensor(0), a.tensor(1), a.given(2), a.given(2) ? a.integer(2) : 0);
     },
     "g added to the rows that were read", "0 in the padding row, in every mode"},
    {"layer_norm",
     "input: Tensor, normalized_shape: ints, weight: Tensor? = None, bias: Tensor? = None, eps: "
     "float = 1e-5",
     R"doc((x - mean) / sqrt(variance + eps) * weight + bias over the last dims.

Args:
  input: (..., *normalized_shape).
  normalized_shape: the last sizes of input.
  weight: of that shape.
  bias: of that shape.
  eps: added to the variance, which is the biased one.

Returns:
  The shape of input.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.)doc",
     Kind::kGeneral, in("nn.functional"),
     [](Args& a) -> Answer {
       return layer_norm(a.tensor(0), a.dims(1), a.tensor_or_none(2), a.tensor_or_none(3),
                         a.real(4));
     },
     "rstd (g w - mean(g w) - y mean(g w y))", "smooth"},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
