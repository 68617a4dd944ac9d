// Forward mode: tangents that travel with tensors, by level.
//
// Note [Forward-mode levels]
// `dual_level()` opens a level; `make_dual(x, t)` is x with tangent t at that level. An op with
// dual inputs works at the innermost level among them: it strips that level's tangents, runs itself
// on what remains (which may still be dual at outer levels, or recorded), runs its jvp rule on the
// stripped primals and the tangents, and attaches the result. Values and tangents of outer levels,
// and the graph, therefore pass through primal and tangent alike: levels nest without being
// confused, and reverse mode works over forward mode and the other way round. Nothing is kept for
// later, so memory does not grow with the number of ops.
//
// Recorded nodes keep the tangents of what they saved while the level lasts (Note [Tangents of
// saved values]).
//
// Levels are those of Note [Levels].
#pragma once

#include <span>

#include "core/tensor.hpp"
#include "graph/levels.hpp"
#include "graph/mode.hpp"

namespace pyad {

/// Opens a level on this thread and returns its number.
int enter_dual_level();
/// Closes the innermost level; tensors still carrying its tangents lose them.
void exit_dual_level(int level);
/// The innermost open dual level of this thread, or -1.
int innermost_dual_level();
/// The open dual level of this depth, counted from the outermost.
int open_dual_level(int depth);

/// `x` with tangent `t` at `level`, sharing memory and history with `x`; a root tells its own.
Tensor make_dual(const Tensor& x, const Tensor& t, int level, Ref<Object> root = {});
/// Tangent at `level`; undefined if there is none.
Tensor tangent_at(const Tensor& x, int level);
/// What a root told with its tangent at `level`; null of anything else.
Object* root_at(const Tensor& x, int level);
/// `x` without its tangent at `level`.
Tensor primal_at(const Tensor& x, int level);

/// Innermost open level at which one of the tensors has a tangent, or -1.
int dual_level_of(std::span<const Tensor> xs);
inline bool duals_possible() { return mode.dual_levels > 0; }

}  // namespace pyad
