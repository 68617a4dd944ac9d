// The Python face of attention.
#include "ops/attention.hpp"
#include "ops/function.hpp"

namespace pyad {

namespace {

const Function kRows[] = {
    {"scaled_dot_product_attention",
     "query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor? = None, is_causal: bool = "
     "False, scale: float? = None, enable_gqa: bool = False",
     "softmax(scale query key^T + mask) value.\n\nArgs:\n  query: (..., L, E).\n  key: (..., S, "
     "E).\n  value: (..., S, V).\n  attn_mask: (..., L, S), broadcast: added to the scores, or "
     "bool, true where a key is visible.\n  is_causal: whether query i sees the first i + 1 keys "
     "only.\n  scale: factor of the scores. Default: 1 / sqrt(E).\n  enable_gqa: whether each head "
     "(third dim from the end) of key and value serves several of query.\nReturns:\n  (..., L, V); "
     "zeros where a query sees nothing.\nRaises:\n  ShapeError: shapes do not fit.\n  TypeError: "
     "dtypes do not fit.\n  RuntimeError: both a mask and is_causal.",
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
