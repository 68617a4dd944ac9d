// From ops, as they are applied, to a program. See the notes in trace.hpp.
#include "scalar/trace.hpp"

#include <bit>

#include "core/error.hpp"
#include "scalar/names.hpp"

namespace pyad {

namespace {
constexpr uint32_t kNone = 0xffffffff;
[[gnu::tls_model("initial-exec")]] thread_local constinit ScalarTrace* current = nullptr;

uint64_t mix(uint64_t h, uint64_t v) {
  h = (h ^ v) * 0x9e3779b97f4a7c15u;
  return h ^ h >> 29;
}
bool same_bits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}
}  // namespace

int detail::open_traces = 0;
ScalarTrace* detail::current_trace() { return current; }

ScalarTrace::ScalarTrace() : begin_(detail::scalar_memory.made) {}

ScalarTrace::~ScalarTrace() {
  close();
  for (ScalarNode* n : held_) release_scalar(n);
}

void ScalarTrace::open() {
  if (open_) return;
  open_ = true;
  waiting_ = current;
  current = this;
  ++detail::open_traces;
}

void ScalarTrace::close() {
  if (!open_) return;
  open_ = false;
  // Traces of one thread end in any order when exceptions keep frames alive.
  ScalarTrace** link = &current;
  while (*link && *link != this) link = &(*link)->waiting_;
  if (*link) *link = waiting_;
  --detail::open_traces;
}

void ScalarTrace::hold(ScalarNode* n, uint32_t number) {
  held_.push_back(n);
  ++n->count;
  numbers_[n] = number;
}

void ScalarTrace::add_input(ScalarNode* n) {
  entries_.push_back({Entry::kInput, true, 0, {inputs_++, 0, 0}, kNone, 0});
  hold(n, static_cast<uint32_t>(entries_.size()) - 1);
}

uint32_t ScalarTrace::add(const Entry& e) {
  const size_t n_params =
      e.kind == Entry::kStep ? static_cast<size_t>(scalar_rules()[e.op].num_params) : 0;
  uint64_t h = mix(e.kind, std::bit_cast<uint64_t>(e.value));
  h = mix(mix(h, e.op * 2u + e.recorded), e.in[0] | uint64_t{e.in[1]} << 32);
  h = mix(h, e.in[2]);
  for (size_t i = 0; i < n_params; ++i) h = mix(h, std::bit_cast<uint64_t>(params_[e.params + i]));
  auto [at, end] = known_.equal_range(h);
  for (; at != end; ++at) {
    const Entry& o = entries_[at->second];
    bool same = o.kind == e.kind && same_bits(o.value, e.value) && o.op == e.op &&
                o.recorded == e.recorded && o.in[0] == e.in[0] && o.in[1] == e.in[1] &&
                o.in[2] == e.in[2];
    for (size_t i = 0; same && i < n_params; ++i)
      same = same_bits(params_[o.params + i], params_[e.params + i]);
    if (same) return at->second;
  }
  const auto number = static_cast<uint32_t>(entries_.size());
  if (number == kNone) fail(ErrorKind::kMemory, "compile: a program of more than 2^32 steps");
  entries_.push_back(e);
  known_.emplace(h, number);
  return number;
}

uint32_t ScalarTrace::constant(double v) {
  return add({Entry::kConstant, true, 0, {0, 0, 0}, kNone, v});
}

uint32_t ScalarTrace::number_of(const ScalarOperand& in) {
  if (!in.node) return constant(in.value);
  if (auto at = numbers_.find(in.node); at != numbers_.end()) return at->second;
  if (in.node->interior()) {
    const std::string_view op = op_name(in.node);
    if (in.node->number() > begin_) {
      fail(ErrorKind::kRuntime, "compile: a Value with partials of its own (op '", op,
           "') has no formula that could be evaluated again; write it with pyad's functions");
    }
    fail(ErrorKind::kRuntime, "compile: the function uses a Value that was computed outside (op '",
         op, "'); compute it inside, or pass it as an argument");
  }
  if (in.node->number() > begin_) return constant(in.value);
  // A leaf from outside, such as a parameter: read again at every call.
  entries_.push_back({Entry::kInput, true, 0, {inputs_++, 0, 0}, kNone, 0});
  const auto number = static_cast<uint32_t>(entries_.size()) - 1;
  hold(in.node, number);
  outer_.push_back(in.node);
  return number;
}

bool ScalarTrace::varies(const ScalarNode* n) const {
  if (auto at = numbers_.find(n); at != numbers_.end())
    return entries_[at->second].kind != Entry::kConstant;
  return n->number() <= begin_;
}

/// The value itself where the op changes no bit of it, else kNone.
uint32_t ScalarTrace::simplified(const Entry& e) const {
  if (!e.recorded) return kNone;
  auto is = [&](int i, double v) {
    const Entry& o = entries_[e.in[i]];
    return o.kind == Entry::kConstant && same_bits(o.value, v);
  };
  if (e.op == kOpId<"mul">) return is(1, 1) ? e.in[0] : is(0, 1) ? e.in[1] : kNone;
  if (e.op == kOpId<"div"> || e.op == kOpId<"pow">) return is(1, 1) ? e.in[0] : kNone;
  if (e.op == kOpId<"sub">) return is(1, 0) ? e.in[0] : kNone;
  if (e.op == kOpId<"neg">) {
    const Entry& o = entries_[e.in[0]];
    return o.kind == Entry::kStep && o.recorded && o.op == e.op ? o.in[0] : kNone;
  }
  return kNone;
}

void ScalarTrace::note(ScalarNode* result, uint16_t op, const ScalarOperand* in,
                       const double* params) {
  const ScalarRule& rule = scalar_rules()[op];
  Entry e{Entry::kStep, mode.grad, op, {0, 0, 0}, kNone, 0};
  bool constants = true;
  for (int i = 0; i < rule.arity; ++i) {
    e.in[i] = number_of(in[i]);
    constants = constants && entries_[e.in[i]].kind == Entry::kConstant;
  }
  if (constants) return hold(result, constant(result->value));
  if (op == kOpId<"pow">) {
    const Entry& exponent = entries_[e.in[1]];
    if (exponent.kind == Entry::kConstant && exponent.value == 2) {
      e.op = kOpId<"square">;
      e.in[1] = 0;
    }
  }
  if ((op == kOpId<"add"> || op == kOpId<"mul">) && e.in[0] > e.in[1]) std::swap(e.in[0], e.in[1]);
  if (rule.num_params > 0) {
    e.params = static_cast<uint32_t>(params_.size());
    params_.insert(params_.end(), params, params + rule.num_params);
  }
  const uint32_t same = simplified(e);
  hold(result, same != kNone ? same : add(e));
}

ScalarProgram ScalarTrace::program(std::span<const ScalarOperand> outputs) {
  if (!spoiled_.empty()) fail(ErrorKind::kRuntime, spoiled_);
  std::vector<uint32_t> wanted;
  for (const ScalarOperand& o : outputs) wanted.push_back(number_of(o));
  std::vector<uint8_t> live(entries_.size());
  for (uint32_t w : wanted) live[w] = 1;
  for (size_t i = entries_.size(); i-- > 0;) {
    const Entry& e = entries_[i];
    if (!live[i] || e.kind != Entry::kStep) continue;
    for (int k = 0; k < scalar_rules()[e.op].arity; ++k) live[e.in[k]] = 1;
  }
  ScalarProgram p;
  p.inputs = inputs_;
  std::vector<uint32_t> slot(entries_.size());
  // The constants come first, so that the other slots are known.
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& e = entries_[i];
    if (!live[i] || e.kind == Entry::kInput) continue;
    if (e.kind == Entry::kConstant) {
      slot[i] = static_cast<uint32_t>(p.constants.size());
      p.constants.push_back(e.value);
    } else if (e.params != kNone) {
      slot[i] = static_cast<uint32_t>(p.constants.size());  // of its parameters, for now
      const auto from = params_.begin() + e.params;
      p.constants.insert(p.constants.end(), from, from + scalar_rules()[e.op].num_params);
    }
  }
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& e = entries_[i];
    if (e.kind == Entry::kInput) slot[i] = p.first_input() + e.in[0];
    if (!live[i] || e.kind != Entry::kStep) continue;
    ScalarProgram::Step s{e.op, e.recorded, {0, 0, 0}, e.params != kNone ? slot[i] : 0};
    for (int k = 0; k < scalar_rules()[e.op].arity; ++k) s.in[k] = slot[e.in[k]];
    slot[i] = p.slots();
    p.steps.push_back(s);
  }
  for (uint32_t w : wanted) p.outputs.push_back(slot[w]);
  return p;
}

}  // namespace pyad
