// See call_log.hpp.
#include "dispatch/call_log.hpp"

#include <cstring>

#include "core/layout.hpp"
#include "graph/mode.hpp"
#include "kernels/strided.hpp"

namespace pyad {

namespace {

/// The elements that `x` has now, in memory of their own that is laid out as its is: a copy, since a
/// shared buffer would change how the program writes.
Tensor kept_as_it_is(const Tensor& x) {
  if (!x.defined()) return x;
  if (x.is_batched()) return kept_as_it_is(all_examples(x));
  const Layout layout = x.layout();
  int64_t low = 0, high = 0;
  if (x.numel() > 0) {
    for (int d = 0; d < x.dim(); ++d)
      (x.stride(d) < 0 ? low : high) += x.stride(d) * (x.size(d) - 1);
    ++high;
  }
  const size_t item = item_size(x.dtype());
  Ref<Buffer> memory = allocate_buffer(static_cast<size_t>(high - low) * item);
  if (high > low)
    std::memcpy(memory->data, x.bytes() + low * static_cast<int64_t>(item),
                static_cast<size_t>(high - low) * item);
  return make_tensor(make_ref<Storage>(std::move(memory)), x.dtype(),
                     {layout.sizes, layout.strides, -low});
}

Tensors kept_as_they_are(Inputs xs) {
  Tensors all;
  for (const Tensor& x : xs) all.push_back(kept_as_it_is(x));
  return all;
}

bool same_elements(const Tensor& a, const Tensor& b) {
  if (!(a.sizes() == b.sizes()) || a.dtype() != b.dtype()) return false;
  const Tensor x = contiguous_values(a), y = contiguous_values(b);
  const size_t bytes = static_cast<size_t>(a.numel()) * item_size(a.dtype());
  if (!bytes || !std::memcmp(x.bytes(), y.bytes(), bytes)) return true;
  if (!is_floating(a.dtype())) return false;
  // Not a number, whichever of them.
  const Tensor u = convert(x, DType::kFloat64), v = convert(y, DType::kFloat64);
  for (int64_t i = 0; i < a.numel(); ++i) {
    const double p = u.data<double>()[i], q = v.data<double>()[i];
    if (!(p == q || (p != p && q != q))) return false;
  }
  return true;
}

}  // namespace

void CallLog::open() {
  now_ = {};
  gave_ = false;
}

void CallLog::is(const OpInfo& op, const void* attr, std::span<const Tensor> in) {
  const Unlogged off;
  now_.op = &op;
  now_.attr = KeptAttr(op.attr, attr);
  now_.in = kept_as_they_are(in);
  if (!hold_) return;
  given_.assign(in.begin(), in.end());
  for (const Tensor& x : in) look(x, "before ", false);
}

void CallLog::gave(std::span<const Tensor> out) {
  const Unlogged off;
  now_.out = kept_as_they_are(out);
  gave_ = true;
  if (!hold_) return;
  for (const Tensor& y : out) look(y, "", !now_.op->view);
  for (const Tensor& x : given_) look(x, "in ", false);
  given_.clear();
}

void CallLog::look(const Tensor& x_in, const char* when, bool written) {
  if (!x_in.defined()) return;
  const Tensor& x = all_examples(x_in);
  Storage* storage = x.impl()->storage.get();
  const Buffer& buffer = *storage->buffer;
  const char* data = static_cast<const char*>(buffer.data);
  auto [at, fresh] = held_.try_emplace(storage);
  Held& held = at->second;
  if (fresh) held.storage = Ref<Storage>(storage);
  const bool same =
      fresh || (held.bytes.size() == buffer.bytes &&
                (buffer.bytes == 0 || !std::memcmp(held.bytes.data(), data, buffer.bytes)));
  if (!same && !written) {
    outside_.push_back(cat("memory of ", x, " changed ", *when ? when : "by the time of ",
                           now_.op ? now_.op->name : "the end"));
  }
  if (fresh || !same) held.bytes.assign(data, data + buffer.bytes);
}

const std::vector<std::string>& CallLog::outside() {
  for (auto& [storage, held] : held_) {
    const Buffer& buffer = *storage->buffer;
    if (held.bytes.size() != buffer.bytes ||
        (buffer.bytes && std::memcmp(held.bytes.data(), buffer.data, buffer.bytes)))
      outside_.push_back(cat("memory of ", held.bytes.size(), " bytes changed before the end"));
  }
  return outside_;
}

void CallLog::close() {
  if (now_.op && gave_) {
    calls_.push_back(std::move(now_));
  } else if (!now_.op && now_.pieces) {
    outside_.emplace_back("a call that says no record");
  }
  now_ = {};
}

void CallLog::memory(const char* what) {
  if (depth > 0)
    ++now_.pieces;
  else
    outside_.emplace_back(what);
}

void CallLog::read() { reads_ += depth == 0; }

std::string CallLog::differs_again(const Call& call) {
  const OpInfo& op = *call.op;
  if (op.outside) return {};
  ModeGuard put_back;
  mode.grad = false;
  const Tensors in = kept_as_they_are(call.in);  // an op that writes, writes into these
  // By way of their serial form, where they have one.
  const KeptAttr attr = op.attr.make ? KeptAttr::from(op.attr, call.attr.numbers()) : call.attr;
  Tensors out;
  if (op.forward)
    out.push_back(op.forward(attr.get(), in));
  else
    out = op.forward_many(attr.get(), in);
  const std::string name = cat(op.name, *op.part ? " " : "", op.part, call.attr.text());
  if (out.size() != call.out.size())
    return cat(name, ": ", out.size(), " results, not ", call.out.size());
  for (size_t k = 0; k < out.size(); ++k) {
    if (out[k].defined() != call.out[k].defined() ||
        (out[k].defined() && !same_elements(out[k], call.out[k])))
      return cat(name, ": result ", k, " is another");
  }
  for (size_t i = 0; i < in.size(); ++i)
    if (in[i].defined() && !op.writes_to(i) && !same_elements(in[i], call.in[i]))
      return cat(name, ": input ", i, " was written");
  return {};
}

namespace {

/// A row and its arguments, of which the tensors are inputs.
struct RowCall {
  const Function* row = nullptr;
  std::vector<Arg> args;
};

template <class Use>
void each_tensor(std::span<Arg> args, Use&& use) {
  for (Arg& a : args) {
    if (a.is == Arg::Is::kTensor && a.tensor.defined()) use(a.tensor);
    for (Tensor& x : a.tensors()) use(x);
  }
}

Tensors results_of(const Answer& answer) {
  if (answer.is == Answer::Is::kTensor) return {answer.tensor};
  if (answer.is == Answer::Is::kTuple) return answer.tensors;
  return {};
}

OpInfo row_record(const void* row) {
  OpInfo info;
  info.name = static_cast<const Function*>(row)->name;
  info.part = "row";
  info.outside = static_cast<const Function*>(row)->places.flags & kUnspecified;
  info.inputs = info.outputs = kAny;
  info.attr.size = sizeof(RowCall);
  info.attr.copy = [](void* to, const void* from) {
    new (to) RowCall(*static_cast<const RowCall*>(from));
  };
  info.attr.destroy = [](void* attr) noexcept { static_cast<RowCall*>(attr)->~RowCall(); };
  info.attr.visit = [](void* attr, Fields& use) {
    for (Arg& a : static_cast<RowCall*>(attr)->args) {
      const char* text = a.text().c_str();
      int is = static_cast<int>(a.is);
      use.number(&is, Fields::Is::kInt32);
      detail::visit(a.number, use);
      use.number(&a.dtype, Fields::Is::kDType);
      use.dims(a.dims);
      for (double& v : a.reals()) use.number(&v, Fields::Is::kDouble);
      use.text(text);
    }
  };
  info.forward_many = [](const void* attr, Inputs in) {
    const auto& call = *static_cast<const RowCall*>(attr);
    std::vector<Arg> own = call.args;
    size_t next = 0;
    each_tensor(own, [&](Tensor& x) { x = in[next++]; });
    Args args(call.row->name, own);
    return results_of(call.row->call(args));
  };
  return info;
}

}  // namespace

Answer run_row_logged(const Running& now, const Function& row, Args& args) {
  RowCall call{&row, {args.all().begin(), args.all().end()}};
  Tensors in;
  each_tensor(call.args, [&](Tensor& x) { in.push_back(x); });
  now.is(derived_record(&row, row_record), &call, in);
  Answer answer = row.call(args);
  now.gave(results_of(answer));
  return answer;
}

void describe_given(const Running& now, const Tensor& made) {
  static const OpInfo& record = derived_record("tensor", [](const void* name) {
    OpInfo info;
    info.name = static_cast<const char*>(name);
    info.inputs = 0;
    info.outside = true;
    return info;
  });
  now.is(record, nullptr, {});
  now.gave(made);
}

}  // namespace pyad
