// The table of rows, which families enter when the engine is loaded; arguments of rare types.
#include "ops/function.hpp"

namespace pyad {

namespace {

std::vector<std::span<const Function>>& tables() {
  static std::vector<std::span<const Function>> all;
  return all;
}

}  // namespace

const std::string Arg::kNoText;
const std::vector<Tensor> Arg::kNoTensors;
const std::vector<double> Arg::kNoReals;

void Arg::take_room(const Arg& o) {
  if (o.is == Is::kText) {
    std::construct_at(&text_, o.text_);
  } else if (o.is == Is::kTensors) {
    std::construct_at(&tensors_, o.tensors_);
  } else if (o.is == Is::kReals) {
    std::construct_at(&reals_, o.reals_);
  } else if (o.is == Is::kGenerator) {
    generator_ = o.generator_;
  }
  is = o.is;  // last: until then nothing is there to end
}

void Arg::end_room() {
  if (is == Is::kText) {
    std::destroy_at(&text_);
  } else if (is == Is::kTensors) {
    std::destroy_at(&tensors_);
  } else {
    std::destroy_at(&reals_);
  }
}

Rows::Rows(std::span<const Function> rows) { tables().push_back(rows); }

std::span<const std::span<const Function>> row_tables() { return tables(); }

}  // namespace pyad
