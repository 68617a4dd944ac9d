// Levels and tangents.
#include "dispatch/tangent.hpp"

#include <algorithm>
#include <vector>

#include "dispatch/batch.hpp"
#include "graph/node.hpp"

namespace pyad {

namespace {

/// Same memory, same history, no tangents.
Tensor bare_alias(const Tensor& x) {
  Edge edge = x.requires_grad() ? gradient_edge(x) : Edge{};
  Tensor y = alias(x, x.layout());
  if (edge) set_history(y, edge.node.get(), static_cast<int>(edge.nr));
  return y;
}

}  // namespace

int enter_dual_level() { return enter_level(false); }

void exit_dual_level(int level) {
  exit_level("exit_dual_level", level);
  drop_kept_tangents(level);
}

int innermost_dual_level() {
  int level = -1;
  for (const Level& l : open_levels())
    if (!l.batch) level = l.number;
  return level;
}

int open_dual_level(int depth) {
  for (const Level& l : open_levels())
    if (!l.batch && depth-- == 0) return l.number;
  return -1;
}

Tensor make_dual(const Tensor& x, const Tensor& t, int level, Ref<Object> root) {
  const Tensor both[] = {x, t};
  if (const int batch = batch_level_of(both); batch >= 0) [[unlikely]] {
    return make_batched(
        make_dual(spread_examples(x, batch), spread_examples(t, batch), level, std::move(root)),
        batch);
  }
  Tensor y = bare_alias(x);
  std::vector<Tangent>& to = y.extra().tangents;
  if (x.impl()->extra) {
    for (const Tangent& d : x.impl()->extra->tangents)
      if (d.level != level && is_open_level(d.level)) to.push_back(d);
  }
  to.push_back({level, t, std::move(root)});
  std::sort(to.begin(), to.end(),
            [](const Tangent& a, const Tangent& b) { return a.level < b.level; });
  return y;
}

Tensor tangent_at(const Tensor& x, int level) {
  x.catch_up();
  if (!x.impl()->extra || !is_open_level(level)) return {};
  if (x.is_batched()) [[unlikely]] {
    const Batch& batch = x.impl()->extra->batch;
    Tensor t = tangent_at(batch.all, level);
    return t.defined() ? make_batched(t, batch.level) : t;
  }
  for (const Tangent& t : x.impl()->extra->tangents)
    if (t.level == level) return t.value;
  return {};
}

Object* root_at(const Tensor& x, int level) {
  x.catch_up();
  if (!x.impl()->extra || !is_open_level(level)) return nullptr;
  for (const Tangent& t : x.impl()->extra->tangents)
    if (t.level == level) return t.root.get();
  return nullptr;
}

Tensor primal_at(const Tensor& x, int level) {
  x.catch_up();
  if (x.is_batched()) [[unlikely]] {
    const Batch& batch = x.impl()->extra->batch;
    return make_batched(primal_at(batch.all, level), batch.level);
  }
  if (!x.impl()->extra || x.impl()->extra->tangents.empty()) return x;
  Tensor y = bare_alias(x);
  for (const Tangent& t : x.impl()->extra->tangents)
    if (t.level != level && is_open_level(t.level)) y.extra().tangents.push_back(t);
  return y;
}

int dual_level_of(std::span<const Tensor> xs) {
  int level = -1;
  for (const Tensor& x : xs) {
    if (!x.defined() || !x.impl()->extra) continue;
    x.catch_up();
    if (x.is_batched()) [[unlikely]]
      level = std::max(level, dual_level_of({&x.impl()->extra->batch.all, 1}));
    for (const Tangent& t : x.impl()->extra->tangents)
      if (t.level > level && is_open_level(t.level)) level = t.level;
  }
  return level;
}

}  // namespace pyad
