// What becomes of a step that is asked for: written down, found again, folded, or made simpler.
#include "scalar/builder.hpp"

#include <bit>
#include <utility>

#include "core/error.hpp"
#include "scalar/rule.hpp"

namespace pyad {

namespace {
constexpr uint32_t kNone = 0xffffffff;

uint64_t mix(uint64_t h, uint64_t v) {
  h = (h ^ v) * 0x9e3779b97f4a7c15u;
  return h ^ h >> 29;
}
bool same_bits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}
}  // namespace

uint32_t ScalarBuilder::append(const Entry& e) {
  const auto number = static_cast<uint32_t>(entries_.size());
  if (number == kNone) fail(ErrorKind::kMemory, "compile: a program of more than 2^32 steps");
  entries_.push_back(e);
  return number;
}

uint32_t ScalarBuilder::merged(const Entry& e) {
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
  const uint32_t number = append(e);
  known_.emplace(h, number);
  return number;
}

uint32_t ScalarBuilder::input() {
  return append({Entry::kInput, true, 0, {inputs_++, 0, 0}, kNone, 0});
}

uint32_t ScalarBuilder::constant(double v) {
  return merged({Entry::kConstant, true, 0, {0, 0, 0}, kNone, v});
}

bool ScalarBuilder::is(uint32_t number, double v) const {
  return is_constant(number) && same_bits(entries_[number].value, v);
}
bool ScalarBuilder::is_step(uint32_t number, uint16_t op) const {
  const Entry& e = entries_[number];
  return e.kind == Entry::kStep && e.recorded && e.op == op;
}
uint32_t ScalarBuilder::again(uint16_t op, uint32_t a, uint32_t b, uint32_t c) {
  const uint32_t in[3] = {a, b, c};
  return step(op, in, nullptr);
}

/// The value itself where the op changes no bit of it, else kNone.
uint32_t ScalarBuilder::simplified(const Entry& e) {
  const uint32_t a = e.in[0], b = e.in[1];
  if (e.op == kOpId<"mul">) return is(b, 1) ? a : is(a, 1) ? b : kNone;
  if (e.op == kOpId<"div"> || e.op == kOpId<"pow">) return is(b, 1) ? a : kNone;
  if (e.op == kOpId<"sub">) return is(b, 0) ? a : kNone;
  if (e.op == kOpId<"neg"> && is_step(a, e.op)) return entries_[a].in[0];
  return kNone;
}

/// What a product of derivatives is better written as; kNone: as it stands. Signs are applied last,
/// which changes no bit. A factor that is one or zero by a condition chooses instead of
/// multiplying, so that the derivative of a branch that is not taken may be infinite.
uint32_t ScalarBuilder::as_derivative(const Entry& e) {
  constexpr uint16_t neg = kOpId<"neg">, add = kOpId<"add">, sub = kOpId<"sub">, mul = kOpId<"mul">,
                     div = kOpId<"div">;
  const uint32_t a = e.in[0], b = e.in[1];
  auto inner = [&](uint32_t number) { return entries_[number].in[0]; };
  if (e.op == mul && (is(a, -1) || is(b, -1))) return again(neg, is(a, -1) ? b : a);
  if (e.op == mul || e.op == div) {
    if (is_step(a, neg)) return again(neg, again(e.op, inner(a), b));
    if (is_step(b, neg)) return again(neg, again(e.op, a, inner(b)));
  }
  if (e.op == add && is_step(b, neg)) return again(sub, a, inner(b));
  if (e.op == add && is_step(a, neg)) return again(sub, b, inner(a));
  if (e.op == sub && is_step(b, neg)) return again(add, a, inner(b));
  return kNone;
}

uint32_t ScalarBuilder::step(uint16_t op, const uint32_t in[3], const double* params,
                             bool recorded) {
  const ScalarRule& rule = scalar_rules()[op];
  Entry e{Entry::kStep, recorded, op, {0, 0, 0}, kNone, 0};
  bool constants = true;
  for (int i = 0; i < rule.arity; ++i) {
    e.in[i] = in[i];
    constants = constants && is_constant(in[i]);
  }
  if (constants) {
    double x[3] = {}, none[3];
    for (int i = 0; i < rule.arity; ++i) x[i] = value(in[i]);
    return constant(rule.apply(x, params, 0, none));
  }
  if (style_ != Style::kLiteral) {
    if (op == kOpId<"pow"> && is_constant(e.in[1]) && value(e.in[1]) == 2) {
      e.op = kOpId<"square">;
      e.in[1] = 0;
    }
    if ((op == kOpId<"add"> || op == kOpId<"mul">) && e.in[0] > e.in[1])
      std::swap(e.in[0], e.in[1]);
    if (recorded) {
      const uint32_t same = simplified(e);
      if (same != kNone) return same;
    }
    if (recorded && style_ == Style::kDerivative) {
      const uint32_t other = as_derivative(e);
      if (other != kNone) return other;
    }
  }
  if (rule.num_params > 0) {
    e.params = static_cast<uint32_t>(params_.size());
    params_.insert(params_.end(), params, params + rule.num_params);
  }
  return style_ == Style::kLiteral ? append(e) : merged(e);
}

ScalarProgram ScalarBuilder::program(std::span<const uint32_t> outputs,
                                     std::vector<uint32_t>* slots) const {
  std::vector<uint8_t> live(entries_.size());
  for (const uint32_t o : outputs) live[o] = 1;
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
  for (const uint32_t o : outputs) p.outputs.push_back(slot[o]);
  if (slots) {
    for (size_t i = 0; i < entries_.size(); ++i)
      if (!live[i] && entries_[i].kind != Entry::kInput) slot[i] = kNone;
    *slots = std::move(slot);
  }
  return p;
}

}  // namespace pyad
