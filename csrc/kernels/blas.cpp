// See blas.hpp.
#include "kernels/blas.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <cstdlib>
#include <cstring>
#include <ctime>

#include "core/error.hpp"
#include "kernels/parallel.hpp"

namespace pyad {

namespace {

std::string (*g_finder)() = nullptr;
bool g_tried = false;
void* g_library = nullptr;
Blas g_blas;
const Blas* g_loaded = nullptr;
int g_threads = 0;

// Note [Forks during a product]
// OpenBLAS ends its threads before a fork, and waits for ever for one that works for another thread
// of the process. Handlers that were registered later run before: ours, which is, waits until no
// product runs and lets none begin until the fork is done.
pthread_rwlock_t g_calls;

void open_calls() {
  pthread_rwlockattr_t kind;
  pthread_rwlockattr_init(&kind);
#if defined(__GLIBC__)
  // Products of several threads that overlap would keep a fork waiting for ever.
  pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
  pthread_rwlock_init(&g_calls, &kind);
  pthread_rwlockattr_destroy(&kind);
}

void hold_forks() {
  open_calls();
  // The child's lock counts threads that it does not have, so it gets another.
  pthread_atfork([] { pthread_rwlock_wrlock(&g_calls); }, [] { pthread_rwlock_unlock(&g_calls); },
                 open_calls);
  // It ends its threads when the process ends, too, where daemon threads may still be at work.
  std::atexit([] {
    timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    (void)pthread_rwlock_timedwrlock(&g_calls, &until);
  });
}

template <class F>
bool find(F& out, const char* name) {
  out = reinterpret_cast<F>(dlsym(g_library, name));
  return out != nullptr;
}

void try_to_load() {
  g_tried = true;
  const char* wish = std::getenv("PYAD_BLAS");
  if (wish && std::strcmp(wish, "off") == 0) return;
  std::string path = g_finder ? g_finder() : std::string();
  if (path.empty()) return;
  g_library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!g_library) return;
  if (find(g_blas.sgemm, "scipy_cblas_sgemm") && find(g_blas.dgemm, "scipy_cblas_dgemm") &&
      find(g_blas.set_num_threads, "scipy_openblas_set_num_threads")) {
    hold_forks();
    g_loaded = &g_blas;
  }
}

}  // namespace

BlasCall::BlasCall() { pthread_rwlock_rdlock(&g_calls); }
BlasCall::~BlasCall() { pthread_rwlock_unlock(&g_calls); }

void set_blas_finder(std::string (*finder)()) { g_finder = finder; }

const Blas* load_blas() {
  if (!g_tried) try_to_load();
  return g_loaded;
}

const Blas* blas_if_loaded() { return g_loaded; }

void* find_blas_symbol(const char* name) { return load_blas() ? dlsym(g_library, name) : nullptr; }

void* blas_symbol(const char* name) {
  void* p = find_blas_symbol(name);
  if (!p) {
    fail(ErrorKind::kRuntime, name,
         g_library ? ": not in the OpenBLAS library found" : ": OpenBLAS was not found",
         "; install it with `pip install scipy-openblas32`");
  }
  return p;
}

void sync_blas_threads() {
  if (g_loaded && g_threads != num_threads()) {
    g_threads = num_threads();
    g_loaded->set_num_threads(g_threads);
  }
}

}  // namespace pyad
