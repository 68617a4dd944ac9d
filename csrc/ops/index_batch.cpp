// Batching rules of indexing. Where positions are of a batch, the batch is one more indexed dim: each
// example's positions count from its own rows.
#include "core/error.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

/// Dims [from, from + count) moved to `to`, the others in their order.
Tensor move_block(const Tensor& x, int from, int count, int to) {
  Dims source, destination;
  for (int d = 0; d < count; ++d) {
    source.push_back(from + d);
    destination.push_back(to + d);
  }
  return movedim(x, source, destination);
}

int64_t places_of(const Tensor& all, int dim, int count) {
  int64_t n = 1;
  for (int d = dim; d < dim + count; ++d) n *= all.size(d);
  return n;
}

/// Where each of `count` examples of `places` places begins.
struct FirstPlaces : Plain<"first_places", 0> {
  struct Attr {
    int64_t count = 0, places = 0;
  };
  static Tensor forward(const Attr& attr, Inputs) {
    Tensor start = empty({attr.count}, DType::kInt64);
    for (int64_t e = 0; e < attr.count; ++e) start.data<int64_t>()[e] = e * attr.places;
    return start;
  }
};

[[noreturn]] void fail_dynamic(const char* op) {
  fail(ErrorKind::kRuntime, "vmap: ", op,
       ": the shape of the result depends on the values, so it differs from example to example and "
       "has no batch (nonzero, masked_select, x[mask]); use where or masked_fill");
}

}  // namespace

Tensor offset_positions(const Tensor& positions, int64_t places) {
  const int64_t size = positions.size(0);
  const Tensor start = run_plain<FirstPlaces>({size, places}, {});
  Dims sizes = Dims::filled(positions.dim(), 1);
  if (sizes.size() > 0) sizes[0] = size;
  return positions + reshape(start, sizes);
}

Tensor IndexGet::batch(const Attr& attr, const Examples& in) {
  if (!in.batched(1)) return call<IndexGet>({attr.dim + 1, attr.count}, in[0], in[1]);
  Tensor x = move_block(in.front(0), attr.dim + 1, attr.count, 1);
  Tensor rows =
      call<IndexGet>({0, attr.count + 1}, x, offset_positions(in[1], places_of(x, 1, attr.count)));
  return move_block(rows, 1, in.rank(1), attr.dim + 1);
}

Tensor IndexGetTranspose::batch(const Attr& attr, const Examples& in) {
  Dims sizes = attr.sizes;
  sizes.insert(0, in.size());
  if (!in.batched(1))
    return call<IndexGetTranspose>({attr.dim + 1, attr.count, sizes}, in[0], in[1]);
  Tensor g = move_block(in.front(0), attr.dim + 1, in.rank(1), 1);
  Dims moved{in.size()};
  int64_t places = 1;
  for (int d = attr.dim; d < attr.dim + attr.count; ++d) {
    moved.push_back(attr.sizes[d]);
    places *= attr.sizes[d];
  }
  for (int d = 0; d < attr.sizes.size(); ++d)
    if (d < attr.dim || d >= attr.dim + attr.count) moved.push_back(attr.sizes[d]);
  Tensor out =
      call<IndexGetTranspose>({0, attr.count + 1, moved}, g, offset_positions(in[1], places));
  return move_block(out, 1, attr.count, attr.dim + 1);
}

Tensor IndexPut::batch(const Attr& attr, const Examples& in) {
  if (!in.batched(2)) {
    return call<IndexPut>({attr.dim + 1, attr.count, attr.accumulate, attr.keeps_layout},
                          in.front(0), in.front(1), in[2]);
  }
  Tensor x = move_block(in.front(0), attr.dim + 1, attr.count, 1);
  Tensor value = move_block(in.front(1), attr.dim + 1, in.rank(2), 1);
  Tensor out = call<IndexPut>({0, attr.count + 1, attr.accumulate}, x, value,
                              offset_positions(in[2], places_of(x, 1, attr.count)));
  return move_block(out, 1, attr.count, attr.dim + 1);
}

// A 0-d example counts as one of one dim, be it the array or the index.
Tensor Gather::batch(const Attr& attr, const Examples& in) {
  Tensor y = call<Gather>({attr.dim + 1}, with_ones_at(in.front(0), 1, 2),
                          with_ones_at(in.front(1), 1, 2));
  return in.rank(1) == 0 ? squeeze(y, {1}) : y;
}

Tensor GatherTranspose::batch(const Attr& attr, const Examples& in) {
  Dims sizes = attr.sizes;
  if (sizes.empty()) sizes.push_back(1);
  sizes.insert(0, in.size());
  Tensor y = call<GatherTranspose>({attr.dim + 1, sizes}, with_ones_at(in.front(0), 1, 2),
                                   with_ones_at(in.front(1), 1, 2));
  return attr.sizes.empty() ? squeeze(y, {1}) : y;
}

Tensor FlattenIndices::batch(const Attr& attr, const Examples& in) {
  int dims = 0;
  for (int i = 0; i < in.count(); ++i) dims = std::max(dims, in.rank(i));
  Tensors all;
  for (int i = 0; i < in.count(); ++i)
    all.push_back(in.batched(i) ? with_ones_at(in[i], 1, dims + 1) : in[i]);
  return call<FlattenIndices>(attr, Inputs(all));
}

Tensor NonZero::batch(const Attr&, const Examples&) { fail_dynamic("nonzero"); }
Tensor FlatNonZero::batch(const Attr&, const Examples&) { fail_dynamic("nonzero"); }

}  // namespace pyad
