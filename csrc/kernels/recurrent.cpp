// Recurrent layers, forward. See Note [Recurrent layers].
#include "kernels/recurrent.hpp"

#include <type_traits>

#include "core/host.hpp"
#include "kernels/recurrent_run.hpp"

namespace pyad {

template <class T>
const RecurrentLoops<T>& recurrent_loops() {
  static const RecurrentKernels k = PYAD_SELECT_ISA(fill_recurrent, RecurrentKernels);
  if constexpr (std::is_same_v<T, float>) {
    return k.f32;
  } else {
    return k.f64;
  }
}
template const RecurrentLoops<float>& recurrent_loops<float>();
template const RecurrentLoops<double>& recurrent_loops<double>();

namespace {

/// The last states of all sequences, gathered from all steps.
template <class T>
void copy_last(const RecurrentShape& s, const T* steps, int64_t width, T* out) {
  for (int64_t t = s.reverse ? 0 : s.steps - 1, done = 0; done < s.batch; --t) {
    int64_t n = s.rows(t);
    std::copy_n(steps + (s.offset(t) + done) * width, (n - done) * width, out + done * width);
    done = n;
  }
}

template <class T>
void forward(const RecurrentShape& s, const RecurrentData& d) {
  const RecurrentLoops<T>& loops = recurrent_loops<T>();
  const int64_t n = s.hidden, width = s.gates();
  const bool gru = s.cell == Cell::kGru, lstm = s.cell == Cell::kLstm;
  const T *x = d.x.data<T>(), *h0 = data_or_null<T>(d.h0), *c0 = data_or_null<T>(d.c0),
          *w_ih = d.w_ih.data<T>(), *b_ih = data_or_null<T>(d.b_ih),
          *b_hh = data_or_null<T>(d.b_hh);
  T *y = d.y.data<T>(), *kept = data_or_null<T>(d.kept);
  T* gates = lstm || gru ? kept : y;
  T* cells = lstm ? kept + s.total * width : nullptr;  // or the state's part of n
  T* tanh_c = lstm ? cells + s.total * n : nullptr;
  T* h_full = s.projected() ? tanh_c + s.total * n : y;
  T* hn = gru ? kept + s.total * width : nullptr;

  Scratch<T> bias(width), zero_row(n), state(gru ? s.batch * width : 0);
  const T* zeros = zero_row.zeroed(n);
  StepFactor<T> w_hh({d.w_hh.data<T>(), 1, s.out}, s.out, width, s.batch);
  StepFactor<T> w_hr({data_or_null<T>(d.w_hr), 1, n}, n, s.projected() ? s.out : 0, s.batch);

  Unlocked unlocked(elements_worth(s));
  if (b_ih && !gru) {
    for (int64_t j = 0; j < width; ++j) bias.data()[j] = b_ih[j] + b_hh[j];
    b_ih = bias.data();
  }
  gemm<T>(s.total, width, s.input, T(1), {x, s.input, 1}, {w_ih, 1, s.input}, T(0), gates, width,
          b_ih);
  w_hh.pack();
  if (s.projected()) w_hr.pack();
  over_sequences<T>(s, [&](int64_t r0, int64_t r1) {
    for (int64_t k = 0; k < s.steps; ++k) {
      if (k % kStepsPerPoll == kStepsPerPoll - 1) poll_part();
      int64_t t = s.reverse ? s.steps - 1 - k : k;
      with_state_before<T>(
          s, t, r0, r1, y, cells, h0, c0, [&](int64_t begin, int64_t end, const T* h, const T* c) {
            int64_t rows = end - begin, at = s.offset(t) + begin;
            T* g = gates + at * width;
            if (gru) {
              T* part = state.data() + begin * width;
              if (h) {
                w_hh.times(rows, h, part, false, b_hh);
              } else {
                for (int64_t r = 0; r < rows; ++r)
                  for (int64_t j = 0; j < width; ++j) part[r * width + j] = b_hh ? b_hh[j] : T(0);
              }
              return loops.gru(rows, n, g, part, h ? CellRows<T>{h, n} : CellRows<T>{zeros, 0},
                               hn + at * n, y + at * n);
            }
            if (h) w_hh.times(rows, h, g, true);
            if (!lstm) return loops.plain(rows * n, s.cell == Cell::kRelu, g);
            loops.lstm(rows, n, g, c ? CellRows<T>{c, n} : CellRows<T>{zeros, 0}, cells + at * n,
                       tanh_c + at * n, h_full + at * n);
            if (s.projected()) w_hr.times(rows, h_full + at * n, y + at * s.out, false);
          });
    }
  });
  if (d.h_n.defined()) copy_last(s, y, s.out, d.h_n.data<T>());
  if (lstm) copy_last(s, cells, n, d.c_n.data<T>());
}

}  // namespace

void recurrent_forward(const RecurrentShape& s, const RecurrentData& d) {
  wide_index(d.x.dtype()) ? forward<double>(s, d) : forward<float>(s, d);
}

}  // namespace pyad
