// The Python face of gathers, scatters and masks. Index expressions, x[...], are Python syntax and
// come in through bind.
#include <vector>

#include "ops/function.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

constexpr const char* kGathered = "the cotangent added up at the indices";
constexpr const char* kScattered =
    "of src: the cotangent at the indices; of input: the cotangent with zeros there";

std::vector<IndexItem> items_of(const std::vector<Tensor>& indices) {
  std::vector<IndexItem> items;
  for (const Tensor& i : indices) items.push_back(IndexItem::of(i));
  return items;
}

/// A copy of `x` in which the elements that `part` (a view of x) shows are those of `src`.
Tensor replace_part(const char* op, const Tensor& x, const Tensor& part, const Tensor& src) {
  if (src.sizes() != part.sizes()) {
    fail(ErrorKind::kShape, op, ": src of shape ", src.sizes(), " does not fit the part of shape ",
         part.sizes(), "; they must be equal");
  }
  return as_strided_scatter(x, src, part.layout());
}

const Function kIndexing[] = {
    {"gather", "input: Tensor, dim: int, index: Tensor",
     R"doc(Elements along dim at the indices given for each place.

Args:
  index: int64 tensor with as many dims as the input; entry [i][j] says which element of column j
    (dim 0) or row i (dim 1) to take.

Returns:
  A tensor of index's shape.

Raises:
  IndexError: an index is out of range.
  ShapeError: index is larger than the input elsewhere than at dim.)doc",
     Kind::kLinear, kEverywhere,
     [](Args& a) -> Answer { return gather(a.tensor(0), a.integer(1), a.tensor(2)); }, kGathered},
    {"scatter",
     "input: Tensor, dim: int, index: Tensor, src: Operand? = None, *, value: Number? = None",
     R"doc(A copy with elements of src written along dim at the indices given for each place.

Args:
  src: tensor at least as large as index, or a number.

Raises:
  IndexError: an index is out of range.
  ShapeError: the shapes do not fit.)doc",
     Kind::kLinear, kEverywhere | kInPlace,
     [](Args& a) -> Answer {
       if (a.given(3) == a.given(4)) fail(ErrorKind::kType, "scatter: give either src or value");
       return scatter(a.tensor(0), a.integer(1), a.tensor(2),
                      a.given(3) ? a.operand(3) : Operand(a.number(4)));
     },
     kScattered, "where indices repeat, one of the values stands and all of them get the gradient"},
    {"scatter_add", "input: Tensor, dim: int, index: Tensor, src: Tensor",
     R"doc(A copy with elements of src added along dim at the indices given for each place.

Raises:
  IndexError: an index is out of range.
  ShapeError: the shapes do not fit.)doc",
     Kind::kLinear, kEverywhere | kInPlace,
     [](Args& a) -> Answer {
       return scatter_add(a.tensor(0), a.integer(1), a.tensor(2), a.tensor(3));
     },
     "of src: the cotangent at the indices; of input: the cotangent"},
    {"index_select", "input: Tensor, dim: int, index: Tensor",
     R"doc(The given indices of a dim, in their order.

Args:
  index: vector of integers, not negative.

Raises:
  IndexError: an index is out of range.)doc",
     Kind::kLinear, kEverywhere,
     [](Args& a) -> Answer { return index_select(a.tensor(0), a.integer(1), a.tensor(2)); },
     kGathered},
    {"index_add", "input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1",
     R"doc(A copy with alpha times the rows of source added at the given indices of a dim.

Raises:
  IndexError: an index is out of range.
  ShapeError: source does not fit.)doc",
     Kind::kLinear, kEverywhere | kInPlace,
     [](Args& a) -> Answer {
       return index_add(a.tensor(0), a.integer(1), a.tensor(2), a.tensor(3), a.number(4));
     },
     "of source: alpha times the cotangent at the indices; of input: the cotangent"},
    {"index_copy", "input: Tensor, dim: int, index: Tensor, source: Tensor",
     R"doc(A copy with the rows of source written at the given indices of a dim.

Raises:
  IndexError: an index is out of range.
  ShapeError: source does not fit.)doc",
     Kind::kLinear, kEverywhere | kInPlace,
     [](Args& a) -> Answer {
       return index_copy(a.tensor(0), a.integer(1), a.tensor(2), a.tensor(3));
     },
     kScattered},
    {"index_fill", "input: Tensor, dim: int, index: Tensor, value: Operand",
     R"doc(A copy with a number, or a 0-d tensor, written at the given indices of a dim.

Raises:
  IndexError: an index is out of range.)doc",
     Kind::kLinear, kEverywhere | kInPlace,
     [](Args& a) -> Answer {
       return index_fill(a.tensor(0), a.integer(1), a.tensor(2), a.operand(3));
     },
     kScattered},
    {"index_put", "input: Tensor, indices: Tensors, values: Tensor, accumulate: bool = False",
     R"doc(A copy with values written (or added) where x[indices] would read.

Raises:
  IndexError: an index is out of range.
  ShapeError: values do not broadcast to the indexed part.)doc",
     Kind::kLinear, kEverywhere | kInPlace,
     [](Args& a) -> Answer {
       return index_put(a.tensor(0), items_of(a.tensors(1)), a.tensor(2), a.flag(3));
     },
     kScattered, "where indices repeat, one of the values stands and all of them get the gradient"},
    {"take", "input: Tensor, index: Tensor",
     R"doc(Elements of the flattened input.

Returns:
  A tensor of index's shape.

Raises:
  IndexError: an index is out of range.)doc",
     Kind::kLinear, kEverywhere, [](Args& a) -> Answer { return take(a.tensor(0), a.tensor(1)); },
     kGathered},
    {"take_along_dim", "input: Tensor, indices: Tensor, dim: int? = None",
     R"doc(As gather, with the other dims broadcast together; what argsort and argmax return fits.

Args:
  dim: without it both are flattened.

Raises:
  IndexError: an index is out of range.
  ShapeError: the shapes do not broadcast.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer {
       const Tensor &x = a.tensor(0), &i = a.tensor(1);
       if (a.given(2)) return take_along_dim(x, i, a.integer(2));
       return take(x, reshape(i, {i.numel()}));
     },
     kGathered},
    {"masked_fill", "input: Tensor, mask: Tensor, value: Operand",
     R"doc(A copy with a number, or a 0-d tensor, where mask is true.

Raises:
  TypeError: mask is no bool tensor.
  ShapeError: the shapes do not broadcast, or value has dims.)doc",
     Kind::kComposite, kEverywhere | kInPlace,
     [](Args& a) -> Answer { return masked_fill(a.tensor(0), a.tensor(1), a.operand(2)); },
     "of input: the cotangent where mask is false; of value: its sum where mask is true"},
    {"masked_select", "input: Tensor, mask: Tensor",
     R"doc(The elements where mask is true, as a vector.

Raises:
  TypeError: mask is no bool tensor.
  ShapeError: the shapes do not broadcast.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return masked_select(a.tensor(0), a.tensor(1)); }, kGathered},
    {"masked_scatter", "input: Tensor, mask: Tensor, source: Tensor",
     R"doc(A copy with the elements of source, in order, where mask is true.

Raises:
  ShapeError: source has too few elements.)doc",
     Kind::kComposite, kEverywhere | kInPlace,
     [](Args& a) -> Answer { return masked_scatter(a.tensor(0), a.tensor(1), a.tensor(2)); },
     kScattered},
    {"select_scatter", "input: Tensor, src: Tensor, dim: int, index: int",
     R"doc(A copy with one index of a dim replaced by src.

Raises:
  ShapeError: src does not have the shape of that part.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer {
       Tensor x = distinct(a.tensor(0));
       return replace_part("select_scatter", x, select(x, a.integer(2), a.integer(3)), a.tensor(1));
     },
     kScattered},
    {"slice_scatter",
     "input: Tensor, src: Tensor, dim: int = 0, start: int? = None, end: int? = None, step: int = "
     "1",
     R"doc(A copy with a slice of a dim replaced by src.

Raises:
  ShapeError: src does not have the shape of the slice.
  ValueError: step is not positive.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer {
       Tensor x = distinct(a.tensor(0));
       if (x.dim() == 0) fail(ErrorKind::kShape, "slice_scatter: a 0-d tensor has no dim to slice");
       std::vector<IndexItem> items(
           static_cast<size_t>(wrap_dim("slice_scatter", a.integer(2), x.dim())) + 1);
       IndexItem& item = items.back();
       item.has_start = a.given(3);
       item.has_stop = a.given(4);
       if (item.has_start) item.start = a.integer(3);
       if (item.has_stop) item.stop = a.integer(4);
       item.step = a.integer(5);
       return replace_part("slice_scatter", x, prepare_index("slice_scatter", x, items).view,
                           a.tensor(1));
     },
     kScattered},
    {"diagonal_scatter",
     "input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1",
     R"doc(A copy with a diagonal replaced by src.

Raises:
  ShapeError: src does not have the shape of the diagonal.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer {
       Tensor x = distinct(a.tensor(0));
       return replace_part("diagonal_scatter", x,
                           diagonal(x, a.integer(2), a.integer(3), a.integer(4)), a.tensor(1));
     },
     kScattered},
    {"nonzero", "input: Tensor, *, as_tuple: bool = False -> Tensor | Tensors if as_tuple",
     R"doc(The indices of the elements that are not zero.

Returns:
  int64 (n, dims), or with as_tuple one vector for each dim.)doc",
     Kind::kPlain, kEverywhere,
     [](Args& a) -> Answer {
       return a.flag(1) ? Answer(nonzero_tuple(a.tensor(0))) : Answer(nonzero(a.tensor(0)));
     }},
    {"argwhere", "input: Tensor", "NumPy's name of nonzero: int64 (n, dims).", Kind::kPlain,
     kEverywhere, [](Args& a) -> Answer { return nonzero(a.tensor(0)); }},
    {"one_hot", "input: Tensor, num_classes: int = -1",
     R"doc(For each class index a row of zeros with a one.

Args:
  num_classes: length of the rows; -1 takes one more than the largest index.

Returns:
  int64 (..., num_classes).

Raises:
  ValueError: a class is negative or too large.)doc",
     Kind::kPlain, in("nn.functional"),
     [](Args& a) -> Answer { return one_hot(a.tensor(0), a.integer(1)); }},
};

const Rows rows(kIndexing);

}  // namespace

}  // namespace pyad
