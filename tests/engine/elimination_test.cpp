// Elimination without Python: random graphs, every kind of step, orders, searches, programs.
#include <cmath>
#include <random>
#include <vector>

#include "check.hpp"
#include "scalar/builder.hpp"
#include "scalar/jacobian.hpp"
#include "scalar/machine.hpp"
#include "scalar/rule.hpp"

namespace pyad {
namespace {

using test::raises;
using Order = std::vector<Elimination>;

/// A program of `inner` steps on `inputs` inputs, two operands each; the last three are results.
ScalarProgram random_program(uint32_t seed, uint32_t inputs, uint32_t inner) {
  std::mt19937 lots(seed);
  const uint16_t ops[] = {kOpId<"mul">, kOpId<"add">, kOpId<"sub">, kOpId<"hypot">, kOpId<"sin">};
  ScalarBuilder b(ScalarBuilder::Style::kLiteral);
  std::vector<uint32_t> numbers;
  for (uint32_t i = 0; i < inputs; ++i) numbers.push_back(b.input());
  for (uint32_t i = 0; i < inner; ++i) {
    const auto pick = [&] { return numbers[lots() % numbers.size()]; };
    const uint32_t in[3] = {pick(), pick(), 0};
    numbers.push_back(b.step(ops[lots() % 5], in, nullptr));
  }
  return b.program(std::span(numbers).last(3));
}

std::vector<double> jacobian_by_sweeps(const ScalarProgram& p, const std::vector<double>& x) {
  ScalarMachine m(p);
  ScalarMachine::Point at(m);
  std::vector<double> y(m.outputs()), j(size_t{m.outputs()} * m.inputs());
  m.forward(at, x.data(), y.data());
  for (uint32_t row = 0; row < m.outputs(); ++row)
    m.backward_row(at, row, j.data() + size_t{row} * m.inputs());
  return j;
}

/// Random vertices and edges until nothing is left.
Order random_order(const EliminationGraph& g, std::mt19937& lots) {
  EliminationState state(g);
  Order order;
  for (;;) {
    std::vector<Elimination> may;
    for (const uint32_t v : g.order()) {
      if (state.enter(v).empty() || state.leave(v).empty()) continue;
      may.push_back({Elimination::kVertex, v, 0});
      for (const uint32_t u : state.enter(v)) may.push_back({Elimination::kEdgeAtEnd, u, v});
      for (const uint32_t w : state.leave(v))
        if (w != g.sink(v)) may.push_back({Elimination::kEdgeAtStart, v, w});
    }
    if (may.empty()) return order;
    order.push_back(may[lots() % may.size()]);
    state.eliminate(order.back(), [](uint32_t, uint32_t, uint32_t, bool) {});
  }
}

TEST(elimination_in_every_order_gives_the_jacobian) {
  std::mt19937 lots(7);
  for (uint32_t seed = 0; seed < 60; ++seed) {
    const uint32_t inputs = 1 + seed % 4;
    const ScalarProgram p = random_program(seed, inputs, 3 + seed % 12);
    const JacobianGraph jacobian(p, inputs);
    const EliminationGraph& g = jacobian.graph();
    std::vector<double> x;
    for (uint32_t i = 0; i < inputs; ++i) x.push_back(0.3 + 0.2 * i);
    const std::vector<double> expected = jacobian_by_sweeps(p, x);
    EliminationSearch search;
    search.budget = 3000;
    const Order searched = searched_order(g, search);
    const uint64_t pure = std::min(g.cost(forward_order(g)), g.cost(reverse_order(g)));
    CHECK(g.cost(searched) <= std::min(pure, g.cost(markowitz_order(g))));
    CHECK(g.cost(exact_order(g)) <= g.cost(markowitz_order(g, true)));
    const Order drawn = random_order(g, lots);
    for (const Order& merged :
         {jacobian.projected(forward_order(g)), jacobian.projected(reverse_order(g)),
          jacobian.projected(drawn), jacobian.shortest(searched, 2000, 1)}) {
      ScalarProgram q = jacobian.program(merged);
      q.check();
      ScalarMachine m(q);
      std::vector<double> j(m.outputs());
      m.value(x.data(), j.data());
      CHECK(j.size() == expected.size());
      for (size_t i = 0; i < j.size(); ++i)
        CHECK(std::abs(j[i] - expected[i]) <= 1e-12 * (1 + std::abs(expected[i])));
    }
  }
}

TEST(elimination_of_edges_counts_a_product_each) {
  // y = sin(x0 x1) and z = exp of the same product.
  ScalarBuilder b(ScalarBuilder::Style::kLiteral);
  const uint32_t in[3] = {b.input(), b.input(), 0};
  const uint32_t a[3] = {b.step(kOpId<"mul">, in, nullptr), 0, 0};
  const uint32_t outputs[] = {b.step(kOpId<"sin">, a, nullptr), b.step(kOpId<"exp">, a, nullptr)};
  const ScalarProgram p = b.program(outputs);
  const EliminationGraph g(p, 2);
  CHECK(g.order().size() == 1 && g.order()[0] == 2);
  EliminationState state(g);
  const Elimination end{Elimination::kEdgeAtEnd, 0, 2}, start{Elimination::kEdgeAtStart, 2, 3};
  CHECK(state.cost(end) == 2 && state.cost(start) == 2);
  state.eliminate(start, [](uint32_t, uint32_t, uint32_t, bool fresh) { CHECK(fresh); });
  CHECK(state.cost(end) == 1 && state.has(0, 3) && !state.has(2, 3));
  CHECK(raises(ErrorKind::kValue, "leaves vertex", [&] { g.cost(Order{start}); }));
  CHECK(g.cost(Order{start, {Elimination::kVertex, 2, 0}}) == 4);
  // Only the first input is wanted: the other takes no part.
  CHECK(EliminationGraph(p, 1).cost(Order{{Elimination::kVertex, 1, 0}}) == 2);
}

TEST(elimination_refuses_what_is_too_large_for_exact_orders) {
  const ScalarProgram p = random_program(3, 2, 60);
  const EliminationGraph g(p, 2);
  if (g.order().size() > kMostExact)
    CHECK(raises(ErrorKind::kValue, "tries all sets", [&] { exact_order(g); }));
}

TEST(sine_and_cosine_of_one_number_are_one_instruction) {
  // Whatever stands between them, and whichever comes first.
  for (uint32_t kind = 0; kind < 16; ++kind) {
    ScalarBuilder b(ScalarBuilder::Style::kMerged);
    const uint16_t sin = kOpId<"sin">, cos = kOpId<"cos">;
    uint32_t x[3] = {b.input(), 0, 0};
    if (kind & 1) x[0] = b.step(kOpId<"exp">, x, nullptr);
    const uint32_t first[3] = {b.step(kind & 2 ? cos : sin, x, nullptr), 0, 0};
    uint32_t middle = first[0];
    if (kind & 4) middle = b.step(kOpId<"tanh">, first, nullptr);
    const uint32_t pair[3] = {b.step(kind & 2 ? sin : cos, x, nullptr), middle, 0};
    const uint32_t product[3] = {b.step(kOpId<"mul">, pair, nullptr), pair[0], 0};
    const uint32_t sum = b.step(kOpId<"add">, product, nullptr);
    const uint32_t outputs[] = {sum, kind & 8 ? pair[0] : middle};
    const ScalarProgram p = b.program(outputs);
    ScalarMachine m(p);
    const double at = 0.7, v = kind & 1 ? std::exp(at) : at;
    const double s = kind & 2 ? std::cos(v) : std::sin(v), c = kind & 2 ? std::sin(v) : std::cos(v);
    const double t = kind & 4 ? std::tanh(s) : s;
    double y[2], z[2], many[2];
    m.value(&at, y);
    CHECK(std::abs(y[0] - (c * t + c)) < 1e-15 && std::abs(y[1] - (kind & 8 ? c : t)) < 1e-15);
    ScalarMachine::Point point(m);
    m.forward(point, &at, z);
    CHECK(z[0] == y[0] && z[1] == y[1]);
    m.value_many(&at, 1, many);
    CHECK(std::abs(many[0] - y[0]) < 1e-14 && std::abs(many[1] - y[1]) < 1e-14);
    CHECK(pair_steps(p).done[kind & 1 ? (kind & 4 ? 3 : 2) : (kind & 4 ? 2 : 1)]);
  }
}

}  // namespace
}  // namespace pyad
