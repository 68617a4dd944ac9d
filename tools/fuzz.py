"""Fuzzes the public interface: `python tools/fuzz.py calls|programs [--seconds N] [--seed S]`.

`calls` gives every public callable good, random and hostile arguments; `programs` runs random
programs here and in PyTorch and compares values, first and second derivatives. Workers are
processes that may die: a crash is a finding, and the next worker goes on behind it. A case that
does not end in time, or whose process somebody kills, runs again alone with much more time before
it is called one: the machine may be busy. A finding prints its case; `--replay SEED:CASE` runs it
again alone.

With `--core FILE` the workers load that compiled module in place of the installed one, which is how
the module under sanitizers is fuzzed: `cmake --preset asan-module && cmake --build --preset
asan-module && python tools/fuzz.py calls --core build/asan/csrc/_core*.so`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
WORKERS = {"calls": "fuzz_calls.py", "programs": "fuzz_programs.py"}
BATCH = {"calls": 400, "programs": 150}
ADDRESS_SPACE = 6 << 30
CASE_SECONDS, CASE_SECONDS_ALONE = 30, 600
TIMEOUT = "Timeout (0:"  # how faulthandler begins
# Loads a compiled module by its path before the package asks for it.
LOADER = """
import importlib.util, runpy, sys
spec = importlib.util.spec_from_file_location("pyad._core", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules["pyad._core"] = module
spec.loader.exec_module(module)
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def sanitizer_environment(core: str) -> dict[str, str]:
    """What a module under sanitizers needs of its process: their library first, quiet leaks."""
    linked = subprocess.run(["ldd", core], capture_output=True, text=True, check=True).stdout
    found = [line.split("=>")[1].split()[0] for line in linked.splitlines() if "libasan" in line]
    if not found:
        return {}
    # The C++ library too: the sanitizer looks for its throw when it starts.
    found += [x.split("=>")[1].split()[0] for x in linked.splitlines() if "libstdc++" in x]
    return {
        "LD_PRELOAD": " ".join(found),
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=4096"
        ":handle_segv=0:detect_stack_use_after_return=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }


def command(mode: str, core: str | None, args: list[str]) -> list[str]:
    """The worker's command line."""
    script = str(HERE / WORKERS[mode])
    if core is None:
        return [sys.executable, script, *args]
    return [sys.executable, "-c", LOADER, core, script, *args]


def limit(sanitized: bool) -> None:
    """In the child: no core files, and no more memory than an allocation at random may ask for."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not sanitized:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


class Fuzz:
    """Runs batches of cases in workers and gathers what they find."""

    def __init__(self, mode: str, seed: int, core: str | None) -> None:
        self.mode, self.seed = mode, seed
        self.core = str(pathlib.Path(core).resolve()) if core else None
        self.extra = sanitizer_environment(self.core) if self.core else {}
        self.counts: dict[str, int] = {}
        self.findings: list[dict[str, Any]] = []

    def batch(self, first: int, count: int, folder: str, seconds: int = CASE_SECONDS) -> int:
        """One worker; returns the number of the first case that was not run."""
        log = pathlib.Path(folder, "case")
        log.unlink(missing_ok=True)
        args = [str(self.seed), str(first), str(count), str(log), str(seconds)]
        code, out, err = self.work(args, folder)
        ended = False
        for line in out.splitlines():
            if not line.startswith("{"):
                continue
            message = json.loads(line)
            if "counts" in message:
                ended = True
                self.count(message["counts"])
            else:
                self.found(message["case"], message["what"])
        if ended:
            return first + count
        shown, _, text = (
            log.read_text(errors="replace").partition(" ") if log.exists() else [""] * 3
        )
        if not shown:
            raise SystemExit(f"fuzz: the worker does not start ({code})\n{err[-3000:]}")
        number = max(int(shown), first)
        stack = err.partition("most recent call first):\n")[2]
        late = code == 1 and TIMEOUT in err
        if "/torch/" in stack.partition("\n")[0]:
            self.count({"peer died": 1})
        elif (late or code == -signal.SIGKILL) and seconds < CASE_SECONDS_ALONE:
            self.count({"run again alone": 1})
            self.batch(number, 1, folder, CASE_SECONDS_ALONE)
        else:
            # A sanitizer says the most at first, Python at last.
            at = (
                err.find("runtime error: ") if "runtime error: " in err else err.find("ERROR: Addr")
            )
            shown = err[max(at - 200, 0) :][:2500] if at >= 0 else err[-2500:]
            self.found(number, f"{text.strip()}: process ended ({code})\n{shown}")
        return number + 1

    def work(self, args: list[str], folder: str) -> tuple[int, str, str]:
        """A worker's end: its code and what it wrote. With it ends what it started."""
        env = {**os.environ, **self.extra, "PYTHONPATH": str(HERE), "OPENBLAS_NUM_THREADS": "1"}
        # Files, as a process that outlives the worker would keep a pipe open.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            worker = subprocess.Popen(
                command(self.mode, self.core, args),
                stdout=out,
                stderr=err,
                cwd=folder,
                env=env,
                start_new_session=True,
                preexec_fn=lambda: limit(bool(self.extra)),
            )
            try:
                code = worker.wait()
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        return code, texts[0], texts[1]

    def count(self, counts: dict[str, int]) -> None:
        """Adds to the sums."""
        for key, n in counts.items():
            self.counts[key] = self.counts.get(key, 0) + n

    def found(self, case: int, what: str) -> None:
        """Keeps and prints a finding."""
        self.findings.append({"seed": self.seed, "case": case, "what": what})
        print(f"FOUND {self.seed}:{case} {what}\n", flush=True)

    def run(self, seconds: float, cases: int | None, first: int = 0) -> None:
        """Batches until the time, or the number of cases, is over."""
        end, number, last = time.monotonic() + seconds, first, first + (cases or sys.maxsize)
        with tempfile.TemporaryDirectory() as folder:
            while number < last and time.monotonic() < end:
                size = min(BATCH[self.mode], last - number)
                number = self.batch(number, size, folder)
        self.counts["cases"] = number - first


def main() -> int:
    """The command; 1 if anything was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("mode", choices=WORKERS)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--cases", type=int, help="stop after so many cases")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--core", help="a compiled module to load in place of the installed one")
    parser.add_argument("--replay", metavar="SEED:CASE", help="run one case alone")
    parser.add_argument("--report", help="a file for the findings, JSON")
    args = parser.parse_args()
    if args.replay:
        args.seed, args.first = map(int, args.replay.split(":"))
        args.cases, args.seconds = 1, 600.0
    fuzz = Fuzz(args.mode, args.seed, args.core)
    fuzz.run(args.seconds, args.cases, args.first)
    print(f"fuzz {args.mode}: {fuzz.counts}, {len(fuzz.findings)} found")
    if args.report:
        pathlib.Path(args.report).write_text(json.dumps(fuzz.findings, indent=1))
    return 1 if fuzz.findings else 0


if __name__ == "__main__":
    sys.exit(main())
