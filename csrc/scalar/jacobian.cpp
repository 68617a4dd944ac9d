// Partials are written down by the derivatives of the op structs, instantiated with
// `ScalarFormula`; each when an elimination first multiplies it, so that it is computed beside its
// use.
#include "scalar/jacobian.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/error.hpp"
#include "scalar/formula.hpp"

namespace pyad {

namespace {

constexpr uint32_t kNone = 0xffffffff;

using Order = std::vector<Elimination>;
using Pull = ScalarFormula (*)(ScalarFormula g, const ScalarFormula in[3], ScalarFormula y,
                               const double* params);

template <class Op, int I>
constexpr Pull pull_of() {
  if constexpr (Op::scalar && I < Op::arity && Op::accept != Accept::kIntegral &&
                Op::accept != Accept::kInteger && Op::result == Result::kSame) {
    if constexpr (Derivative<Op, I>::exists) {
      return [](ScalarFormula g, const ScalarFormula in[3], ScalarFormula y, const double* params) {
        return Derivative<Op, I>::template pull<ScalarFormula>(g, in[0], in[1], in[2], y, params);
      };
    }
  }
  return nullptr;
}
template <class... Ops>
constexpr std::array<std::array<Pull, 3>, sizeof...(Ops)> make_pulls(List<Ops...>) {
  return {std::array<Pull, 3>{pull_of<Ops, 0>(), pull_of<Ops, 1>(), pull_of<Ops, 2>()}...};
}
constexpr auto kPulls = make_pulls(detail::AllElementwise{});

/// Writes the steps of a program once more; the numbers of its slots.
std::vector<uint32_t> written(const ScalarProgram& p, ScalarBuilder& builder) {
  std::vector<uint32_t> numbers;
  for (const double c : p.constants) numbers.push_back(builder.constant(c));
  for (uint32_t i = 0; i < p.inputs; ++i) numbers.push_back(builder.input());
  for (const ScalarProgram::Step& s : p.steps) {
    const uint32_t in[3] = {numbers[s.in[0]], numbers[s.in[1]], numbers[s.in[2]]};
    numbers.push_back(builder.step(s.op, in, p.constants.data() + s.params, s.recorded));
  }
  return numbers;
}

/// The program with each step as late as its first use allows, so that most operands are the result
/// just computed, which arrives in a register (Note [Threaded code]).
ScalarProgram in_depth_first_order(const ScalarProgram& p) {
  const uint32_t first = p.first_result();
  const auto n = static_cast<uint32_t>(p.steps.size());
  // Steps below each, shared ones counted again: the larger operand goes first.
  std::vector<double> weight(n);
  for (uint32_t k = 0; k < n; ++k) {
    weight[k] = 1;
    for (int i = 0; i < scalar_rules()[p.steps[k].op].arity; ++i)
      if (p.steps[k].in[i] >= first) weight[k] += weight[p.steps[k].in[i] - first];
  }
  ScalarProgram q;
  q.constants = p.constants;
  q.inputs = p.inputs;
  std::vector<uint32_t> place(p.slots());
  for (uint32_t s = 0; s < first; ++s) place[s] = s;
  std::vector<uint8_t> seen(n);
  std::vector<uint32_t> stack;
  for (const uint32_t o : p.outputs) {
    if (o >= first) stack.push_back(o - first);
    while (!stack.empty()) {
      const uint32_t k = stack.back();
      const ScalarProgram::Step& s = p.steps[k];
      const int arity = scalar_rules()[s.op].arity;
      if (seen[k] == 0) {
        seen[k] = 1;
        const size_t here = stack.size();
        for (int i = 0; i < arity; ++i)
          if (s.in[i] >= first && !seen[s.in[i] - first]) stack.push_back(s.in[i] - first);
        std::sort(stack.begin() + static_cast<std::ptrdiff_t>(here), stack.end(),
                  [&](uint32_t a, uint32_t b) { return weight[a] < weight[b]; });
        continue;
      }
      stack.pop_back();
      if (seen[k] == 2) continue;
      seen[k] = 2;
      ScalarProgram::Step moved = s;
      for (int i = 0; i < arity; ++i) moved.in[i] = place[s.in[i]];
      place[first + k] = q.slots();
      q.steps.push_back(moved);
    }
  }
  for (const uint32_t o : p.outputs) q.outputs.push_back(place[o]);
  return q;
}

/// Writes the program: values first, then products.
///
/// Note [Choices]
/// A partial that is zero by a condition, as those of `where`, `relu` and `maximum` are, says that
/// a way is not taken; what lies beyond may have an infinite derivative there, and zero times
/// infinity must not make NaN of a derivative that is zero. Such partials and their products are
/// remembered, and where one is zero the product is, without a multiplication. Values of the
/// function that happen to be zero are factors like any other, and a sum of choices is no choice.
class Accumulation {
 public:
  Accumulation(const ScalarProgram& p, const EliminationGraph& g)
      : p_(p),
        g_(g),
        builder_(ScalarBuilder::Style::kDerivative),
        numbers_(written(p, builder_)),
        values_end_(builder_.size()) {}

  ScalarProgram run(std::span<const Elimination> order) {
    EliminationState state(g_);
    for (const Elimination& e : order) {
      state.eliminate(e, [&](uint32_t i, uint32_t j, uint32_t k, bool fresh) {
        const uint32_t product = times(edge(i, j), edge(j, k));
        const uint32_t sum = fresh ? product : plus(edge(i, k), product);
        edges_[key(i, k)] = sum;
      });
    }
    std::vector<uint32_t> outputs;
    const uint32_t zero = builder_.constant(0), one = builder_.constant(1);
    for (uint32_t row = 0; row < p_.outputs.size(); ++row) {
      const uint32_t v = g_.row(row);
      for (uint32_t i = 0; i < g_.inputs(); ++i) {
        outputs.push_back(v == i ? one : v < g_.size() && state.has(i, v) ? edge(i, v) : zero);
      }
    }
    return in_depth_first_order(builder_.program(outputs));
  }

  const ScalarBuilder& builder() const { return builder_; }
  /// The number of an edge; of one that has not been asked for yet, the partial of its op.
  uint32_t edge(uint32_t i, uint32_t k) {
    const auto [at, missing] = edges_.try_emplace(key(i, k));
    if (missing) {
      const uint32_t number = g_.sink(i) == k && k != 0 ? builder_.constant(1) : partial(i, k);
      at->second = number;
    }
    return at->second;
  }

 private:
  static uint64_t key(uint32_t i, uint32_t k) { return uint64_t{i} << 32 | k; }

  uint32_t partial(uint32_t i, uint32_t k) {
    const uint32_t step = g_.step(k);
    const ScalarProgram::Step& s = p_.steps[step];
    const uint32_t slot = i < g_.inputs() ? p_.first_input() + i : p_.first_result() + g_.step(i);
    auto formula = [&](uint32_t at) { return ScalarFormula(&builder_, numbers_[at]); };
    const ScalarFormula in[3] = {formula(s.in[0]), formula(s.in[1]), formula(s.in[2])};
    const ScalarFormula y = formula(p_.first_result() + step);
    bool found = false;
    uint32_t sum = 0;
    const uint32_t before = builder_.size();
    for (size_t n = 0; n < static_cast<size_t>(scalar_rules()[s.op].arity); ++n) {
      if (s.in[n] != slot || !kPulls[s.op][n]) continue;
      const uint32_t part =
          kPulls[s.op][n](ScalarFormula(1.0), in, y, p_.constants.data() + s.params).in(&builder_);
      sum = found ? plus(sum, part) : part;
      found = true;
    }
    // Not a number of the function itself, whose zeros are values and no conditions.
    const bool own = sum >= values_end_ || sum >= before;
    if (own && zero_by_condition(sum)) choices_.insert(sum);
    return sum;
  }

  /// A product. A factor that is zero by a condition (Note [Choices]) makes it zero, whatever the
  /// other is.
  uint32_t times(uint32_t a, uint32_t b) {
    const bool by_a = choices_.contains(a), by_b = choices_.contains(b);
    if (!by_a && !by_b) return binary(kOpId<"mul">, a, b);
    uint32_t product;
    if (const uint32_t chosen = by_a ? one_or_zero_times(a, b) : kNone; chosen != kNone) {
      product = chosen;
    } else if (const uint32_t other = by_b ? one_or_zero_times(b, a) : kNone; other != kNone) {
      product = other;
    } else {
      product = binary(kOpId<"mul">, a, b);
      if (by_a && !finite(b)) product = unless_zero(a, product);
      if (by_b && !finite(a)) product = unless_zero(b, product);
    }
    choices_.insert(product);
    return product;
  }
  /// For where(c, 1, 0) and where(c, 0, 1): the factor or zero, by the same condition; else kNone.
  uint32_t one_or_zero_times(uint32_t choice, uint32_t factor) {
    const uint32_t* in = builder_.operands(choice, kOpId<"where">);
    if (!in) return kNone;
    const uint32_t c = in[0], yes = in[1], no = in[2];
    if (is(yes, 1) && is(no, 0)) return where(c, factor, no);
    if (is(yes, 0) && is(no, 1)) return where(c, yes, factor);
    return kNone;
  }
  uint32_t unless_zero(uint32_t factor, uint32_t product) {
    const uint32_t zero = builder_.constant(0);
    return where(binary(kOpId<"ne">, factor, zero), product, zero);
  }
  uint32_t where(uint32_t c, uint32_t a, uint32_t b) {
    const uint32_t in[3] = {c, a, b};
    return builder_.step(kOpId<"where">, in, nullptr);
  }
  bool is(uint32_t number, double v) const {
    return builder_.is_constant(number) && builder_.value(number) == v;
  }
  bool finite(uint32_t number) const {
    return builder_.is_constant(number) && std::isfinite(builder_.value(number));
  }
  /// Whether a partial is where(c, v, 0), or one of two such alternatives.
  bool zero_by_condition(uint32_t number) const {
    auto zero_in = [&](uint32_t n) {
      const uint32_t* in = builder_.operands(n, kOpId<"where">);
      return in && (is(in[1], 0) || is(in[2], 0));
    };
    if (const uint32_t* negated = builder_.operands(number, kOpId<"neg">)) number = *negated;
    const uint32_t* in = builder_.operands(number, kOpId<"where">);
    return in && (zero_in(number) || zero_in(in[1]) || zero_in(in[2]));
  }
  uint32_t plus(uint32_t a, uint32_t b) { return binary(kOpId<"add">, a, b); }
  uint32_t binary(uint16_t op, uint32_t a, uint32_t b) {
    const uint32_t in[3] = {a, b, 0};
    return builder_.step(op, in, nullptr);
  }

  const ScalarProgram& p_;
  const EliminationGraph& g_;
  ScalarBuilder builder_;
  std::vector<uint32_t> numbers_;  // by slot of p
  uint32_t values_end_;            // numbers from here on belong to derivatives
  std::unordered_set<uint32_t> choices_;
  std::unordered_map<uint64_t, uint32_t> edges_;
};

}  // namespace

/// Counts the products and sums of an order on the merged graph, equal ones once, as the builder
/// would find them; but without building.
class JacobianGraph::Work {
 public:
  Work(const ScalarProgram& p, const EliminationGraph& g) : g_(g), n_(g.size()) {
    if (!fits()) return;
    Accumulation accumulation(p, g);
    start_.resize(size_t{n_} * n_);
    for (uint32_t k = 0; k < n_; ++k)
      for (const uint32_t i : g.enter(k)) start_[at(i, k)] = accumulation.edge(i, k) + 1;
    const ScalarBuilder& b = accumulation.builder();
    // Numbers become pairs of a number and a sign; zero stands for an edge that is not there.
    auto value = [&](uint32_t number) {
      const uint32_t* negated = b.operands(number, kOpId<"neg">);
      if (negated) return (*negated + 2) << 1 | 1u;
      if (b.is_constant(number) && b.value(number) == 1) return kOne;
      if (b.is_constant(number) && b.value(number) == -1) return kOne | 1u;
      return (number + 2) << 1;
    };
    for (uint32_t& edge : start_)
      if (edge) edge = value(edge - 1);
    next_ = b.size() + 2;
    size_t room = 1024;
    while (room < 8 * (size_t{b.size()} + g.order().size() * 8)) room *= 2;
    known_.resize(room);
    for (uint32_t number = 0; number < b.size(); ++number) {
      if (const uint32_t* in = b.operands(number, kOpId<"mul">))
        find(kProduct, (in[0] + 2) << 1, (in[1] + 2) << 1, number + 2);
      if (const uint32_t* in = b.operands(number, kOpId<"add">))
        find(kSum, (in[0] + 2) << 1, (in[1] + 2) << 1, number + 2);
    }
    used_ = 0;
  }
  bool fits() const { return n_ <= 400; }

  uint64_t of(std::span<const Elimination> order) {
    if (!fits()) return 0;
    ++epoch_;
    used_ = 0;
    made_ = next_;
    edges_ = start_;
    enter_.resize(n_), leave_.resize(n_);
    for (uint32_t v = 0; v < n_; ++v) enter_[v] = g_.enter(v), leave_[v] = g_.leave(v);
    for (const Elimination& e : order) {
      const uint32_t j = e.vertex;
      for (const uint32_t i : enter_[j]) {
        for (const uint32_t k : leave_[j]) {
          const uint32_t product = times(edges_[at(i, j)], edges_[at(j, k)]);
          uint32_t& to = edges_[at(i, k)];
          if (to) {
            to = plus(to, product);
          } else {
            to = product;
            enter_[k].push_back(i);
            leave_[i].push_back(k);
          }
        }
      }
      for (const uint32_t i : enter_[j]) std::erase(leave_[i], j);
      for (const uint32_t k : leave_[j]) std::erase(enter_[k], j);
      enter_[j].clear(), leave_[j].clear();
    }
    return used_;
  }

 private:
  static constexpr uint32_t kOne = 1u << 1;
  enum Kind : uint64_t { kProduct = 1, kSum = 2, kDifference = 3 };
  size_t at(uint32_t i, uint32_t k) const { return size_t{i} * n_ + k; }

  uint32_t times(uint32_t a, uint32_t b) {
    const uint32_t sign = (a ^ b) & 1;
    a &= ~1u, b &= ~1u;
    if (a == kOne) return b | sign;
    if (b == kOne) return a | sign;
    return find(kProduct, std::min(a, b), std::max(a, b), 0) << 1 | sign;
  }
  uint32_t plus(uint32_t a, uint32_t b) {
    const uint32_t sign = a & 1, other = b & 1;
    a &= ~1u, b &= ~1u;
    if (sign == other) return find(kSum, std::min(a, b), std::max(a, b), 0) << 1 | sign;
    if (sign) std::swap(a, b);
    return find(kDifference, a, b, 0) << 1;
  }
  /// The number of an operation, a new one if it has not been there.
  uint32_t find(Kind kind, uint32_t a, uint32_t b, uint32_t number) {
    const uint64_t key = kind << 62 | uint64_t{a} << 31 | b;
    const size_t mask = known_.size() - 1;
    for (size_t h = (key * 0x9e3779b97f4a7c15u) >> 20 & mask;; h = (h + 1) & mask) {
      Known& k = known_[h];
      const bool live = k.key != 0 && (k.epoch == 0 || k.epoch == epoch_);
      if (live && k.key == key) return k.number;
      if (live && used_ < known_.size() / 2) continue;
      k = {key, number ? 0 : epoch_, number ? number : made_++};
      ++used_;
      return k.number;
    }
  }

  struct Known {
    uint64_t key = 0;
    uint32_t epoch = 0, number = 0;
  };
  const EliminationGraph& g_;
  uint32_t n_, next_ = 0, made_ = 0, epoch_ = 0;
  uint64_t used_ = 0;
  std::vector<uint32_t> start_, edges_;
  std::vector<std::vector<uint32_t>> enter_, leave_;
  std::vector<Known> known_;
};

JacobianGraph::Merged::Merged(const ScalarProgram& literal, std::vector<uint32_t>& slots) {
  ScalarBuilder builder(ScalarBuilder::Style::kMerged);
  std::vector<uint32_t> numbers = written(literal, builder), outputs, places;
  for (const uint32_t o : literal.outputs) outputs.push_back(numbers[o]);
  program = builder.program(outputs, &places);
  for (const uint32_t n : numbers) slots.push_back(places[n]);
}

JacobianGraph::JacobianGraph(const ScalarProgram& literal, uint32_t inputs)
    : program_(literal),
      literal_(literal, inputs),
      merged_(literal, slots_),
      graph_(merged_.program, inputs) {
  const uint32_t first = merged_.program.first_result();
  together_.resize(graph_.size());
  for (uint32_t v = 0; v < literal_.size(); ++v) {
    uint32_t m = kNone;
    if (literal_.inner(v)) {
      const uint32_t slot = slots_[literal.first_result() + literal_.step(v)];
      if (slot != kNone && slot >= first) m = graph_.vertex_of_step(slot - first);
      if (m != kNone && !graph_.inner(m)) m = kNone;
      if (m != kNone) ++together_[m];
    }
    merged_vertex_.push_back(m);
  }
}

std::vector<Elimination> JacobianGraph::projected(std::span<const Elimination> order,
                                                  bool at_last) const {
  std::vector<Elimination> projection;
  std::vector<uint32_t> left(graph_.size());
  for (uint32_t m = 0; m < graph_.size(); ++m) left[m] = at_last ? together_[m] : 1;
  auto eliminate = [&](uint32_t m) { projection.push_back({Elimination::kVertex, m, 0}); };
  for (const Elimination& e : order) {
    if (e.kind != Elimination::kVertex) continue;
    const uint32_t m = merged_vertex_[e.vertex];
    if (m != kNone && left[m] > 0 && --left[m] == 0) eliminate(m);
  }
  // Vertices whose edges went one by one, and those that only the merged program has.
  for (const uint32_t m : graph_.order())
    if (left[m] > 0 || together_[m] == 0) eliminate(m);
  return projection;
}

std::vector<Elimination> JacobianGraph::projected(std::span<const Elimination> order) const {
  Work work(merged_.program, graph_);
  Order first = projected(order, false), last = projected(order, true);
  return work.of(first) <= work.of(last) ? first : last;
}

std::vector<Elimination> JacobianGraph::shortest(std::span<const Elimination> order,
                                                 uint64_t budget, uint64_t seed) const {
  Work work(merged_.program, graph_);
  if (!work.fits()) return projected(order);
  const Order starts[] = {projected(order), forward_order(graph_), reverse_order(graph_),
                          markowitz_order(graph_, true)};
  return order_of_little_work(
      graph_, starts, [&](std::span<const Elimination> o) { return work.of(o); }, budget, seed);
}

ScalarProgram JacobianGraph::literal_program(std::span<const Elimination> order) const {
  check_size(literal_.cost(order));
  return Accumulation(program_, literal_).run(order);
}

void JacobianGraph::check_size(uint64_t products) {
  if (products <= kMostProducts) return;
  fail(ErrorKind::kMemory, "jacobian: this order takes ", products,
       " products, more than a program of them may have (", kMostProducts,
       "); choose a cheaper order, or order=None for a sweep from each result");
}

ScalarProgram JacobianGraph::program(std::span<const Elimination> merged) const {
  check_size(graph_.cost(merged));
  return Accumulation(merged_.program, graph_).run(merged);
}

}  // namespace pyad
