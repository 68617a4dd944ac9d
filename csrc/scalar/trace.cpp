// From ops, as they are applied, to a program. See the notes in trace.hpp.
#include "scalar/trace.hpp"

#include "core/error.hpp"
#include "scalar/names.hpp"

namespace pyad {

namespace {
[[gnu::tls_model("initial-exec")]] thread_local constinit ScalarTrace* current = nullptr;
}  // namespace

int detail::open_traces = 0;
ScalarTrace* detail::current_trace() { return current; }

ScalarTrace::ScalarTrace(Style style) : builder_(style), begin_(detail::scalar_memory.made) {}

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

void ScalarTrace::add_input(ScalarNode* n) { hold(n, builder_.input()); }

uint32_t ScalarTrace::number_of(const ScalarOperand& in) {
  if (!in.node) return builder_.constant(in.value);
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
  if (in.node->number() > begin_) return builder_.constant(in.value);
  // A leaf from outside, such as a parameter: read again at every call.
  const uint32_t number = builder_.input();
  hold(in.node, number);
  outer_.push_back(in.node);
  return number;
}

bool ScalarTrace::varies(const ScalarNode* n) const {
  if (auto at = numbers_.find(n); at != numbers_.end()) return !builder_.is_constant(at->second);
  return n->number() <= begin_;
}

void ScalarTrace::note(ScalarNode* result, uint16_t op, const ScalarOperand* in,
                       const double* params) {
  uint32_t numbers[3] = {};
  for (int i = 0; i < scalar_rules()[op].arity; ++i) numbers[i] = number_of(in[i]);
  hold(result, builder_.step(op, numbers, params, mode.grad));
}

ScalarProgram ScalarTrace::program(std::span<const ScalarOperand> outputs) {
  if (!spoiled_.empty()) fail(ErrorKind::kRuntime, spoiled_);
  std::vector<uint32_t> wanted;
  for (const ScalarOperand& o : outputs) wanted.push_back(number_of(o));
  return builder_.program(wanted);
}

}  // namespace pyad
