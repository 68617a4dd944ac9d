"""Mutation testing: `python tools/mutate.py FOLDER [--count 200] [--seed 0] [--until whole]`.

Changes one thing at a time in a clone of the tree (FOLDER, made if it is not there), builds what
changed, and runs tests in rings: those named after the file, those of its room, a broad and quick
choice, the whole suite. A mutant that no test notices is a survivor. Places are drawn by seed in
proportion to the lines of the files. Each verdict is a line of the results file, so that a run goes
on where the last one stopped; a mutant that does not compile is no mutant, and another is drawn.

A test counts only if it passes without the change, which is tried when it first kills, against the
module built before. What a mutant changed is compiled back with the next one, not between them.

The build is a quick one, for one instruction set. If it makes the same module of a mutant, the
tests run on a full build, under each set the quick one does not have; if that module is the same
too, nothing can notice, and the mutant survives untested.

Survivors that change nothing a program could see get their reason by hand, in the field `reason` of
their line; they still count as survivors.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pathlib
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from mutant_clone import RINGS, Change, Clone, enclosing
from mutants import Mutant, drawn

SHARE = 0.95  # of the mutants, to be noticed
SHORT = 30  # seconds for a ring in short runs, whose survivors are judged again
RECENT = 12  # tests tried first because they killed nearby


class Judge:
    """Decides who notices a mutant, and remembers which tests did."""

    def __init__(self, clone: Clone, until: str, chosen: list[str] | None = None) -> None:
        self.clone, self.tests, self.until, self.chosen = clone, clone.tests, until, chosen
        self.good: set[str] = set()  # tests seen to pass without a change
        self.bad: set[str] = set()
        self.killers: list[tuple[str, str]] = []  # file, test

    def recent(self, path: str) -> list[str]:
        """The tests that killed in this file, then those that did so often in its folder."""
        folder = pathlib.PurePath(path).parent
        here = Counter(by for where, by in self.killers if where == path)
        near = Counter(by for where, by in self.killers if pathlib.PurePath(where).parent == folder)
        often = [by for by, times in near.most_common(RECENT) if times > 1 and by not in here]
        return [*[by for by, _ in here.most_common(RECENT)], *often]

    def confirmed(self, change: Change, request: dict[str, Any], by: str) -> bool:
        """Whether a failure is the change's: seen again with it, and not without it."""
        alone: dict[str, Any] = {**request, "files": [by.split("::")[0]], "only": [by]}
        if "::" not in by:  # a file that cannot be collected
            alone = {**request, "only": []}
        again = self.tests.run(**alone)["by"]
        if again and by in self.good:
            return True
        # What fails only after other tests is tried after the same ones.
        change.take_back()
        without = self.tests.run(**(alone if again else {**request, "last": by}))["by"]
        if without is None:
            self.good.add(by)
            return True
        change.make()
        return False

    def requests(self, mutant: Mutant, text: str) -> list[tuple[str, dict[str, Any]]]:
        """What to run, likeliest first; each with its ring, or none for a mixture."""
        if self.chosen:
            return [("", {"files": self.chosen})]
        rings = self.clone.rings(mutant.path, self.until)
        names = [
            *enclosing(text, mutant.start, mutant.path.endswith(".py")),
            pathlib.PurePath(mutant.path).stem,
        ]
        result: list[tuple[str, dict[str, Any]]] = [
            (ring, {"files": files, "names": names}) for ring, files in rings
        ]
        files = [file for _, files in rings for file in files]
        if self.until != "own":
            near = [f for _, files in self.clone.rings(mutant.path, "near") for f in files]
            result.insert(1, ("named", {"files": near, "names": names, "named": True}))
            files += near
        if self.until in ("own", "named"):
            for _, request in result:
                request["seconds"] = SHORT
        recent = [by for by in self.recent(mutant.path) if by.split("::")[0] in files]
        if recent:
            of = sorted({by.split("::")[0] for by in recent})
            result.insert(0, ("", {"files": of, "only": recent}))
        return result

    def noticed(self, change: Change, request: dict[str, Any]) -> dict[str, Any] | None:
        """The answer of the first test that fails because of the change."""
        while True:
            answer = self.tests.run(**request, bad=sorted(self.bad))
            by = answer["by"]
            if not by or self.confirmed(change, request, by):
                return answer if by else None
            if "::" not in by:
                raise SystemExit(f"mutate: {by} cannot be collected at all")
            self.bad.add(by)
            print(f"mutate: {by} fails without a change", flush=True)

    def build(self, change: Change) -> list[str] | None:
        """Builds, and says under which instruction sets to test; None if it does not compile."""
        change.write()
        if not change.compiled:
            return [""]
        if not self.clone.quick.compile():
            return None
        if self.clone.quick.noticed():
            return [""]
        if self.until in ("own", "named"):
            return []  # left to a longer run
        change.take_back()
        change.build = self.clone.full  # made here at first, without the change
        change.write()
        if not change.build.compile():
            return None
        return self.clone.wide if change.build.noticed() else []

    def judge(self, mutant: Mutant) -> dict[str, Any] | None:
        """Makes the change, sees who notices, and takes it back; None if it does not compile."""
        text = (self.clone.root / mutant.path).read_text()
        change = Change(self.clone, [mutant])
        answer, ring, began = None, self.until, time.monotonic()
        requests = self.requests(mutant, text)
        try:
            sets = self.build(change)
            if sets is None:
                return None
            built = time.monotonic()
            change.make()
            for isa, (ring, request) in itertools.product(sets, requests):  # noqa: B007
                answer = self.noticed(change, {**request, "isa": isa})
                if answer:
                    break
        finally:
            change.build = self.clone.quick
            change.take_back()
        by = answer["by"] if answer else None
        if by:
            self.killers.append((mutant.path, by))
        nothing = not sets and self.until not in ("own", "named")
        return {
            **mutant._asdict(),
            "text": text.splitlines()[mutant.line - 1].strip(),
            "verdict": "killed" if by else "survived",
            "ring": ring or self.clone.ring(by, mutant.path) if by else self.until,
            "by": by,
            "how": answer["how"] if answer else "",
            **({} if sets else {"same": True}),  # the module of the builds that were made
            "seconds": [round(built - began), round(time.monotonic() - built)],
            **({"reason": "the compiler makes the same module of it"} if nothing else {}),
        }

    def together(self, mutants: dict[str, Mutant]) -> dict[str, dict[str, Any]]:
        """Who notices any of several mutants in one run, and then which: keys and answers.

        A test that passes with all of them has noticed none; what fails runs with each alone.
        """
        change = Change(self.clone, list(mutants.values()))
        files = {
            file
            for m in mutants.values()
            for _, files in self.clone.rings(m.path, self.until)
            for file in files
        }
        try:
            if not self.build(change):
                raise SystemExit("mutate: these do not compile together")
            change.make()
            request = {"files": sorted(files), "bad": sorted(self.bad)}
            failing = self.tests.run(**request, all=True)["failing"]
            change.take_back()
            print(f"mutate: {len(failing)} tests fail with {len(mutants)} mutants", flush=True)
            result = {}
            of = sorted({by.split("::")[0] for by in failing})
            for key, mutant in mutants.items() if failing else ():
                change = Change(self.clone, [mutant])
                if self.build(change):
                    change.make()
                    request = {"files": of, "only": failing}
                    answer = self.noticed(change, request)
                    if answer:
                        ring = self.clone.ring(answer["by"], mutant.path)
                        by, how = answer["by"], answer["how"]
                        result[key] = {"verdict": "killed", "ring": ring, "by": by, "how": how}
                change.take_back()
            return result
        finally:
            change.take_back()


def sample(
    clone: Clone, args: argparse.Namespace, done: dict[str, Any]
) -> Iterator[tuple[str, Mutant]]:
    """The mutants of the seed with their keys, until `count` have a verdict."""
    verdicts = 0
    for mutant in drawn(clone.root, args.seed):
        if verdicts == args.count:
            return
        key = f"{args.seed}:{mutant.key}"
        if mutant.path.startswith(args.only):
            yield key, mutant
            verdicts += done.get(key, {}).get("verdict") != "does not compile"


def main() -> int:
    """Runs mutants until there are `count` verdicts, and prints the sums; 1 below the share."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="of the compiler")
    parser.add_argument("--nice", type=int, default=15)
    parser.add_argument("--only", default="", help="draw from paths that begin so, as pyad/")
    parser.add_argument("--until", choices=RINGS, default="whole", help="the last ring to run")
    parser.add_argument(
        "--minutes", type=float, default=1e9, help="stop after so long; go on later"
    )
    parser.add_argument("--results", type=pathlib.Path, help="default: FOLDER/build/mutants.jsonl")
    parser.add_argument("--tests", nargs="+", help="test files to run instead of the rings")
    parser.add_argument("--again", action="store_true", help="judge the survivors once more")
    parser.add_argument(
        "--together", action="store_true", help="the survivors, in one run of tests"
    )
    args = parser.parse_args()
    os.nice(args.nice)
    end = time.monotonic() + 60 * args.minutes
    clone = Clone(args.folder.resolve(), args.jobs)
    results = args.results or clone.root / "build" / "mutants.jsonl"
    lines = results.read_text().splitlines() if results.exists() else []
    done = {x["key"]: x for x in map(json.loads, lines)}
    judge = Judge(clone, args.until, args.tests)
    for x in done.values():
        if x["verdict"] == "killed" and "::" in x["by"]:
            judge.killers.append((x["path"], x["by"]))
            judge.good.add(x["by"])

    def save(key: str, verdict: dict[str, Any]) -> None:
        done[key] = {"key": key, **verdict}
        results.write_text("".join(json.dumps(x) + "\n" for x in done.values()))

    def open_ends(key: str) -> bool:
        x = done.get(key, {})
        return x.get("verdict") == "survived" and not x.get("reason")

    mutants = sample(clone, args, done)
    if args.together:
        several = {k: m for k, m in mutants if open_ends(k) and not done[k].get("same")}
        for key, verdict in judge.together(several).items():
            save(key, {**done[key], **verdict})
            print(f"{verdict['verdict']:8} {key}; {verdict['ring']}: {verdict['by']}", flush=True)
        for key in several:
            done[key]["until"] = args.until
            save(key, done[key])
        mutants = iter([])
    for key, mutant in mutants:
        if time.monotonic() > end:
            break
        if key not in done or (args.again and open_ends(key)):
            start = time.monotonic()
            x = judge.judge(mutant) or {"verdict": "does not compile"}
            save(key, x)
            print(f"{x['verdict']:8} {mutant.path}:{mutant.line} {mutant.kind}: ", end="")
            print(f"{mutant.old!r} -> {mutant.new!r}; {x.get('ring')}: {x.get('by')}; ", end="")
            print(f"{time.monotonic() - start:.0f} s", flush=True)
    sums = Counter(x["verdict"] for x in done.values())
    rings = Counter(x["ring"] for x in done.values() if x["verdict"] == "killed")
    share = sums["killed"] / max(1, sums["killed"] + sums["survived"])
    print(f"mutate: {dict(sums)}, killed by ring {dict(rings)}, {share:.1%} killed")
    return 0 if share >= SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
