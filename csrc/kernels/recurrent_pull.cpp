// Recurrent layers, backward: the steps in falling order, then the weights over all steps. See Note
// [Recurrent layers].
#include "core/host.hpp"
#include "kernels/recurrent.hpp"
#include "kernels/recurrent_run.hpp"

namespace pyad {

namespace {

/// gw = sum over all rows of d^T h, h being the state before each row.
template <class T>
void pull_state_weight(const RecurrentShape& s, const T* d, const T* y, const T* h0, T* packed,
                       T* gw) {
  int64_t width = s.gates(), first = s.reverse ? s.steps - 1 : 0;
  MatrixView<T> left{d, 1, width};
  if (!s.batch_sizes) {
    int64_t rows = s.total - s.batch;
    left.data = d + (s.reverse ? 0 : s.batch) * width;
    gemm<T>(width, s.out, rows, T(1), left, {y + (s.reverse ? s.batch : 0) * s.out, s.out, 1}, T(0),
            gw, s.out);
    left.data = d + first * s.batch * width;
    if (h0) gemm<T>(width, s.out, s.batch, T(1), left, {h0, s.out, 1}, T(1), gw, s.out);
    return;
  }
  for (int64_t t = 0; t < s.steps; ++t) {
    with_state_before<T>(s, t, 0, s.batch, y, nullptr, h0, nullptr,
                         [&](int64_t begin, int64_t end, const T* h, const T*) {
                           T* to = packed + (s.offset(t) + begin) * s.out;
                           int64_t count = (end - begin) * s.out;
                           h ? std::copy_n(h, count, to) : std::fill_n(to, count, T(0));
                         });
  }
  gemm<T>(width, s.out, s.total, T(1), left, {packed, s.out, 1}, T(0), gw, s.out);
}

template <class T>
void pull(const RecurrentShape& s, const RecurrentData& d, const RecurrentPull& p) {
  const RecurrentLoops<T>& loops = recurrent_loops<T>();
  const int64_t n = s.hidden, width = s.gates();
  const bool gru = s.cell == Cell::kGru, lstm = s.cell == Cell::kLstm;
  const T *h0 = data_or_null<T>(d.h0), *c0 = data_or_null<T>(d.c0), *y = d.y.data<T>(),
          *kept = data_or_null<T>(d.kept), *w_hr = data_or_null<T>(d.w_hr),
          *gy = data_or_null<T>(p.gy);
  const T* cells = lstm ? kept + s.total * width : nullptr;
  const T* tanh_c = lstm ? cells + s.total * n : nullptr;
  const T* h_full = s.projected() ? tanh_c + s.total * n : nullptr;
  const T* hn = gru ? kept + s.total * width : nullptr;
  T *dgates = p.dgates.data<T>(), *dstate = p.dstate.data<T>();

  // The carries start with the cotangents of the last states and end with those of the first.
  Scratch<T> carry_h(p.gh0.defined() ? 0 : s.batch * s.out),
      carry_c(p.gc0.defined() || !lstm ? 0 : s.batch * n), zero_row(n);
  Scratch<T> out_pulls(s.projected() ? s.total * s.out : 0),
      full_pulls(s.projected() ? s.batch * n : 0);
  Scratch<T> packed(s.batch_sizes ? s.total * s.out : 0);
  T* dh = p.gh0.defined() ? p.gh0.data<T>() : carry_h.data();
  T* dc = p.gc0.defined() ? p.gc0.data<T>() : carry_c.data();
  const T* zeros = zero_row.zeroed(n);
  auto start = [&](T* carry, const Tensor& g, int64_t count) {
    g.defined() ? std::copy_n(g.data<T>(), count, carry) : std::fill_n(carry, count, T(0));
  };
  start(dh, p.gh_n, s.batch * s.out);
  if (lstm) start(dc, p.gc_n, s.batch * n);
  StepFactor<T> w_hh({d.w_hh.data<T>(), s.out, 1}, width, s.out, s.batch);
  StepFactor<T> back_hr({w_hr, n, 1}, s.out, s.projected() ? n : 0, s.batch);

  Unlocked unlocked(2 * elements_worth(s));
  w_hh.pack();
  if (s.projected()) back_hr.pack();
  over_sequences<T>(s, [&](int64_t r0, int64_t r1) {
    for (int64_t k = s.steps - 1; k >= 0; --k) {
      if (k % kStepsPerPoll == kStepsPerPoll - 1) poll_part();
      int64_t t = s.reverse ? s.steps - 1 - k : k;
      with_state_before<T>(
          s, t, r0, r1, y, cells, h0, c0, [&](int64_t begin, int64_t end, const T* h, const T* c) {
            int64_t rows = end - begin, at = s.offset(t) + begin;
            const T* g = (gru || lstm ? kept : y) + at * width;
            T *gh = dh + begin * s.out, *dg = dgates + at * width, *ds = dstate + at * width;
            CellRows<T> from_y = gy ? CellRows<T>{gy + at * s.out, s.out} : CellRows<T>{zeros, 0};
            if (gru) {
              loops.gru_pull(rows, n, g, hn + at * n, h ? CellRows<T>{h, n} : CellRows<T>{zeros, 0},
                             from_y, gh, dg, ds);
            } else if (lstm) {
              T* full = gh;
              if (s.projected()) {
                T* whole = out_pulls.data() + at * s.out;
                for (int64_t r = 0; r < rows; ++r)
                  for (int64_t j = 0; j < s.out; ++j)
                    whole[r * s.out + j] = gh[r * s.out + j] + from_y.data[r * from_y.step + j];
                full = full_pulls.data() + begin * n;
                back_hr.times(rows, whole, full, false);
                from_y = {zeros, 0};
              }
              loops.lstm_pull(rows, n, g, c ? CellRows<T>{c, n} : CellRows<T>{zeros, 0},
                              tanh_c + at * n, from_y, full, dc + begin * n, dg);
            } else {
              loops.plain_pull(rows, n, s.cell == Cell::kRelu, g, from_y, gh, dg);
            }
            if (h || p.gh0.defined()) w_hh.times(rows, ds, gh, gru);
          });
    }
  });
  const T* x = d.x.data<T>();
  if (p.gx.defined()) {
    gemm<T>(s.total, s.input, width, T(1), {dgates, width, 1}, {d.w_ih.data<T>(), s.input, 1}, T(0),
            p.gx.data<T>(), s.input);
  }
  if (p.gw_ih.defined()) {
    gemm<T>(width, s.input, s.total, T(1), {dgates, 1, width}, {x, s.input, 1}, T(0),
            p.gw_ih.data<T>(), s.input);
  }
  if (p.gw_hh.defined()) pull_state_weight<T>(s, dstate, y, h0, packed.data(), p.gw_hh.data<T>());
  if (p.gw_hr.defined()) {
    gemm<T>(s.out, n, s.total, T(1), {out_pulls.data(), 1, s.out}, {h_full, n, 1}, T(0),
            p.gw_hr.data<T>(), n);
  }
}

}  // namespace

void recurrent_pull(const RecurrentShape& s, const RecurrentData& d, const RecurrentPull& p) {
  wide_index(d.x.dtype()) ? pull<double>(s, d, p) : pull<float>(s, d, p);
}

}  // namespace pyad
