// Recurrent cells, forward and backward, and the packing of their weights, for one instruction set.
//
// A cell is one pass over its units: all gates of a unit are activated, combined and stored at
// once.
#include "kernels/isa/gemm_vector.hpp"
#include "kernels/math/logistic.hpp"
#include "kernels/recurrent_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

template <class T>
void lstm(int64_t rows, int64_t n, T* gates, CellRows<T> c_prev, T* c, T* tanh_c, T* h) {
  for (int64_t r = 0; r < rows; ++r) {
    T* __restrict pi = gates + r * 4 * n;
    T* __restrict pf = pi + n;
    T* __restrict pg = pf + n;
    T* __restrict po = pg + n;
    const T* __restrict before = c_prev.data + r * c_prev.step;
    T* __restrict pc = c + r * n;
    T* __restrict pt = tanh_c + r * n;
    T* __restrict ph = h + r * n;
#pragma GCC ivdep
    for (int64_t j = 0; j < n; ++j) {
      T i = sigmoid(pi[j]), f = sigmoid(pf[j]), g = tanh(pg[j]), o = sigmoid(po[j]);
      pi[j] = i;
      pf[j] = f;
      pg[j] = g;
      po[j] = o;
      pc[j] = f * before[j] + i * g;
    }
    // A loop of its own: behind the gates it would wait for them, unit by unit.
#pragma GCC ivdep
    for (int64_t j = 0; j < n; ++j) {
      T t = tanh(pc[j]);
      pt[j] = t;
      ph[j] = po[j] * t;
    }
  }
}

template <class T>
void lstm_pull(int64_t rows, int64_t n, const T* gates, CellRows<T> c_prev, const T* tanh_c,
               CellRows<T> gy, const T* dh, T* dc, T* dgates) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* __restrict p = gates + r * 4 * n;
    const T* __restrict before = c_prev.data + r * c_prev.step;
    const T* __restrict pt = tanh_c + r * n;
    const T* __restrict g_y = gy.data + r * gy.step;
    const T* __restrict g_h = dh + r * n;
    T* __restrict g_c = dc + r * n;
    T* __restrict q = dgates + r * 4 * n;
#pragma GCC ivdep
    for (int64_t j = 0; j < n; ++j) {
      T i = p[j], f = p[n + j], g = p[2 * n + j], o = p[3 * n + j], t = pt[j];
      T d = g_y[j] + g_h[j];
      T s = g_c[j] + d * o * (T(1) - t * t);
      q[j] = s * g * (i * (T(1) - i));
      q[n + j] = s * before[j] * (f * (T(1) - f));
      q[2 * n + j] = s * i * (T(1) - g * g);
      q[3 * n + j] = d * t * (o * (T(1) - o));
      g_c[j] = s * f;
    }
  }
}

template <class T>
void gru(int64_t rows, int64_t n, T* gates, const T* state, CellRows<T> h_prev, T* hn, T* h) {
  for (int64_t r = 0; r < rows; ++r) {
    T* __restrict p = gates + r * 3 * n;
    const T* __restrict s = state + r * 3 * n;
    const T* __restrict before = h_prev.data + r * h_prev.step;
    T* __restrict keep = hn + r * n;
    T* __restrict ph = h + r * n;
#pragma GCC ivdep
    for (int64_t j = 0; j < n; ++j) {
      T reset = sigmoid(p[j] + s[j]), z = sigmoid(p[n + j] + s[n + j]), m = s[2 * n + j];
      T fresh = tanh(p[2 * n + j] + reset * m);
      p[j] = reset;
      p[n + j] = z;
      p[2 * n + j] = fresh;
      keep[j] = m;
      ph[j] = fresh + z * (before[j] - fresh);
    }
  }
}

template <class T>
void gru_pull(int64_t rows, int64_t n, const T* gates, const T* hn, CellRows<T> h_prev,
              CellRows<T> gy, T* dh, T* dgates, T* dstate) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* __restrict p = gates + r * 3 * n;
    const T* __restrict m = hn + r * n;
    const T* __restrict before = h_prev.data + r * h_prev.step;
    const T* __restrict g_y = gy.data + r * gy.step;
    T* __restrict g_h = dh + r * n;
    T* __restrict q = dgates + r * 3 * n;
    T* __restrict s = dstate + r * 3 * n;
#pragma GCC ivdep
    for (int64_t j = 0; j < n; ++j) {
      T reset = p[j], z = p[n + j], fresh = p[2 * n + j];
      T d = g_y[j] + g_h[j];
      T d_fresh = d * (T(1) - z) * (T(1) - fresh * fresh);
      T d_reset = d_fresh * m[j] * (reset * (T(1) - reset));
      T d_z = d * (before[j] - fresh) * (z * (T(1) - z));
      q[j] = d_reset;
      q[n + j] = d_z;
      q[2 * n + j] = d_fresh;
      s[j] = d_reset;
      s[n + j] = d_z;
      s[2 * n + j] = d_fresh * reset;
      g_h[j] = d * z;
    }
  }
}

template <class T>
void plain(int64_t count, bool relu, T* h) {
  if (relu) {
    for (int64_t j = 0; j < count; ++j) h[j] = h[j] < T(0) ? T(0) : h[j];
  } else {
#pragma GCC ivdep
    for (int64_t j = 0; j < count; ++j) h[j] = tanh(h[j]);
  }
}

template <class T>
void plain_pull(int64_t rows, int64_t n, bool relu, const T* h, CellRows<T> gy, const T* dh,
                T* dgates) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* __restrict p = h + r * n;
    const T* __restrict g_y = gy.data + r * gy.step;
    const T* __restrict g_h = dh + r * n;
    T* __restrict q = dgates + r * n;
    if (relu) {
      for (int64_t j = 0; j < n; ++j) {
        T d = g_y[j] + g_h[j];
        q[j] = p[j] <= T(0) ? T(0) : d;
      }
    } else {
      for (int64_t j = 0; j < n; ++j) q[j] = (g_y[j] + g_h[j]) * (T(1) - p[j] * p[j]);
    }
  }
}

template <class T>
void pack(const T* w, int64_t rows, int64_t cols, int64_t panel, T* out) {
  constexpr int kN = kLanes<T>;
  for (int64_t q0 = 0; q0 < rows; q0 += panel, out += panel * cols) {
    int64_t width = rows - q0 < panel ? rows - q0 : panel;
    for (int64_t j0 = 0; j0 < width; j0 += kN) {
      int64_t nj = width - j0 < kN ? width - j0 : kN;
      const T* from = w + (q0 + j0) * cols;
      int64_t p = 0;
      for (; nj == kN && p + kN <= cols; p += kN) {
        Vec<T> block[kN];
#pragma GCC unroll 16
        for (int j = 0; j < kN; ++j) block[j] = load(from + j * cols + p);
        transpose_square<T>(block);
#pragma GCC unroll 16
        for (int j = 0; j < kN; ++j) store(out + (p + j) * panel + j0, block[j]);
      }
      for (; p < cols; ++p)
        for (int64_t j = 0; j < nj; ++j) out[p * panel + j0 + j] = from[j * cols + p];
    }
  }
}

template <class T>
void fill_type(RecurrentLoops<T>& k) {
  k.lstm = lstm<T>;
  k.lstm_pull = lstm_pull<T>;
  k.gru = gru<T>;
  k.gru_pull = gru_pull<T>;
  k.plain = plain<T>;
  k.plain_pull = plain_pull<T>;
  k.pack = pack<T>;
}

}  // namespace

void fill_recurrent(RecurrentKernels* k) {
  fill_type(k->f32);
  fill_type(k->f64);
}

}  // namespace pyad::inline PYAD_ISA
