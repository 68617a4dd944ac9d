// Static scalar programs without Python: capture, plans, code, points one at a time and many.
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

#include "check.hpp"
#include "scalar/backward.hpp"
#include "scalar/machine.hpp"
#include "scalar/trace.hpp"

namespace pyad {
namespace {

using test::raises;

/// What a test writes programs with; nodes live as long as their owner.
struct Numbers {
  std::vector<ScalarNode*> nodes;
  ~Numbers() {
    for (ScalarNode* n : nodes) release_scalar(n);
  }
  ScalarOperand keep(ScalarNode* n) {
    nodes.push_back(n);
    return {n, n->value};
  }
  ScalarOperand leaf(double v) { return keep(new_scalar(v)); }
  ScalarOperand op(uint16_t id, ScalarOperand a, ScalarOperand b = {}, ScalarOperand c = {}) {
    const ScalarOperand in[3] = {a, b, c};
    double params[kMaxParams] = {};
    const ScalarRule& rule = scalar_rules()[id];
    for (int i = 0; i < rule.num_params; ++i) params[i] = rule.params[i].value;
    return keep(record(id, in, params));
  }
};
using Function = std::function<ScalarOperand(Numbers&, std::vector<ScalarOperand>&)>;

ScalarProgram capture(const Function& f, size_t inputs) {
  ScalarTrace trace;
  Numbers numbers;
  std::vector<ScalarOperand> x;
  for (size_t i = 0; i < inputs; ++i) {
    x.push_back(numbers.leaf(0.5));
    trace.add_input(x.back().node);
  }
  trace.open();
  const ScalarOperand y = f(numbers, x);
  trace.close();
  return trace.program({&y, 1});
}

ScalarOperand mixed(Numbers& n, std::vector<ScalarOperand>& x) {
  const auto mul = kOpId<"mul">, add = kOpId<"add">, sin = kOpId<"sin">, div = kOpId<"div">;
  ScalarOperand y = n.op(mul, x[0], x[1]);
  for (int i = 0; i < 3000; ++i) {  // several stretches of code
    y = i % 3 == 0 ? n.op(add, n.op(sin, y), x[0]) : n.op(mul, n.op(add, y, x[1]), {nullptr, 0.3});
    if (i % 7 == 0) y = n.op(div, y, n.op(add, n.op(mul, y, y), {nullptr, 1.0}));
  }
  return y;
}

TEST(program_equals_the_graph) {
  const int64_t before = live_scalars();
  {
    ScalarMachine machine(capture(mixed, 2));
    ScalarMachine::Point point(machine);
    for (const double at : {0.1, -0.7, 2.5}) {
      Numbers numbers;
      std::vector<ScalarOperand> x{numbers.leaf(at), numbers.leaf(0.4)};
      const ScalarOperand want = mixed(numbers, x);
      scalar_backward(want.node, 1);
      const double given[2] = {at, 0.4};
      double y = 0, z = 0, g[2];
      machine.value(given, &y);
      machine.forward(point, given, &z);
      CHECK(y == want.value && z == want.value);
      machine.backward_row(point, 0, g);
      for (size_t i = 0; i < 2; ++i) {
        const double exact = x[i].node->grad;
        CHECK(std::fabs(g[i] - exact) <= 1e-12 * std::fabs(exact));
      }
      const double three = 3;
      double h[2];
      machine.backward(point, &three, h);
      CHECK(std::fabs(h[0] - 3 * g[0]) <= 1e-12 * std::fabs(h[0]));
    }
  }
  CHECK(live_scalars() == before);
}

TEST(program_of_many_points) {
  const ScalarMachine machine(capture(mixed, 2));
  ScalarMachine one(machine.program());
  ScalarMachine::Point point(one);
  constexpr int64_t kPoints = 83;  // no multiple of a block
  std::vector<double> x(2 * kPoints), y(kPoints), g(2 * kPoints), z(kPoints);
  std::mt19937 random(5);
  for (double& v : x) v = std::uniform_real_distribution<>(-1, 1)(random);
  machine.value_many(x.data(), kPoints, z.data());
  machine.gradient_many(x.data(), kPoints, 0, y.data(), g.data());
  for (int64_t i = 0; i < kPoints; ++i) {
    const double given[2] = {x[i], x[kPoints + i]};
    double want, gradient[2];
    one.forward(point, given, &want);
    one.backward_row(point, 0, gradient);
    CHECK(std::fabs(y[i] - want) <= 1e-10 && y[i] == z[i]);
    CHECK(std::fabs(g[i] - gradient[0]) <= 1e-9 * (1 + std::fabs(gradient[0])));
    CHECK(std::fabs(g[kPoints + i] - gradient[1]) <= 1e-9 * (1 + std::fabs(gradient[1])));
  }
}

TEST(program_slots_are_used_again) {
  const ScalarProgram p = capture(mixed, 2);
  const ValueSlots slots = plan_values(p);
  CHECK(p.steps.size() > 6000);
  CHECK(slots.count <= p.first_result() + 3);
}

TEST(program_drops_what_is_not_needed) {
  const ScalarProgram p = capture(
      [](Numbers& n, std::vector<ScalarOperand>& x) {
        const auto mul = kOpId<"mul">;
        n.op(kOpId<"exp">, x[0]);                                                // dead
        const ScalarOperand six = n.op(mul, n.leaf(2), {nullptr, 3.0});          // constant
        const ScalarOperand a = n.op(mul, x[0], six), b = n.op(mul, six, x[0]);  // the same
        return n.op(kOpId<"sub">, n.op(mul, a, {nullptr, 1.0}), b);
      },
      1);
  CHECK(p.steps.size() == 2 && p.constants.size() == 1 && p.constants[0] == 6);
}

TEST(program_adjoints_are_stored_before_they_are_added_to) {
  const ScalarProgram p = capture(
      [](Numbers& n, std::vector<ScalarOperand>& x) {
        const ScalarOperand a = n.op(kOpId<"mul">, x[0], x[0]);
        return n.op(kOpId<"add">, n.op(kOpId<"neg">, a), x[1]);
      },
      3);
  const uint32_t row = 0;
  const ReversePlan plan = plan_reverse(p, {&row, 1}, true);
  CHECK(plan.steps.size() == 3);
  // Operands of a sum are put in order, so x[1] comes first.
  CHECK(plan.steps[0].put[0] == Put::kStore && plan.steps[0].put[1] == Put::kPass);
  CHECK(plan.steps[1].passed && plan.steps[1].put[0] == Put::kPass);
  CHECK(plan.steps[2].put[0] == Put::kStore && plan.steps[2].put[1] == Put::kAdd);
  CHECK(plan.zeros.size() == 1 && plan.zeros[0] == p.first_input() + 2);
}

TEST(program_trace_refuses_what_it_cannot_replay) {
  Numbers outside;
  const ScalarOperand v = outside.leaf(2);
  const ScalarOperand product = outside.op(kOpId<"mul">, v, {nullptr, 2.0});
  CHECK(raises(ErrorKind::kRuntime, "computed outside", [&] {
    capture([&](Numbers& n, auto& x) { return n.op(kOpId<"add">, x[0], product); }, 1);
  }));
  CHECK(scalar_trace() == nullptr);
  const ScalarProgram p =
      capture([&](Numbers& n, auto& x) { return n.op(kOpId<"add">, x[0], v); }, 1);
  CHECK(p.inputs == 2);
  ScalarTrace trace;
  trace.spoil("because");
  CHECK(raises(ErrorKind::kRuntime, "because", [&] { trace.program({&v, 1}); }));
}

TEST(program_from_outside_is_checked) {
  ScalarProgram p = capture(mixed, 2);
  p.check();
  auto broken = [&](auto change) {
    ScalarProgram q = p;
    change(q);
    return raises(ErrorKind::kValue, "scalar program", [&] { q.check(); });
  };
  CHECK(broken([](ScalarProgram& q) { q.steps[5].in[0] = q.slots(); }));
  CHECK(broken([](ScalarProgram& q) { q.steps[5].op = 60000; }));
  CHECK(broken([](ScalarProgram& q) { q.outputs[0] = q.slots(); }));
  CHECK(broken([](ScalarProgram& q) {
    q.steps[0].op = kOpId<"leaky_relu">;
    q.steps[0].params = static_cast<uint32_t>(q.constants.size());
  }));
}

}  // namespace
}  // namespace pyad
