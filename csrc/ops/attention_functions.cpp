// The Python face of attention.
#include "ops/attention.hpp"
#include "ops/function.hpp"

namespace pyad {

namespace {

const Function kRows[] = {
    {"scaled_dot_product_attention",
     "query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor? = None, is_causal: bool = "
     "False, scale: float? = None, enable_gqa: bool = False",
     R"doc(softmax(scale query key^T + mask) value.

Args:
  query: (..., L, E).
  key: (..., S, E).
  value: (..., S, V).
  attn_mask: (..., L, S), broadcast: added to the scores, or bool, true where a key is visible.
  is_causal: whether query i sees the first i + 1 keys only.
  scale: factor of the scores. Default: 1 / sqrt(E).
  enable_gqa: whether each head (third dim from the end) of key and value serves several of query.

Returns:
  (..., L, V); zeros where a query sees nothing.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.
  RuntimeError: both a mask and is_causal.)doc",
     Kind::kGeneral, in("steps"),
     [](Args& a) -> Answer {
       return scaled_dot_product_attention(
           a.tensor(0), a.tensor(1), a.tensor(2), a.tensor_or_none(3),
           {a.flag(4), a.given(5), a.given(5) ? a.real(5) : 0, a.flag(6)});
     },
     "with weights p: p^T g to value, and s = p (g v^T - sum p g v^T) to the scores", "smooth"},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
