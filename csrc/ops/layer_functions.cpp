// The Python face of the layers.
#include "ops/function.hpp"
#include "ops/layer.hpp"

namespace pyad {

namespace {

const Function kRows[] = {
    {"embedding", "input: Tensor, weight: Tensor, padding_idx: int? = None",
     "Rows of a table at given indices.\n\nArgs:\n  input: integer indices, any shape.\n  weight: "
     "(rows, width).\n  padding_idx: a row that gets no "
     "gradient.\nReturns:\n  The shape of input with width appended.\nRaises:\n  IndexError: an "
     "index is out of range.\n  ShapeError: weight has not "
     "two dims.",
     Kind::kGeneral, in("steps"),
     [](Args& a) -> Answer {
       return embedding(a.tensor(0), a.tensor(1), a.given(2), a.given(2) ? a.integer(2) : 0);
     },
     "g added to the rows that were read", "0 in the padding row, in every mode"},
    {"layer_norm",
     "input: Tensor, normalized_shape: ints, weight: Tensor? = None, bias: Tensor? = None, eps: "
     "float = 1e-5",
     "(x - mean) / sqrt(variance + eps) * weight + bias over the last dims.\n\nArgs:\n  input: "
     "(..., *normalized_shape).\n  normalized_shape: the last "
     "sizes of input.\n  weight: of that shape.\n  bias: of that shape.\n  eps: added to the "
     "variance, which is the biased one.\nReturns:\n  The shape "
     "of input.\nRaises:\n  ShapeError: shapes do not fit.\n  TypeError: dtypes do not fit.",
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
