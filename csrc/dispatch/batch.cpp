// Taking a batch off operands and putting it on results. See batch.hpp.
#include "dispatch/batch.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <string>

#include "core/host.hpp"
#include "dispatch/call_log.hpp"
#include "dispatch/inplace.hpp"
#include "dispatch/stored.hpp"
#include "dispatch/tangent.hpp"
#include "ops/functions.hpp"
#include "ops/join.hpp"
#include "ops/view.hpp"

namespace pyad {

namespace {

/// Ops that said that they run example by example.
struct Loops {
  std::mutex lock;
  std::set<std::string> said;
} loops;

void warn_of_loop(const char* op) {
  {
    std::lock_guard hold(loops.lock);
    if (!loops.said.insert(op).second) return;
  }
  warn(cat("vmap: ", op,
           " has no batching rule yet and runs example by example, which is slow; the results are "
           "the same"));
}

[[noreturn]] void fail_empty_batch(const char* op) {
  fail(ErrorKind::kRuntime, "vmap: ", op,
       " runs example by example, which a batch of no examples does not allow");
}

Tensor stack_examples(const char* op, const std::vector<Tensors>& results, size_t k) {
  Tensors parts;
  for (const Tensors& r : results) {
    if (r[k].sizes() != results[0][k].sizes()) {
      fail(ErrorKind::kRuntime, "vmap: ", op, ": the shape of the result depends on the values, ",
           results[0][k].sizes(), " and ", r[k].sizes(),
           " for two examples; such a result has no batch");
    }
    parts.push_back(r[k]);
  }
  return stack(parts);
}

Tensors loop_examples(const OpInfo& op, const void* attr, const Examples& in) {
  warn_of_loop(op.name);
  if (in.size() == 0) fail_empty_batch(op.name);
  std::vector<Tensors> results;
  for (int64_t e = 0; e < in.size(); ++e) {
    Tensors one;
    for (int i = 0; i < in.count(); ++i)
      one.push_back(in[i].defined() && in.batched(i) ? select(in[i], 0, e) : in[i]);
    results.push_back(call_op(op, attr, one));
  }
  Tensors out;
  for (size_t k = 0; k < results[0].size(); ++k)
    out.push_back(results[0][k].defined() ? stack_examples(op.name, results, k) : Tensor());
  return out;
}

}  // namespace

void forget_loops() {
  std::lock_guard hold(loops.lock);
  loops.said.clear();
}

Tensors call_batched(const OpInfo& op, const void* attr, Inputs in, int level) {
  Tensors all;
  std::vector<bool> mask;
  for (const Tensor& x : in) {
    Tensor examples = examples_of(x, level);
    mask.push_back(examples.defined());
    all.push_back(examples.defined() ? std::move(examples) : x);
  }
  Examples examples(std::move(all), std::move(mask), find_level(level)->size);
  Tensors out;
  if (op.batch) out = op.batch(attr, examples);
  if (out.empty() && op.compose) return op.compose(attr, in);
  if (out.empty()) out = loop_examples(op, attr, examples);
  for (Tensor& y : out)
    if (y.defined()) y = make_batched(y, level);
  return out;
}

Tensor elementwise_batched(const ElementwiseInfo& op, DType dtype, std::span<const Operand> in,
                           const double* params, int level) {
  Tensor all[3];
  Operand operands[3];
  int dims = 0;
  for (const Operand& x : in)
    if (x.tensor) dims = std::max(dims, x.tensor->dim());
  for (size_t i = 0; i < in.size(); ++i) {
    operands[i] = in[i];
    if (!in[i].tensor) continue;
    all[i] = examples_of(*in[i].tensor, level);
    if (!all[i].defined()) continue;
    all[i] = with_ones_at(all[i], 1, dims + 1);
    operands[i] = Operand(all[i]);
  }
  return make_batched(elementwise_in(op, dtype, {operands, in.size()}, params), level);
}

namespace {

bool is_of_level(const Arg& a, int level) {
  if (examples_of(a.tensor, level).defined()) return true;
  return std::any_of(a.tensors().begin(), a.tensors().end(),
                     [&](const Tensor& x) { return examples_of(x, level).defined(); });
}

Tensor example(const Tensor& x, int level, int64_t e) {
  Tensor all = examples_of(x, level);
  return all.defined() ? select(all, 0, e) : x;
}

Answer loop_row(const Function& row, std::span<Arg> args, int level) {
  warn_of_loop(row.name);
  const int64_t size = find_level(level)->size;
  if (size == 0) fail_empty_batch(row.name);
  std::vector<Tensors> results;
  bool tuple = false;
  for (int64_t e = 0; e < size; ++e) {
    std::vector<Arg> own(args.begin(), args.end());
    for (Arg& a : own) {
      if (a.tensor.defined()) a.tensor = example(a.tensor, level, e);
      for (Tensor& x : a.tensors()) x = example(x, level, e);
    }
    Args one(row.name, own);
    Answer answer = call_row(row, one);
    if (answer.is != Answer::Is::kTensor && answer.is != Answer::Is::kTuple) {
      fail(ErrorKind::kRuntime, "vmap: ", row.name,
           " answers with a Python value, of which there is one for all examples; use functions "
           "that give tensors");
    }
    tuple = answer.is == Answer::Is::kTuple;
    results.push_back(tuple ? std::move(answer.tensors) : Tensors{answer.tensor});
  }
  Tensors out;
  for (size_t k = 0; k < results[0].size(); ++k)
    out.push_back(make_batched(stack_examples(row.name, results, k), level));
  return tuple ? Answer(std::move(out)) : Answer(std::move(out[0]));
}

}  // namespace

/// Of searches, series and the like the row is what runs.
static Answer run_row(const Function& row, Args& args) {
  if (row.kind != Kind::kPlain) return row.call(args);
  const Running now;
  if (now.logged()) [[unlikely]]
    return run_row_logged(now, row, args);
  return row.call(args);
}

static Answer call_row_batched(const Function& row, Args& args) {
  if (mode.batch_levels == 0) return run_row(row, args);
  std::vector<Arg> kept(args.all().begin(), args.all().end());  // a row may move its arguments
  try {
    return row.call(args);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kBatched) throw;
  }
  int level = -1;
  for (const Level& l : open_levels())
    if (l.batch && std::any_of(kept.begin(), kept.end(),
                               [&](const Arg& a) { return is_of_level(a, l.number); }))
      level = l.number;
  if (row.places.flags & kShapeOfValues) {
    fail(ErrorKind::kRuntime, "vmap: ", row.name,
         ": the shape of the result depends on the values, so it differs from example to example "
         "and has no batch; call it outside the function");
  }
  return loop_row(row, kept, level);
}

static Answer call_row_any(const Function& row, Args& args) {
  if (!any_stored(args)) return call_row_batched(row, args);
  const std::vector<Arg> kept(args.all().begin(), args.all().end());
  try {
    return call_row_batched(row, args);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kNoKernel) throw;
  }
  return call_row_stored(row, kept, call_row_batched);
}

Answer call_row(const Function& row, Args& args) {
  if ((mode.batch_levels | int{stored_dtypes_seen}) == 0) return run_row(row, args);
  return call_row_any(row, args);
}

namespace {

[[noreturn]] void fail_unbatched_input() {
  fail(ErrorKind::kRuntime,
       "grad: inside vmap, the gradient of a batched result with respect to a tensor that is the "
       "same for all examples would be one gradient an example; take it with pyad.func.grad or "
       "pyad.func.vjp, whose arguments vmap can follow");
}

}  // namespace

Tensors batched_gradients(Inputs roots, Inputs seeds, Inputs wanted, const SweepOptions& options,
                          bool allow_unused) {
  const int level = std::max(batch_level_of(roots), batch_level_of(wanted));
  if (level < 0) {
    if (batch_level_of(seeds) >= 0) return gradients(roots, seeds, wanted, options, allow_unused);
    NoBatchLevels off;
    return gradients(roots, seeds, wanted, options, allow_unused);
  }
  Tensors all_roots, all_seeds, all_wanted;
  for (size_t k = 0; k < roots.size(); ++k) {
    Tensor all = examples_of(roots[k], level);
    if (!all.defined()) continue;  // no way leads from it to what is batched
    all_roots.push_back(all);
    if (k < seeds.size() && seeds[k].defined()) {
      all_seeds.push_back(spread_examples(seeds[k], level));
    } else {
      all_seeds.push_back(full_like(all, Scalar(1), all.dtype()));
    }
  }
  for (size_t j = 0; j < wanted.size(); ++j) {
    Tensor all = examples_of(wanted[j], level);
    if (!all.defined()) fail_unbatched_input();
    all_wanted.push_back(std::move(all));
  }
  if (all_roots.empty() && allow_unused) return Tensors(wanted.size());
  Tensors found = batched_gradients(all_roots, all_seeds, all_wanted, options, allow_unused);
  for (Tensor& g : found)
    if (g.defined()) g = put_on(g, level);
  return found;
}

bool write_batched(const char* op, const Tensor& target, const Tensor& value) {
  const Tensor both[] = {target, value};
  const int level = batch_level_of(both);
  if (level < 0) return false;
  Tensor to = examples_of(target, level);
  if (!to.defined()) {
    throw BatchRefusal(
        cat("vmap: ", op, ": values of a batch are written in place into a tensor of shape ",
            target.sizes(),
            " that is the same for all examples; make it inside the function from an argument "
            "(x.new_zeros(...), zeros_like(x)), or use the out-of-place form"));
  }
  Tensor from = examples_of(value, level);
  if (from.defined()) from = with_ones_at(from, 1, to.dim());
  write_inplace(op, to, from.defined() ? from : value);
  return true;
}

}  // namespace pyad
