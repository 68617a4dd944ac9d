"""Threads, forks, other interpreters and the end of the process."""

import subprocess
import sys
import textwrap

import pytest

MEMORY = """
import gc, os, threading, time
import pyad

def held():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def forked(check):
    "Whether the check holds in a child of this process."
    time.sleep(0.02)
    child = os.fork()
    if child == 0:
        held = False
        try:
            held = check()
        finally:
            os._exit(0 if held else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def run(code, **options):
    return subprocess.run(
        [sys.executable, "-c", MEMORY + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=200,
        **options,
    )


def passes(code):
    done = run(code)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]


def test_threads_whose_lives_overlap_leave_nothing():
    """Each thread ends after the next one has begun."""
    passes("""
        def work(begun, go):
            x = pyad.ones(100, requires_grad=True)
            (x * x).sum().backward()
            p = [pyad.ones(4, requires_grad=True)]
            p[0].grad = pyad.ones(4)
            pyad.optim.Adam(p).step()
            begun.set()
            go.wait()

        def many(n):
            last = None
            for _ in range(n):
                begun, go = threading.Event(), threading.Event()
                t = threading.Thread(target=work, args=(begun, go))
                t.start()
                begun.wait()
                if last:
                    last[1].set()
                    last[0].join()
                last = t, go
            last[1].set()
            last[0].join()

        many(60)
        before = held()
        many(400)
        lost = held() - before
        print(lost)
        assert lost < 400 * 10_000, lost
        """)


def test_workers_of_loaders_leave_nothing():
    passes("""
        from pyad.utils.data import DataLoader, Dataset

        class Squares(Dataset):
            def __len__(self):
                return 16
            def __getitem__(self, i):
                x = pyad.full((50,), float(i), requires_grad=True)
                (x * x).sum().backward()
                return x.grad

        def epochs(n):
            for _ in range(n):
                for batch in DataLoader(Squares(), batch_size=4, num_workers=4):
                    assert batch.shape == (4, 50)

        epochs(6)
        before = held()
        epochs(25)
        lost = held() - before
        print(lost)
        assert lost < 25 * 200_000, lost
        """)


def test_a_fork_during_a_kernel_keeps_no_buffers():
    passes("""
        stop = False

        def kernels():
            x = pyad.ones(3000, 1000)
            while not stop:
                x.sort()

        def child():
            x = pyad.ones(1000)
            before = pyad._core.live_counts()["buffers"]
            for _ in range(200):
                y = (x * pyad.ones(1000, requires_grad=True))  # x is saved
                x.add_(1)  # and so replaced
                del y
            pyad.ones(2_000_000).exp()  # a kernel of its own ends
            return pyad._core.live_counts()["buffers"] - before <= 20

        t = threading.Thread(target=kernels)
        t.start()
        time.sleep(0.3)
        right = [forked(child) for _ in range(5)]
        stop = True
        t.join()
        assert all(right)
        """)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("workers", [1, 3])
def test_a_fork_during_a_large_product(workers, threads):
    """OpenBLAS would wait for ever for a thread of its own that works for another thread."""
    passes(f"""
        pyad.set_num_threads({threads})
        stop = False
        x = pyad.ones(900, 900)

        def products():
            while not stop:
                x @ x

        workers = [threading.Thread(target=products) for _ in range({workers})]
        for t in workers:
            t.start()
        time.sleep(0.1)
        right = [forked(lambda: (x @ x)[3, 4].item() == 900) for _ in range(5)]
        stop = True
        for t in workers:
            t.join()
        assert all(right)
        """)


def test_a_fork_while_threads_end():
    """An ending thread hands a long list of blocks on, under a lock that the child needs."""
    passes("""
        def work():
            x = y = pyad.ones(4, requires_grad=True)
            for _ in range(40_000):
                y = y + x

        stop = False

        def spawn():
            while not stop:
                t = threading.Thread(target=work)
                t.start()
                t.join()

        def child():
            signal.alarm(20)
            made = [pyad.ones(4, requires_grad=True) * 2 for _ in range(20_000)]
            return len(made) == 20_000

        import signal
        spawning = [threading.Thread(target=spawn) for _ in range(2)]
        for t in spawning:
            t.start()
        right = [forked(child) for _ in range(60)]
        stop = True
        for t in spawning:
            t.join()
        assert all(right)
        """)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_fork_between_parts_of_a_kernel(threads):
    """A signal's handler forks: parent and child each finish the kernel that it interrupted."""
    passes(f"""
        import signal
        pyad.set_num_threads({threads})
        children = []
        signal.signal(signal.SIGALRM, lambda *_: children.append(os.fork()))
        x = pyad.rand(16_000_000)
        right = x[:1000].lgamma().sum().item(), x[-1000:].lgamma().sum().item()
        inside, k, end = 0, 0, time.monotonic() + 60
        while inside < 3 and time.monotonic() < end:
            children.clear()
            k += 1
            signal.setitimer(signal.ITIMER_REAL, 0.01 + 0.012 * (k % 12))
            y = x.lgamma()
            inside += bool(children)
            while not children:
                time.sleep(0.001)
            held = right == (y[:1000].sum().item(), y[-1000:].sum().item())
            if children[0] == 0:
                z = x.exp()  # and begins others on its own threads
                os._exit(0 if held and z[-1].item() == x[-1:].exp().item() else 1)
            assert held
            assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0
        assert inside
        """)


def test_a_subinterpreter_is_refused():
    # CPython built without subinterpreters has nothing to refuse.
    pytest.importorskip("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
    done = run("""
        import sys
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            import _interpreters as interpreters
        other = interpreters.create()
        code = '''
        import sys
        sys.path[:] = %r
        try:
            import pyad
        except ImportError as error:
            print(error, flush=True)
        else:
            print("imported")
        '''
        import textwrap
        interpreters.run_string(other, textwrap.dedent(code) % (sys.path,))
        assert pyad.ones(2).sum().item() == 2
        """)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "subinterpreter" in done.stdout
    assert "main interpreter" in done.stdout


@pytest.mark.parametrize(
    "work",
    [
        "x @ x",
        "x.exp()",
        "(leaf * leaf).exp().sum().backward()",
        "x.sort()",
        "pyad.randn(700, 700)",
        "leaf.register_hook(lambda g: sum(range(100)))",
        "pyad.autograd.grad(Double.apply(leaf).sum(), leaf)",
    ],
)
def test_a_daemon_thread_at_work_when_the_process_ends(work):
    for delay in (0.05, 0.11, 0.2):
        done = run(f"""
        x = pyad.ones(700, 700)
        leaf = pyad.ones(700, 700, requires_grad=True)

        class Double(pyad.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                for _ in range(1000): pass
                return x.exp()
            @staticmethod
            def backward(ctx, g):
                for _ in range(1000): pass
                return g.exp()

        def work():
            while True:
                {work}

        for _ in range(3):
            threading.Thread(target=work, daemon=True).start()
        time.sleep({delay})
        """)
        assert done.returncode == 0, (delay, done.returncode, done.stderr[-2000:])
        assert done.stderr == ""
