// Checking and printing of static scalar programs.
#include "scalar/program.hpp"

#include <cstdio>

#include "core/error.hpp"
#include "scalar/rule.hpp"

namespace pyad {

void ScalarProgram::check() const {
  const size_t n_ops = scalar_rules().size();
  uint32_t written = first_result();
  if (constants.size() + inputs + steps.size() >= 0xffffffff) {
    fail(ErrorKind::kValue, "scalar program: too many slots");
  }
  for (const Step& s : steps) {
    const bool known = s.op < n_ops && scalar_rules()[s.op].scalar;
    if (!known) fail(ErrorKind::kValue, "scalar program: op ", s.op, " does not exist");
    const ScalarRule& rule = scalar_rules()[s.op];
    for (int i = 0; i < 3; ++i) {
      if (i < rule.arity ? s.in[i] >= written : s.in[i] != 0) {
        fail(ErrorKind::kValue, "scalar program: slot ", s.in[i], " is read before it is written");
      }
    }
    if (s.params + static_cast<size_t>(rule.num_params) > constants.size()) {
      fail(ErrorKind::kValue, "scalar program: the parameters of ", rule.name, " are missing");
    }
    ++written;
  }
  for (uint32_t o : outputs)
    if (o >= written) fail(ErrorKind::kValue, "scalar program: output ", o, " does not exist");
}

namespace {

std::string number(double v) {
  char text[32];
  for (int digits : {6, 17}) {
    std::snprintf(text, sizeof text, "%.*g", digits, v);
    double back = 0;
    if (std::sscanf(text, "%lf", &back) == 1 && back == v) break;
  }
  return text;
}

std::string slot_text(const ScalarProgram& p, uint32_t slot) {
  if (slot < p.first_input()) return number(p.constants[slot]);
  if (slot < p.first_result()) return cat("x", slot - p.first_input());
  return cat("v", slot - p.first_result());
}

}  // namespace

std::string ScalarProgram::text() const {
  std::string s = cat(inputs, inputs == 1 ? " input, " : " inputs, ", steps.size(),
                      steps.size() == 1 ? " step, " : " steps, ", outputs.size(),
                      outputs.size() == 1 ? " output" : " outputs");
  for (size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const ScalarRule& rule = scalar_rules()[step.op];
    s += cat("\nv", i, " = ", rule.name, "(");
    for (int k = 0; k < rule.arity; ++k) s += cat(k ? ", " : "", slot_text(*this, step.in[k]));
    for (int k = 0; k < rule.num_params; ++k) {
      s += cat(", ", rule.params[k].name, "=",
               number(constants[step.params + static_cast<size_t>(k)]));
    }
    s += step.recorded ? ")" : ")  # no gradient";
  }
  s += "\nreturn ";
  for (size_t i = 0; i < outputs.size(); ++i) s += cat(i ? ", " : "", slot_text(*this, outputs[i]));
  return s;
}

}  // namespace pyad
