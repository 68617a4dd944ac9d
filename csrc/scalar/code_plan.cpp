// Plans over a program: liveness of values, and the order and places of the reverse sweep. See
// Note [Adjoints].
#include "scalar/code.hpp"

#include <unordered_map>

#include "scalar/rule.hpp"

namespace pyad {

namespace {

bool contributes(const ScalarProgram& p, const ScalarProgram::Step& s, int i) {
  return s.recorded && s.in[i] >= p.first_input() &&
         (scalar_rules()[s.op].differentiable >> i & 1) != 0;
}
bool contributes(const ScalarProgram& p, const ScalarProgram::Step& s) {
  return contributes(p, s, 0) || contributes(p, s, 1) || contributes(p, s, 2);
}

}  // namespace

ReversePlan plan_reverse(const ScalarProgram& p, std::span<const uint32_t> wanted, bool passing) {
  ReversePlan plan;
  std::vector<uint8_t> written(p.slots());  // the adjoint has a contribution
  std::vector<uint8_t> behind(p.slots());   // and one that a choice may have hidden
  for (const uint32_t w : wanted) {
    plan.seeds.push_back(p.outputs[w]);
    written[p.outputs[w]] = 1;
  }
  const uint32_t first = p.first_result();
  // The last step before `k` that takes part, by what is known so far; -1: none.
  auto before = [&](int64_t k) {
    while (--k >= 0) {
      if (!written[first + static_cast<uint32_t>(k)]) continue;
      if (contributes(p, p.steps[static_cast<size_t>(k)])) break;
    }
    return k;
  };
  bool passed = false;
  for (int64_t k = before(static_cast<int64_t>(p.steps.size())); k >= 0;) {
    const ScalarProgram::Step& s = p.steps[static_cast<size_t>(k)];
    const bool hides = s.op == kOpId<"where"> || behind[first + static_cast<uint32_t>(k)];
    ReversePlan::Step out{static_cast<uint32_t>(k), passed, {}, hides};
    for (int i = 0; i < 3; ++i) {
      if (!contributes(p, s, i)) continue;
      out.put[i] = written[s.in[i]] ? Put::kAdd : Put::kStore;
      written[s.in[i]] = 1;
      behind[s.in[i]] |= hides;
    }
    k = before(k);
    passed = false;
    if (passing && k >= 0) {
      const uint32_t next = first + static_cast<uint32_t>(k);
      for (int i = 0; i < 3; ++i) {
        bool alone = out.put[i] == Put::kStore && s.in[i] == next;
        for (int j = 0; j < 3; ++j)
          if (j != i && out.put[j] != Put::kNone && s.in[j] == next) alone = false;
        if (!alone) continue;
        out.put[i] = Put::kPass;
        passed = true;
      }
    }
    plan.steps.push_back(out);
  }
  for (uint32_t i = p.first_input(); i < first; ++i)
    if (!written[i]) plan.zeros.push_back(i);
  return plan;
}

StepPairs pair_steps(const ScalarProgram& p) {
  constexpr uint16_t kSin = kOpId<"sin">, kCos = kOpId<"cos">;
  StepPairs pairs{std::vector<uint32_t>(p.steps.size(), StepPairs::kNone),
                  std::vector<bool>(p.steps.size())};
  std::unordered_map<uint32_t, uint32_t> waiting;  // by operand: a sine or cosine
  for (uint32_t k = 0; k < p.steps.size(); ++k) {
    const ScalarProgram::Step& s = p.steps[k];
    if (s.op != kSin && s.op != kCos) continue;
    const auto [at, first] = waiting.try_emplace(s.in[0], k);
    if (first || p.steps[at->second].op == s.op) continue;
    pairs.second[at->second] = k;
    pairs.done[k] = true;
    waiting.erase(at);
  }
  return pairs;
}

ValueSlots plan_values(const ScalarProgram& p) {
  const uint32_t first = p.first_result();
  constexpr uint32_t kForever = 0xffffffff;
  std::vector<uint32_t> last(p.slots());
  for (size_t k = 0; k < p.steps.size(); ++k)
    for (int i = 0; i < scalar_rules()[p.steps[k].op].arity; ++i)
      last[p.steps[k].in[i]] = static_cast<uint32_t>(k);
  for (const uint32_t o : p.outputs) last[o] = kForever;
  ValueSlots slots{std::vector<uint32_t>(p.slots()), first};
  for (uint32_t s = 0; s < first; ++s) slots.of[s] = s;
  std::vector<uint32_t> free;
  const StepPairs pairs = pair_steps(p);
  auto take = [&](size_t step) {
    uint32_t& mine = slots.of[first + step];
    if (free.empty()) {
      mine = slots.count++;
    } else {
      mine = free.back();
      free.pop_back();
    }
  };
  for (size_t k = 0; k < p.steps.size(); ++k) {
    const ScalarProgram::Step& s = p.steps[k];
    // The result may take an operand's slot: batched loops read an element before they write it.
    for (int i = 0; i < scalar_rules()[s.op].arity; ++i) {
      if (s.in[i] < first || last[s.in[i]] != k) continue;
      free.push_back(slots.of[s.in[i]]);
      last[s.in[i]] = kForever;  // an operand that occurs twice is freed once
    }
    if (!pairs.done[k]) take(k);
    if (pairs.second[k] != StepPairs::kNone) take(pairs.second[k]);
  }
  return slots;
}

}  // namespace pyad
