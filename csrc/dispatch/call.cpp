// The way of an op call: tangents, recording, execution: Note [Op records].
//
// Nothing active costs two branches: no open level, and no input that asks for a
// gradient.
#include "dispatch/call.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "core/run_log.hpp"
#include "dispatch/batch.hpp"
#include "dispatch/op_node.hpp"
#include "dispatch/stored.hpp"
#include "dispatch/tangent.hpp"
#include "ops/functions.hpp"
#include "ops/roots.hpp"

namespace pyad {

namespace {

std::vector<const OpInfo*>& table() {
  static std::vector<const OpInfo*> all;
  return all;
}

bool saves(const OpInfo& op, int bit) { return op.save >> bit & 1; }

Tensor one_forward(const OpInfo& op, const void* attr, Inputs in) {
  const Running now(op, attr, in);
  Tensor y = op.forward(attr, in);
  now.gave(y);
  return y;
}

Tensors jvp_of(const OpInfo& op, const void* attr, Inputs in, const Tensors& tangents,
               const Tensors& out) {
  if (op.kind == Kind::kPlain) return Tensors(out.size());
  if (op.kind == Kind::kLinear) {
    Tensors full(tangents);
    for (size_t i = 0; i < full.size(); ++i)
      if (!full[i].defined() && in[i].defined())
        full[i] = is_floating(in[i].dtype()) ? zeros_like(in[i]) : in[i];
    return call_op(op, attr, full);
  }
  if (op.kind == Kind::kBilinear) {
    Tensor sum;
    for (size_t i = 0; i < 2; ++i) {
      if (!tangents[i].defined()) continue;
      const Tensor pair[] = {i == 0 ? tangents[0] : in[0], i == 1 ? tangents[1] : in[1]};
      Tensor part = call_op_one(op, attr, pair);
      sum = sum.defined() ? graph_arithmetic.add(sum, part) : part;
    }
    return {sum};
  }
  Tangents t(in, tangents, out);
  return op.jvp ? op.jvp(attr, t) : push_by_transpose(op, attr, t, in, out);
}

/// Forward mode: see Note [Forward-mode levels].
Tensors call_dual(const OpInfo& op, const void* attr, Inputs in, int level) {
  Tensors primals, tangents;
  for (const Tensor& x : in) {
    primals.push_back(x.defined() ? primal_at(x, level) : Tensor());
    tangents.push_back(x.defined() ? tangent_at(x, level) : Tensor());
  }
  uint64_t first = next_node_number();
  Tensors out = call_op(op, attr, primals);
  Tensors t_out = jvp_of(op, attr, primals, tangents, out);
  for (const Tensor& y : out) {
    Node* node = op.save && y.defined() ? node_of(y) : nullptr;
    if (!node || node->seq() < first) continue;
    for (int bit = 0; bit < 16; ++bit) {
      if (!saves(op, bit)) continue;
      const Tensors& from = bit < 8 ? tangents : t_out;
      auto i = static_cast<size_t>(bit % 8);
      if (bit >= 8 && t_out.size() > out.size() && t_out[out.size()].defined()) i = out.size();
      if (i < from.size() && from[i].defined()) keep_tangent(*node, bit, level, from[i]);
    }
    break;
  }
  Ref<Object> told;
  if (t_out.size() == 3 && out.size() == 1) {  // a root
    auto* root = new RootTangent;
    told = Ref<Object>(root);
    root->for_rule = t_out[1];
    root->x[0] = t_out[2];
  }
  for (size_t k = 0; k < out.size(); ++k)
    if (k < t_out.size() && t_out[k].defined() && (op.diff_outputs >> k & 1))
      out[k] = make_dual(out[k], t_out[k], level, told);
  if (op.view) {
    for (Tensor& y : out)
      set_base(y, in[0]);  // the original, not the stripped primal: writes must reach its tangents
  }
  return out;
}

/// Whether a call may be another than one on plain tensors that kernels take: one branch for both.
bool special_possible() { return (mode.levels | int{stored_dtypes_seen}) != 0; }
[[gnu::cold, gnu::noinline]] bool is_special(const OpInfo& op, Inputs in) {
  return at_level(in) || (!op.moves && any_stored(in));
}

bool wanted(const OpInfo& op, Inputs in) {
  if (!mode.grad || op.kind == Kind::kPlain) return false;
  for (const Tensor& x : in)
    if (x.defined() && x.requires_grad()) return true;
  return false;
}

Ref<Node> make_node(const OpInfo& op, const void* attr, Inputs in, std::span<const Tensor> out,
                    int n_outputs) {
  OpNode* node = OpNode::make(op, attr, op.save, static_cast<int>(in.size()), n_outputs);
  Ref<Node> hold(node);
  InputSlot* slots = node->slots();
  for (size_t i = 0; i < in.size(); ++i)
    if (in[i].defined()) node->connect(slots[i], in[i]);
  Saved* at = node->saved();
  for (unsigned left = op.save; left; left &= left - 1) {
    const int bit = __builtin_ctz(left);
    const Tensor& x = bit < 8 ? in[static_cast<size_t>(bit)] : out[static_cast<size_t>(bit - 8)];
    if (x.defined()) at->keep(x);
    ++at;
  }
  return hold;
}

void record(const OpInfo& op, const void* attr, Inputs in, std::span<const Tensor> out) {
  int n_out = static_cast<int>(out.size());
  if (op.has_square && op.has_square(attr, out[0])) ++n_out;
  Ref<Node> node = make_node(op, attr, in, out, n_out);
  for (size_t k = 0; k < out.size(); ++k)
    if ((op.diff_outputs >> k & 1) && out[k].defined() && is_floating(out[k].dtype()))
      set_history(out[k], node.get(), static_cast<int>(k));
}

}  // namespace

void OpNode::rule_backward(Backward& b) {
  Rule rule(b, saved(), op_.save, op_.diff_outputs);
  if (op_.vjp) return op_.vjp(attr(), rule);
  if (!op_.transpose || (!rule.g().defined() && n_outputs() == 1)) return;
  const bool product = op_.kind == Kind::kBilinear;
  for (int i = 0; i < n_inputs(); ++i)
    if (rule.needs(i))
      rule.give(i, op_.transpose(attr(), rule, i, product ? rule.in(1 - i) : Tensor()));
}

bool OpNode::may_have_square() const {
  return op_.is_elementwise() ? static_cast<const ElementwiseInfo&>(op_).root
                              : op_.has_square != nullptr;
}

Tensor OpNode::rule_square(const Tensor* grads) {
  if (!op_.has_square) return grads[0];
  Tensor own[2] = {grads[0], grads[1]};
  Backward b(*this, own, nullptr);
  Tensor part = Rule(b, saved(), op_.save, op_.diff_outputs).out() * grads[1];
  return grads[0].defined() ? graph_arithmetic.add(grads[0], part) : part;
}

void enter_op(const OpInfo& info) { table().push_back(&info); }

const OpInfo& derived_record(const void* key, OpInfo (*make)(const void* key)) {
  static std::mutex lock;
  static std::map<std::pair<const void*, OpInfo (*)(const void*)>, OpInfo> all;  // never move
  std::lock_guard hold(lock);
  auto [at, fresh] = all.try_emplace({key, make});
  if (fresh) {
    at->second = make(key);
    enter_op(at->second);
  }
  return at->second;
}

std::span<const OpInfo* const> op_infos() { return table(); }

Ref<Node> lone_node(const OpInfo& op, const void* attr, Inputs in, int n_outputs) {
  OpNode* node = OpNode::make(op, attr, op.save, static_cast<int>(in.size()), n_outputs);
  Ref<Node> hold(node);
  for (size_t i = 0; i < in.size(); ++i)
    if (in[i].defined()) node->connect(node->slots()[i], Edge{}, in[i].dtype(), in[i].sizes());
  return hold;
}

Saved* saved_of(Node& node) { return static_cast<OpNode&>(node).saved(); }

Ref<Node> record_op(const OpInfo& op, const void* attr, Inputs in) {
  return make_node(op, attr, in, {}, 1);
}

Tensors run_op(const OpInfo& op, const void* attr, Inputs in) {
  const Running now(op, attr, in);
  Tensors out;
  if (op.forward)
    out.push_back(op.forward(attr, in));
  else
    out = op.forward_many(attr, in);
  now.gave(out);
  return out;
}

Tensors call_op(const OpInfo& op, const void* attr, Inputs in) {
  if (op.is_elementwise()) return {call_elementwise(attr, in)};
  if (special_possible()) {
    if (!op.moves && any_stored(in)) return call_stored(op, attr, in);
    if (const int level = batch_level_of(in); level >= 0) return call_batched(op, attr, in, level);
    if (const int level = dual_level_of(in); level >= 0) return call_dual(op, attr, in, level);
  }
  Tensors out = run_op(op, attr, in);
  if (op.view)
    for (Tensor& y : out) set_base(y, in[0]);
  if (wanted(op, in)) record(op, attr, in, out);
  return out;
}

Tensor call_op_one(const OpInfo& op, const void* attr, Inputs in) {
  if (!op.forward || (special_possible() && is_special(op, in)))
    return std::move(call_op(op, attr, in)[0]);
  Tensor out = one_forward(op, attr, in);
  if (op.view) set_base(out, in[0]);
  if (wanted(op, in)) record(op, attr, in, {&out, 1});
  return out;
}

}  // namespace pyad
