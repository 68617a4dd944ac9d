// See writes.hpp.
#include "dispatch/writes.hpp"

#include "core/interrupt.hpp"
#include "core/layout.hpp"
#include "dispatch/inplace.hpp"
#include "kernels/index.hpp"
#include "kernels/strided.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

/// Whether swapping the buffer of the storage replaces exactly the elements of `target`.
bool owns_whole_storage(const Tensor& target) {
  const TensorImpl& p = *target.impl();
  return is_dense(target) && p.offset == 0 && !p.storage->readonly && !p.storage->buffer->lent &&
         p.storage->buffer->bytes == static_cast<size_t>(p.numel) * item_size(p.dtype);
}

/// A new array of one number, as a call that is data.
struct Filled : Plain<"full", 0> {
  struct Attr {
    Sizes sizes;
    Dims strides;
    DType dtype = DType::kFloat32;
    Scalar value;
  };
  static Tensor forward(const Attr& attr, Inputs) {
    Tensor t = full(attr.sizes, attr.value, attr.dtype);
    return alias(t, {attr.sizes, attr.strides, 0});
  }
};

/// Elements in another dtype, or another order of memory.
struct Copied : Plain<"to"> {
  static constexpr bool moves = true;
  struct Attr {
    DType dtype = DType::kFloat32;
    Dims strides;
  };
  static Tensor forward(const Attr& attr, Inputs in) {
    return in[0].dtype() == attr.dtype ? values_with(in[0], attr.strides)
                                       : convert(in[0], attr.dtype);
  }
};

}  // namespace

Tensor Fill::forward(const Attr& attr, Inputs in) {
  const Tensor& target = in[0];
  uint64_t value = 0;
  attr.value.store(target.dtype(), &value, attr.op, Door::kWrite);
  Whole whole;
  target.impl()->storage->prepare_write(attr.op);
  fill_values(target, &value);
  return target;
}

Tensor CopyInto::forward(const Attr& attr, Inputs in) {
  const Tensor &target = in[0], &value = in[1];
  Tensor v = value.dtype() == target.dtype() ? value : convert(value, target.dtype());
  if (may_overlap(target, v)) {
    Tensor fresh = empty_like(v);
    copy_into(fresh, v);
    v = fresh;
  }
  Storage& storage = *target.impl()->storage;
  Storage& source = *v.impl()->storage;
  if (owns_whole_storage(target) && same_layout(v, target) && v.offset() == 0 &&
      !source.buffer->lent && !source.readonly && source.buffer->bytes == storage.buffer->bytes &&
      !v.impl()->host_object) {
    // A temporary of the engine: its buffer is taken instead of copied. If somebody else has it (a
    // node saved it), the next write through either storage copies.
    storage.replace_buffer(source.buffer);
    ++storage.version;
    return target;
  }
  Whole whole;
  storage.prepare_write(attr.op);
  copy_into(target, v);
  return target;
}

Tensor PutRows::forward(const Attr& attr, Inputs in) {
  Whole whole;
  in[0].impl()->storage->prepare_write(attr.op);
  move_rows(attr.op, Move::kPut, in[0], attr.dim, attr.count, in[1], in[2]);
  return in[0];
}

void write_values(const char* op, const Tensor& target, const Tensor& value) {
  const Tensor in[] = {target, value};
  run_plain<CopyInto>({op}, in);
}

void describe_filled(const Running& now, const Tensor& made, Scalar v) {
  const Filled::Attr attr{made.sizes(), made.strides(), made.dtype(), v};
  now.is(op_info<Filled>(), &attr, {});
  now.gave(made);
}

void describe_copied(const Running& now, const Tensor& x, const Tensor& made) {
  if (made.is(x)) return;
  const Copied::Attr attr{made.dtype(), made.strides()};
  now.is(op_info<Copied>(), &attr, {&x, 1});
  now.gave(made);
}

}  // namespace pyad
