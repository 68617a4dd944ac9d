// One point at a time.
#include "scalar/machine.hpp"

#include <algorithm>
#include <numeric>

namespace pyad {

ScalarMachine::Point::Point(const ScalarMachine& m)
    : v_(m.program_.slots()), g_(m.program_.slots()) {
  std::copy(m.program_.constants.begin(), m.program_.constants.end(), v_.begin());
}

ScalarMachine::ScalarMachine(ScalarProgram program)
    : program_(std::move(program)),
      slots_(plan_values(program_)),
      value_code_(ScalarCode::forward(program_, slots_.of)),
      forward_code_(ScalarCode::forward(program_, {})),
      v_(slots_.count),
      rows_(program_.outputs.size()) {
  std::copy(program_.constants.begin(), program_.constants.end(), v_.begin());
}

void ScalarMachine::value(const double* x, double* y) {
  std::copy(x, x + program_.inputs, v_.data() + program_.first_input());
  value_code_.run(v_.data(), nullptr);
  for (const uint32_t o : program_.outputs) *y++ = v_[slots_.of[o]];
}

void ScalarMachine::forward(Point& at, const double* x, double* y) const {
  std::copy(x, x + program_.inputs, at.v_.data() + program_.first_input());
  forward_code_.run(at.v_.data(), nullptr);
  for (const uint32_t o : program_.outputs) *y++ = at.v_[o];
}

ScalarMachine::Sweep ScalarMachine::sweep(std::span<const uint32_t> rows) const {
  ReversePlan plan = plan_reverse(program_, rows, true);
  ScalarCode code = ScalarCode::reverse(program_, plan);
  return {std::move(plan), std::move(code)};
}

void ScalarMachine::sweep_back(const Sweep& s, Point& at, const double* seeds, double* gx) const {
  double* g = at.g_.data();
  for (const uint32_t z : s.plan.zeros) g[z] = 0;
  for (const uint32_t o : s.plan.seeds) g[o] = 0;
  for (const uint32_t o : s.plan.seeds) g[o] += *seeds++;
  s.code.run(at.v_.data(), g);
  const double* inputs = g + program_.first_input();
  std::transform(inputs, inputs + program_.inputs, gx, [](double d) { return d + 0.0; });
}

void ScalarMachine::backward(Point& at, const double* seeds, double* gx) {
  if (!all_) {
    std::vector<uint32_t> rows(program_.outputs.size());
    std::iota(rows.begin(), rows.end(), 0u);
    all_ = sweep(rows);
  }
  sweep_back(*all_, at, seeds, gx);
}

void ScalarMachine::backward_row(Point& at, uint32_t row, double* gx) {
  const double one = 1;
  if (!rows_[row]) {
    Sweep made = sweep({&row, 1});
    if (row != 0 && kept_ + made.code.size() > kMostKept) return sweep_back(made, at, &one, gx);
    kept_ += made.code.size();
    rows_[row] = std::make_unique<Sweep>(std::move(made));
  }
  sweep_back(*rows_[row], at, &one, gx);
}

std::vector<double> ScalarMachine::adjoints(Point& at, const double* seeds) const {
  std::vector<uint32_t> rows(program_.outputs.size());
  std::iota(rows.begin(), rows.end(), 0u);
  const ReversePlan plan = plan_reverse(program_, rows, false);
  std::vector<double> g(program_.slots());
  for (const uint32_t o : plan.seeds) g[o] += *seeds++;
  ScalarCode::reverse(program_, plan).run(at.v_.data(), g.data());
  for (double& d : g) d += 0.0;
  return g;
}

}  // namespace pyad
