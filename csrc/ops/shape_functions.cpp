// The Python face of the family that moves elements: views, joins, and the rest of shape.hpp.
#include <algorithm>
#include <vector>

#include "ops/function.hpp"
#include "ops/functions.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

constexpr const char* kSameElements = "the same elements of the cotangent, moved back";

Answer answer(Tensors t) { return Answer(std::move(t)); }

/// torch's atleast_1d, 2d, 3d: where the new dims go differs with the rank.
Tensor at_least(const Tensor& x, int n) {
  if (x.dim() >= n) return x;
  Dims sizes = x.sizes();
  if (x.dim() == 0) {
    sizes = Dims::filled(n, 1);
  } else if (n == 2) {
    sizes.insert(0, 1);
  } else {
    if (x.dim() == 1) sizes.insert(0, 1);
    sizes.push_back(1);
  }
  return reshape(x, sizes);
}

/// As PyTorch: one tensor for one tensor, a tuple for several or for a list.
Answer all_at_least(Args& a, int n) {
  Tensors out;
  for (const Tensor& x : a.tensors(0)) out.push_back(at_least(x, n));
  if (out.size() == 1 && a.bare(0)) return std::move(out[0]);
  return Answer(std::move(out));
}

Tensors all_at_least(const std::vector<Tensor>& xs, int n) {
  Tensors out;
  for (const Tensor& x : xs) out.push_back(at_least(x, n));
  return out;
}

Tensor join_at_least(const char* op, const std::vector<Tensor>& xs, int n, int dim) {
  if (xs.empty()) fail(ErrorKind::kShape, op, ": expects a list with at least one tensor");
  Tensors parts = all_at_least(xs, n);
  return concat(Inputs(parts), n == 1 && parts[0].dim() == 1 ? 0 : dim);
}

Tensors tensor_split(const Tensor& x, const Dims& where, bool sections, int64_t dim) {
  if (x.dim() == 0)
    fail(ErrorKind::kShape, "tensor_split: expects a tensor of at least one dim, got a 0-d tensor");
  int d = wrap_dim("tensor_split", dim, x.dim());
  int64_t size = x.size(d);
  Dims lengths;
  if (sections) {
    int64_t n = where[0];
    if (n <= 0)
      fail(ErrorKind::kValue, "tensor_split: the number of sections must be positive, got ", n);
    check_parts("tensor_split", n);
    for (int64_t k = 0; k < n; ++k) lengths.push_back(size / n + (k < size % n));
    return split_with_sizes(x, lengths, d);
  }
  // Like slices: bounds are clipped, and a part whose end lies before its start is empty. Parts
  // need not be disjoint.
  Tensors parts;
  int64_t start = 0;
  for (int k = 0; k <= where.size(); ++k) {
    int64_t bound = k < where.size() ? where[k] : size;
    int64_t end = std::clamp<int64_t>(bound < 0 ? bound + size : bound, 0, size);
    parts.push_back(slice(x, d, std::min(start, end), std::max<int64_t>(end - start, 0)));
    start = end;
  }
  return parts;
}

Tensors meshgrid(const std::vector<Tensor>& xs, const std::string& indexing) {
  if (indexing != "ij" && indexing != "xy") {
    fail(ErrorKind::kValue, "meshgrid: indexing must be 'ij' or 'xy', got '", indexing, "'");
  }
  if (xs.empty()) fail(ErrorKind::kShape, "meshgrid: expects at least one tensor");
  Dims sizes;
  for (const Tensor& x : xs) {
    if (x.dim() > 1) fail(ErrorKind::kShape, "meshgrid: expects vectors, got shape ", x.sizes());
    sizes.push_back(x.numel());
  }
  checked_numel("meshgrid", sizes);
  Tensors out;
  auto n = static_cast<int>(xs.size());
  for (int k = 0; k < n; ++k) {
    Dims one = Dims::filled(n, 1);
    one[k] = sizes[k];
    Tensor grid = expand(reshape(xs[static_cast<size_t>(k)], one), sizes);
    out.push_back(indexing == "xy" && n >= 2 ? transpose(grid, 0, 1) : grid);
  }
  return out;
}

Layout strided_arguments(const char* op, Args& a, int first) {
  Layout layout{a.dims(first), a.dims(first + 1),
                a.given(first + 2) ? a.integer(first + 2) : a.tensor(0).offset()};
  for (int64_t s : layout.strides)
    if (s < 0)
      fail(ErrorKind::kValue, op, ": strides must not be negative, got ", layout.strides,
           "; use flip");
  return layout;
}

template <DType DTYPE>
Answer convert_to(Args& a) {
  return to_dtype(a.tensor(0), DTYPE);
}

const Function kViews[] = {
    {"reshape", "input: Tensor, shape: sizes",
     R"doc(The elements in another shape: a view where strides allow it, else a copy.

Args:
  shape: the new sizes; one may be -1 and is worked out.

Raises:
  ShapeError: the number of elements differs.)doc",
     Kind::kLinear, kEverywhere, [](Args& a) -> Answer { return reshape(a.tensor(0), a.dims(1)); },
     kSameElements},
    {"view", "input: Tensor, shape: sizes",
     R"doc(The elements in another shape, sharing memory.

Args:
  shape: the new sizes; one may be -1 and is worked out.

Raises:
  ShapeError: the number of elements differs, or no strides show the memory so; then use reshape.)doc",
     Kind::kLinear, kMethod, [](Args& a) -> Answer { return view(a.tensor(0), a.dims(1)); },
     kSameElements},
    {"view_as", "input: Tensor, other: Tensor",
     R"doc(A view in the shape of `other`.

Raises:
  ShapeError: as for view.)doc",
     Kind::kComposite, kMethod,
     [](Args& a) -> Answer { return view(a.tensor(0), a.tensor(1).sizes()); }, kSameElements},
    {"reshape_as", "input: Tensor, other: Tensor",
     R"doc(The elements in the shape of `other`.

Raises:
  ShapeError: as for reshape.)doc",
     Kind::kComposite, kMethod,
     [](Args& a) -> Answer { return reshape(a.tensor(0), a.tensor(1).sizes()); }, kSameElements},
    {"permute", "input: Tensor, dims: sizes",
     R"doc(A view with the dims in another order.

Args:
  dims: for each dim of the result, the dim of the input it shows.

Raises:
  ShapeError: not every dim is named.
  RuntimeError: a dim is named twice.)doc",
     Kind::kLinear, kEverywhere, [](Args& a) -> Answer { return permute(a.tensor(0), a.dims(1)); },
     kSameElements},
    {"transpose", "input: Tensor, dim0: int, dim1: int",
     R"doc(A view with two dims swapped.

Raises:
  IndexError: a dim is out of range.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return transpose(a.tensor(0), a.integer(1), a.integer(2)); },
     kSameElements},
    {"swapaxes", "input: Tensor, axis0: int, axis1: int",
     "NumPy's name of transpose: a view with two dims swapped.", Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return transpose(a.tensor(0), a.integer(1), a.integer(2)); },
     kSameElements},
    {"swapdims", "input: Tensor, dim0: int, dim1: int",
     "Another name of transpose: a view with two dims swapped.", Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return transpose(a.tensor(0), a.integer(1), a.integer(2)); },
     kSameElements},
    {"t", "input: Tensor",
     R"doc(The transpose of a matrix; vectors and 0-d tensors as they are.

Raises:
  ShapeError: more than two dims.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer {
       if (a.tensor(0).dim() > 2) {
         fail(ErrorKind::kShape, "t: takes at most two dims, got shape ", a.tensor(0).sizes(),
              "; use transpose or mT for batches");
       }
       return reverse_dims(a.tensor(0));
     },
     kSameElements},
    {"expand", "input: Tensor, size: sizes",
     R"doc(A view in which dims of size 1 are repeated without copying.

Args:
  size: the new sizes; -1 keeps a size; new dims in front are allowed.

Raises:
  ShapeError: a size other than 1 would change.)doc",
     Kind::kLinear, kMethod, [](Args& a) -> Answer { return expand(a.tensor(0), a.dims(1)); },
     "the cotangent summed over repeated dims"},
    {"expand_as", "input: Tensor, other: Tensor",
     R"doc(A view expanded to the shape of `other`.

Raises:
  ShapeError: as for expand.)doc",
     Kind::kComposite, kMethod,
     [](Args& a) -> Answer { return expand(a.tensor(0), a.tensor(1).sizes()); },
     "the cotangent summed over repeated dims"},
    {"broadcast_to", "input: Tensor, size: sizes",
     R"doc(A view broadcast to a shape, as arithmetic would.

Raises:
  ShapeError: the shape of the input does not broadcast to it.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return expand(a.tensor(0), a.dims(1)); },
     "the cotangent summed over repeated dims"},
    {"squeeze", "input: Tensor, dim: dims? = None",
     R"doc(A view without dims of size 1.

Args:
  dim: the dims to drop where their size is 1; default all.

Raises:
  IndexError: a dim is out of range.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer {
       return a.given(1) ? squeeze(a.tensor(0), a.dims(1)) : squeeze(a.tensor(0));
     },
     kSameElements},
    {"unsqueeze", "input: Tensor, dim: int",
     R"doc(A view with a new dim of size 1 at `dim`.

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return unsqueeze(a.tensor(0), a.integer(1)); }, kSameElements},
    {"flatten", "input: Tensor, start_dim: int = 0, end_dim: int = -1",
     R"doc(The dims from start_dim to end_dim as one.

Returns:
  A view where strides allow it, else a copy.

Raises:
  RuntimeError: start_dim comes after end_dim.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return flatten(a.tensor(0), a.integer(1), a.integer(2)); },
     kSameElements},
    {"unflatten", "input: Tensor, dim: int, sizes: ints",
     R"doc(One dim as several.

Args:
  sizes: their sizes; one may be -1.

Raises:
  ShapeError: their product is not the size of dim.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return unflatten(a.tensor(0), a.integer(1), a.dims(2)); },
     kSameElements},
    {"ravel", "input: Tensor",
     "All elements as a vector: a view where strides allow it, else a copy.", Kind::kComposite,
     kEverywhere, [](Args& a) -> Answer { return reshape(a.tensor(0), {a.tensor(0).numel()}); },
     kSameElements},
    {"movedim", "input: Tensor, source: ints, destination: ints",
     R"doc(A view with dims moved to new places, the others in their order.

Raises:
  ShapeError: source and destination differ in length.
  RuntimeError: a dim is named twice.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return movedim(a.tensor(0), a.dims(1), a.dims(2)); }, kSameElements},
    {"moveaxis", "input: Tensor, source: ints, destination: ints", "NumPy's name of movedim.",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return movedim(a.tensor(0), a.dims(1), a.dims(2)); }, kSameElements},
    {"narrow", "input: Tensor, dim: int, start: int, length: int",
     R"doc(A view of `length` elements along dim, from `start` on.

Raises:
  IndexError: start is out of range.
  ShapeError: the part ends beyond the dim.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer {
       return narrow(a.tensor(0), a.integer(1), a.integer(2), a.integer(3));
     },
     "the cotangent in a tensor of zeros"},
    {"select", "input: Tensor, dim: int, index: int",
     R"doc(A view of one index of a dim, without that dim.

Raises:
  IndexError: dim or index is out of range.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return select(a.tensor(0), a.integer(1), a.integer(2)); },
     "the cotangent in a tensor of zeros"},
    {"diagonal", "input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1",
     R"doc(A view of a diagonal of two dims, as the last dim.

Args:
  offset: above (positive) or below the main diagonal.

Raises:
  IndexError: a dim is out of range.
  RuntimeError: the dims are equal.)doc",
     Kind::kLinear, kEverywhere,
     [](Args& a) -> Answer {
       return diagonal(a.tensor(0), a.integer(1), a.integer(2), a.integer(3));
     },
     "the cotangent on the diagonal of a tensor of zeros"},
    {"as_strided", "input: Tensor, size: ints, stride: ints, storage_offset: int? = None",
     R"doc(A view of the input's storage with any sizes and strides.

Args:
  storage_offset: of the first element, from the start of the storage; default that of the input.

Raises:
  ShapeError: the view reaches outside the storage.)doc",
     Kind::kLinear, kEverywhere,
     [](Args& a) -> Answer {
       return as_strided(a.tensor(0), strided_arguments("as_strided", a, 1));
     },
     "the cotangent added into the storage and read back",
     "elements shown several times get the sum"},
    {"as_strided_scatter",
     "input: Tensor, src: Tensor, size: ints, stride: ints, storage_offset: int? = None",
     R"doc(A copy in which the elements that as_strided would show are those of `src`.

Raises:
  ShapeError: src does not have the shape `size`, or the view reaches outside the storage.)doc",
     Kind::kLinear, kEverywhere,
     [](Args& a) -> Answer {
       return as_strided_scatter(a.tensor(0), a.tensor(1),
                                 strided_arguments("as_strided_scatter", a, 2));
     },
     "the cotangent, split between the two"},
    {"broadcast_tensors", "tensors: Tensors -> Tensors",
     R"doc(Views of all tensors in their common shape.

Raises:
  ShapeError: the shapes do not broadcast.)doc",
     Kind::kComposite, kInModule,
     [](Args& a) { return answer(broadcast_tensors(Inputs(a.tensors(0)))); },
     "the cotangent summed over repeated dims"},
    {"meshgrid", "tensors: Tensors, *, indexing: str = 'ij' -> Tensors",
     R"doc(Coordinates of a grid: each vector expanded to the shape of all.

Args:
  indexing: 'ij' for matrix order, 'xy' for Cartesian order.

Raises:
  ShapeError: a tensor has more than one dim.)doc",
     Kind::kComposite, kInModule, [](Args& a) { return answer(meshgrid(a.tensors(0), a.text(1))); },
     "the cotangent summed over repeated dims"},
    {"atleast_1d", "tensors: Tensors -> Tensor | Tensors", "Views with at least one dim.",
     Kind::kComposite, kInModule, [](Args& a) { return all_at_least(a, 1); }, kSameElements},
    {"atleast_2d", "tensors: Tensors -> Tensor | Tensors",
     "Views with at least two dims; new ones stand in front.", Kind::kComposite, kInModule,
     [](Args& a) { return all_at_least(a, 2); }, kSameElements},
    {"atleast_3d", "tensors: Tensors -> Tensor | Tensors",
     "Views with at least three dims; a matrix gets its new dim at the end.", Kind::kComposite,
     kInModule, [](Args& a) { return all_at_least(a, 3); }, kSameElements},
};

Answer call_concat(Args& a) { return concat(Inputs(a.tensors(0)), a.integer(1)); }
Answer call_vstack(Args& a) { return join_at_least(a.op(), a.tensors(0), 2, 0); }

const Function kJoins[] = {
    {"cat", "tensors: Tensors, dim: int = 0",
     R"doc(Tensors one after the other along an existing dim; dtypes are promoted.

Raises:
  ShapeError: the shapes differ elsewhere than at dim.
  ValueError: no tensor is given.)doc",
     Kind::kLinear, kInModule, call_concat, "the part of the cotangent that each input fills"},
    {"concat", "tensors: Tensors, dim: int = 0", "Another name of cat.", Kind::kLinear, kInModule,
     call_concat, "the part of the cotangent that each input fills"},
    {"concatenate", "tensors: Tensors, dim: int = 0", "NumPy's name of cat.", Kind::kLinear,
     kInModule, call_concat, "the part of the cotangent that each input fills"},
    {"stack", "tensors: Tensors, dim: int = 0",
     R"doc(Tensors of one shape one after the other along a new dim.

Raises:
  ShapeError: the shapes differ.)doc",
     Kind::kLinear, kInModule,
     [](Args& a) -> Answer { return stack(Inputs(a.tensors(0)), a.integer(1)); },
     "the part of the cotangent that each input fills"},
    {"hstack", "tensors: Tensors", "Tensors side by side: along dim 1, vectors along dim 0.",
     Kind::kComposite, kInModule,
     [](Args& a) -> Answer { return join_at_least("hstack", a.tensors(0), 1, 1); },
     "the part of the cotangent that each input fills"},
    {"vstack", "tensors: Tensors", "Tensors on top of each other: along dim 0, vectors as rows.",
     Kind::kComposite, kInModule, call_vstack, "the part of the cotangent that each input fills"},
    {"row_stack", "tensors: Tensors", "Another name of vstack.", Kind::kComposite, kInModule,
     call_vstack, "the part of the cotangent that each input fills"},
    {"dstack", "tensors: Tensors", "Tensors behind each other: along dim 2.", Kind::kComposite,
     kInModule, [](Args& a) -> Answer { return join_at_least("dstack", a.tensors(0), 3, 2); },
     "the part of the cotangent that each input fills"},
    {"column_stack", "tensors: Tensors",
     "Vectors as columns of a matrix, and matrices side by side.", Kind::kComposite, kInModule,
     [](Args& a) -> Answer {
       Tensors parts;
       for (const Tensor& x : a.tensors(0))
         parts.push_back(x.dim() <= 1 ? reshape(x, {x.numel(), 1}) : x);
       if (parts.empty())
         fail(ErrorKind::kShape, "column_stack: expects a list with at least one tensor");
       return concat(Inputs(parts), 1);
     },
     "the part of the cotangent that each input fills"},
    {"split", "input: Tensor, split_size_or_sections: ints, dim: int = 0 -> Tensors",
     R"doc(Consecutive parts of a dim, as views.

Args:
  split_size_or_sections: the length of each part (the last may be shorter), or the list of lengths.

Returns:
  A tuple of tensors.

Raises:
  ShapeError: the lengths do not add up to the size of the dim.)doc",
     Kind::kLinear, kEverywhere,
     [](Args& a) {
       bool one_length = a.bare(1);
       return answer(one_length ? split(a.tensor(0), a.dims(1)[0], a.integer(2))
                                : split_with_sizes(a.tensor(0), a.dims(1), a.integer(2)));
     },
     "the cotangents joined"},
    {"split_with_sizes", "input: Tensor, split_sizes: ints, dim: int = 0 -> Tensors",
     R"doc(Consecutive parts of the given lengths, as views.

Raises:
  ShapeError: the lengths do not add up to the size of the dim.)doc",
     Kind::kLinear, kEverywhere,
     [](Args& a) { return answer(split_with_sizes(a.tensor(0), a.dims(1), a.integer(2))); },
     "the cotangents joined"},
    {"chunk", "input: Tensor, chunks: int, dim: int = 0 -> Tensors",
     R"doc(At most `chunks` consecutive parts of equal length (the last may be shorter), as views.

Raises:
  ValueError: chunks is not positive.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) { return answer(chunk(a.tensor(0), a.integer(1), a.integer(2))); },
     "the cotangents joined"},
    {"tensor_split", "input: Tensor, indices_or_sections: ints, dim: int = 0 -> Tensors",
     R"doc(Consecutive parts, as views, like NumPy's array_split.

Args:
  indices_or_sections: the number of parts, or the list of indices at which to cut.

Raises:
  ValueError: the number of parts is not positive.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) { return answer(tensor_split(a.tensor(0), a.dims(1), a.bare(1), a.integer(2))); },
     "the cotangents joined"},
    {"unbind", "input: Tensor, dim: int = 0 -> Tensors",
     R"doc(The indices of a dim one by one, as views without it.

Returns:
  A tuple of tensors.

Raises:
  IndexError: the tensor is 0-d or dim is out of range.)doc",
     Kind::kLinear, kEverywhere, [](Args& a) { return answer(unbind(a.tensor(0), a.integer(1))); },
     "the cotangents joined"},
};

const Function kMoves[] = {
    {"type_as", "input: Tensor, other: Tensor", "The values in the dtype of `other`.",
     Kind::kComposite, kMethod,
     [](Args& a) -> Answer { return to_dtype(a.tensor(0), a.tensor(1).dtype()); },
     "the cotangent in the input's dtype"},
    {"float", "input: Tensor", "The values as float32.", Kind::kLinear, kMethod,
     convert_to<DType::kFloat32>, "the cotangent in the input's dtype"},
    {"double", "input: Tensor", "The values as float64.", Kind::kLinear, kMethod,
     convert_to<DType::kFloat64>, "the cotangent in the input's dtype"},
    {"long", "input: Tensor", "The values as int64, rounded towards zero.", Kind::kLinear, kMethod,
     convert_to<DType::kInt64>, "none: integers carry no gradient"},
    {"int", "input: Tensor", "The values as int32, rounded towards zero.", Kind::kLinear, kMethod,
     convert_to<DType::kInt32>, "none: integers carry no gradient"},
    {"byte", "input: Tensor", "The values as uint8.", Kind::kLinear, kMethod,
     convert_to<DType::kUInt8>, "none: integers carry no gradient"},
    {"short", "input: Tensor", "The values as int16, rounded towards zero.", Kind::kLinear, kMethod,
     convert_to<DType::kInt16>, "none: integers carry no gradient"},
    {"char", "input: Tensor", "The values as int8, rounded towards zero.", Kind::kLinear, kMethod,
     convert_to<DType::kInt8>, "none: integers carry no gradient"},
    {"half", "input: Tensor", "The values as float16, rounded to the nearest.", Kind::kLinear,
     kMethod, convert_to<DType::kFloat16>, "the cotangent in the input's dtype"},
    {"bfloat16", "input: Tensor", "The values as bfloat16, rounded to the nearest.", Kind::kLinear,
     kMethod, convert_to<DType::kBFloat16>, "the cotangent in the input's dtype"},
    {"bool", "input: Tensor", "Whether each value differs from zero.", Kind::kLinear, kMethod,
     convert_to<DType::kBool>, "none: bools carry no gradient"},
    {"clone", "input: Tensor, *, memory_format: str? = None",
     R"doc(A copy, laid out as the input if `memory_format` is not contiguous_format; gradients flow through it.)doc",
     Kind::kLinear, kEverywhere,
     [](Args& a) -> Answer {
       return keeps_layout(a, 1) ? clone(a.tensor(0)) : contiguous_clone(a.tensor(0));
     },
     "1"},
    {"contiguous", "input: Tensor, memory_format: str? = None",
     "The tensor itself when its elements lie in order in memory, else a copy in which they do.",
     Kind::kComposite, kMethod, [](Args& a) -> Answer { return contiguous(a.tensor(0)); }, "1"},
    {"flip", "input: Tensor, dims: dims",
     R"doc(A copy with the order of dims reversed.

Raises:
  IndexError: a dim is out of range.
  RuntimeError: a dim is named twice.)doc",
     Kind::kLinear, kEverywhere, [](Args& a) -> Answer { return flip(a.tensor(0), a.dims(1)); },
     kSameElements},
    {"fliplr", "input: Tensor",
     R"doc(A copy with dim 1 reversed.

Raises:
  ShapeError: fewer than two dims.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer {
       if (a.tensor(0).dim() < 2)
         fail(ErrorKind::kShape, "fliplr: needs at least two dims, got shape ",
              a.tensor(0).sizes());
       return flip(a.tensor(0), {1});
     },
     kSameElements},
    {"flipud", "input: Tensor",
     R"doc(A copy with dim 0 reversed.

Raises:
  ShapeError: a 0-d tensor.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer {
       if (a.tensor(0).dim() < 1)
         fail(ErrorKind::kShape, "flipud: needs at least one dim, got a 0-d tensor");
       return flip(a.tensor(0), {0});
     },
     kSameElements},
    {"roll", "input: Tensor, shifts: ints, dims: ints = ()",
     R"doc(A copy with elements moved along dims; those that leave at one end enter at the other.

Args:
  shifts: how far, for each of dims.
  dims: without them the flattened tensor is rolled.

Raises:
  RuntimeError: shifts and dims differ in length.)doc",
     Kind::kLinear, kEverywhere,
     [](Args& a) -> Answer { return roll(a.tensor(0), a.dims(1), a.dims(2)); }, kSameElements},
    {"rot90", "input: Tensor, k: int = 1, dims: ints = (0, 1)",
     R"doc(The tensor turned by k quarters in the plane of two dims, from the first towards the second.

Raises:
  RuntimeError: dims are not two different ones.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return rot90(a.tensor(0), a.integer(1), a.dims(2)); }, kSameElements},
    {"tril", "input: Tensor, diagonal: int = 0",
     R"doc(The lower triangle of matrices, zeros elsewhere.

Args:
  diagonal: the last diagonal that is kept.

Raises:
  ShapeError: fewer than two dims.)doc",
     Kind::kLinear, kEverywhere | kInPlace,
     [](Args& a) -> Answer { return tril(a.tensor(0), a.integer(1)); },
     "the same triangle of the cotangent"},
    {"triu", "input: Tensor, diagonal: int = 0",
     R"doc(The upper triangle of matrices, zeros elsewhere.

Args:
  diagonal: the first diagonal that is kept.

Raises:
  ShapeError: fewer than two dims.)doc",
     Kind::kLinear, kEverywhere | kInPlace,
     [](Args& a) -> Answer { return triu(a.tensor(0), a.integer(1)); },
     "the same triangle of the cotangent"},
    {"diag", "input: Tensor, diagonal: int = 0",
     R"doc(A matrix with a vector on its diagonal, or the diagonal of a matrix (a copy).

Raises:
  ShapeError: neither one nor two dims.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return diag(a.tensor(0), a.integer(1)); }, kSameElements},
    {"diag_embed", "input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1",
     R"doc(Matrices with the last dim of the input on a diagonal.

Raises:
  IndexError: a dim is out of range.
  RuntimeError: the dims are equal.)doc",
     Kind::kLinear, kEverywhere,
     [](Args& a) -> Answer {
       return diag_embed(a.tensor(0), a.integer(1), a.integer(2), a.integer(3));
     },
     kSameElements},
    {"repeat", "input: Tensor, repeats: sizes",
     R"doc(Copies side by side, `repeats[k]` along dim k; new dims in front are allowed.

Raises:
  ShapeError: fewer repeats than dims, or a negative one.)doc",
     Kind::kComposite, kMethod, [](Args& a) -> Answer { return repeat(a.tensor(0), a.dims(1)); },
     "the cotangent summed over the copies"},
    {"tile", "input: Tensor, dims: sizes",
     "As repeat; missing leading counts are 1 (NumPy's rule).", Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return tile(a.tensor(0), a.dims(1)); },
     "the cotangent summed over the copies"},
    {"repeat_interleave", "input: Tensor, repeats: Operand, dim: int? = None",
     R"doc(Each element repeated in place.

Args:
  repeats: how often; an integer, or an integer tensor with a count for each index of dim.
  dim: without it the tensor is flattened.

Raises:
  ValueError: a negative count.
  ShapeError: the number of counts is not the size of dim.)doc",
     Kind::kComposite, kEverywhere | kShapeOfValues,
     [](Args& a) -> Answer {
       Tensor x = a.given(2) ? a.tensor(0) : reshape(a.tensor(0), {a.tensor(0).numel()});
       int64_t dim = a.given(2) ? a.integer(2) : 0;
       Operand repeats = a.operand(1);
       if (repeats.tensor) return repeat_interleave(x, *repeats.tensor, dim);
       if (repeats.number.category != Category::kInteger)
         fail(ErrorKind::kType, "repeat_interleave: repeats must be an int or integers");
       return repeat_interleave(x, repeats.number.as_int(), dim);
     },
     "the cotangent summed over the copies"},
    {"pad", "input: Tensor, pad: dims, mode: str = 'constant', value: Number? = None",
     R"doc(Elements added around a tensor.

Args:
  pad: (before, after) of the last dim, then of the dim before it, and so on; negative counts crop.
  mode: 'constant', 'reflect', 'replicate' or 'circular'.
  value: what 'constant' adds; default 0.

Raises:
  ShapeError: more pairs than dims, or padding that does not fit.
  NotImplementedError: an unknown mode.)doc",
     Kind::kGeneral, in("nn.functional"),
     [](Args& a) -> Answer {
       if (a.given(3) && a.text(2) != "constant") {
         fail(ErrorKind::kValue, "pad: mode '", a.text(2), "' takes no value; leave it out");
       }
       return pad(a.tensor(0), a.dims(1), a.text(2), a.given(3) ? a.number(3) : Scalar(0));
     },
     "the cotangent cropped; copies of an element add up"},
};

const Rows views(kViews), joins(kJoins), moves(kMoves);

}  // namespace

}  // namespace pyad
