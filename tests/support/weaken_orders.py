#!/usr/bin/env python3
"""Breaks the library on purpose, one place at a time, and sees whether a test objects.

    weaken_orders.py [--list] [--only REGEX] [--compiler g++] [-j N]

Every memory order in the detail/ folders is made weaker, and every wake-up is left out, each in a
copy of the headers of its own. The suites of that header are compiled against the copy under
ThreadSanitizer and run. One of their cases must fail, be reported or hang; or a comment at the
place says "no test can tell" and why. Anything else is a place that is not tested, and the exit
status is 1.

What a broken place breaks is often a gap of a few nanoseconds, in which another thread has to come.
So the copy takes its atomics from shaken_atomic.hpp: they pause in such gaps now and then.

It takes some 10 seconds a place, a quarter of an hour in all, so it is not part of every check: run
it when an atomic is added or a test of one is changed.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
TESTS = ROOT / "tests"
EXPLAINED = "no test can tell"
RUNS = 3  # of each suite: a broken wake-up shows itself when two threads meet
TIMEOUT = 120  # seconds, until a first run has shown how long the suite takes

# Which suites have a say about which header, the most likely first.
SUITES = {
    "async/detail/atomic_waker.hpp": ["async/atomic_waker", "async/futures_unordered"],
    "async/detail/batch_semaphore.hpp": ["async/semaphore", "async/mutex", "async/rwlock"],
    "async/detail/ready_queue.hpp": ["async/futures_unordered", "async/join_all"],
    "async/detail/relay.hpp": ["async/as_awaitable"],
    "async/mpsc/detail/block_list.hpp": ["async/mpsc"],
    "async/mpsc/detail/returned_slots.hpp": ["async/mpsc"],
    "async/oneshot/detail/state.hpp": ["async/oneshot"],
    "async/watch/detail/value_lock.hpp": ["async/watch"],
    "core/detail/futex_portable.hpp": ["core/futex", "core/parker"],
    "core/detail/parker.hpp": ["core/parker", "thread/thread", "sync/mpsc"],
    "core/detail/raw_mutex.hpp": ["core/raw_mutex", "sync/mutex"],
    "core/detail/ref_count.hpp": ["sync/arc", "sync/mpsc"],
    "sync/detail/arc_counts.hpp": ["sync/arc"],
    "sync/detail/raw_barrier.hpp": ["sync/barrier"],
    "sync/detail/raw_condvar.hpp": ["sync/condvar"],
    "sync/detail/raw_once.hpp": ["sync/once", "sync/once_lock", "sync/lazy_lock"],
    "sync/detail/raw_rwlock.hpp": ["sync/rwlock"],
    "sync/mpsc/detail/list_channel.hpp": ["sync/mpsc"],
    "sync/mpsc/detail/rendezvous.hpp": ["sync/mpsc_bounded"],
    "sync/mpsc/detail/ring_channel.hpp": ["sync/mpsc_bounded"],
    "sync/mpsc/detail/tail.hpp": ["sync/mpsc", "sync/mpsc_bounded"],
    "sync/mpsc/detail/waiting_senders.hpp": ["sync/mpsc_bounded"],
    "thread/detail/packet.hpp": ["thread/join_handle", "thread/packet"],
    "thread/detail/scope_data.hpp": ["thread/scope"],
}
# Compiled only where there is no futex, or where we say so.
DEFINES = {"core/detail/futex_portable.hpp": ["-DTANDEM_PORTABLE_WAIT"]}

WEAKER = {
    "acquire": ["relaxed"],
    "release": ["relaxed"],
    "acq_rel": ["acquire", "release"],
    "seq_cst": ["acq_rel"],
}
# seq_cst on a load or a store has another next weaker order.
WEAKER_LOAD = {"seq_cst": ["acquire"]}
WEAKER_STORE = {"seq_cst": ["release"]}

ORDER = re.compile(r"std::memory_order_(acquire|release|acq_rel|seq_cst)")
# A call that wakes, as a whole statement; what a function's own definition begins with is none.
WAKE = re.compile(r"[\w.>-]*\b(?:\w*wake\w*|unpark|notify_one|notify_all)\([^;{}]*\);")
WAKE_IN_IF = re.compile(r"if \((futex_wake_one\([^;{}]*\))\) \{")


class Place:
    def __init__(self, header, number, what, line):
        self.header, self.number, self.what, self.line = header, number, what, line

    def __str__(self):
        return f"{self.header}:{self.number + 1}: {self.what}"


def code_of(line):
    return line.split("//")[0]


def places_of(header, lines):
    for number, line in enumerate(lines):
        code = code_of(line)
        for match in ORDER.finditer(code):
            before = "".join(map(code_of, lines[max(0, number - 1):number])) + code[:match.start()]
            table = WEAKER
            if before.rfind(".load(") > max(before.rfind(";"), before.rfind("{")):
                table = WEAKER | WEAKER_LOAD
            elif before.rfind(".store(") > max(before.rfind(";"), before.rfind("{")):
                table = WEAKER | WEAKER_STORE
            for weaker in table[match[1]]:
                yield Place(header, number, f"{match[1]} -> {weaker}",
                            line[:match.start()] + "std::memory_order_" + weaker +
                            line[match.end():])
        if match := WAKE.search(code):
            yield Place(header, number, "no " + match[0], line.replace(match[0], ";"))
        elif match := WAKE_IN_IF.search(code):
            yield Place(header, number, "no " + match[1], line.replace(match[1], "true"))


def is_explained(lines, number):
    """Does the place's own line, or the comment above its statement, say why no test can tell?"""
    if EXPLAINED in lines[number]:
        return True
    number -= 1
    while number >= 0 and not lines[number].strip().startswith("//"):
        if re.search(r"[;{}]\s*$", code_of(lines[number])):
            return False
        number -= 1
    comment = []
    while number >= 0 and lines[number].strip().startswith("//"):
        comment.insert(0, lines[number].strip().lstrip("/ "))
        number -= 1
    return EXPLAINED in " ".join(comment)


def shake(header):
    """Puts the shaken atomic in the place of std's."""
    text = header.read_text()
    shaken = text.replace("#include <atomic>", '#include "support/shaken_atomic.hpp"')
    shaken = shaken.replace("= std::atomic<T>;", "= tandem::testing::ShakenAtomic<T>;")
    if shaken.count("haken") != 2:
        sys.exit(f"{header.name} is not as expected: there is nothing to shake.")
    header.write_text(shaken)


class Workshop:
    """Compiles suites against a copy of the headers, and runs them."""

    def __init__(self, compiler, folder):
        self.folder = folder
        self.compile_line = [
            compiler, "-std=c++23", "-O1", "-w", "-fsanitize=thread", "-pthread",
            "-DFMT_HEADER_ONLY", f"-I{TESTS}"]
        self.main = folder / "main.o"
        self.patience = {}  # after how many seconds a suite counts as hung
        self.run_tool([*self.compile_line, "-O0", "-c", TESTS / "support/main.cpp", "-o",
                       self.main])

    @staticmethod
    def run_tool(command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"This does not compile:\n{done.stderr}")

    def verdict(self, header, lines, suite):
        """What the suite says if the header reads as in `lines`; None if it notices nothing."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            include = pathlib.Path(folder) / "include"
            shutil.copytree(INCLUDE, include)
            shake(include / "tandem/core/detail/atomic.hpp")
            (include / "tandem" / header).write_text("\n".join(lines))
            program = pathlib.Path(folder) / "tests"
            self.run_tool([*self.compile_line, *DEFINES.get(header, []), f"-I{include}",
                           TESTS / f"{suite}_test.cpp", self.main, "-o", program])
            for _ in range(RUNS):
                begin = time.monotonic()
                if said := self.run_suite(program, self.patience.get(suite, TIMEOUT)):
                    return said
                self.patience.setdefault(suite, 5 + 10 * (time.monotonic() - begin))
            return None

    @staticmethod
    def run_suite(program, timeout):
        environment = os.environ | {"TSAN_OPTIONS": "halt_on_error=1"}
        command = ["setarch", "-R", program] if shutil.which("setarch") else [program]
        names = subprocess.run([*command, "--list-test-names-only"], capture_output=True, text=True,
                               check=False).stdout.splitlines()

        def case_after(output):
            # Catch2 tells of every case when it has ended.
            ended = len(re.findall(r"^\d+\.\d+ s: ", output, re.MULTILINE))
            return names[ended] if ended < len(names) else "main"

        try:
            done = subprocess.run([*command, "--durations", "yes", "--abort"], capture_output=True,
                                  text=True, check=False, errors="replace", env=environment,
                                  timeout=timeout)
        except subprocess.TimeoutExpired as late:
            return "hangs: " + case_after((late.stdout or b"").decode(errors="replace"))
        if "WARNING: ThreadSanitizer" in done.stderr:
            return "ThreadSanitizer: " + case_after(done.stdout)
        if done.returncode != 0:
            failed = re.findall(r"^\d+\.\d+ s: (.*)", done.stdout, re.MULTILINE)
            return "fails: " + (failed[-1] if failed else names[0])
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--list", action="store_true", help="only say which places there are")
    parser.add_argument("--only", default="", metavar="REGEX", help="places that match")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("-j", type=int, default=1, help="so many at a time")
    options = parser.parse_args()

    found = []
    for path in sorted((INCLUDE / "tandem").rglob("detail/*.hpp")):
        header = str(path.relative_to(INCLUDE / "tandem"))
        lines = path.read_text().split("\n")
        for place in places_of(header, lines):
            if re.search(options.only, str(place)):
                found.append((place, lines))
    if options.list:
        for place, _ in found:
            print(place)
        return 0

    missing = sorted({place.header for place, _ in found} - SUITES.keys())
    if missing:
        sys.exit(f"Name the suites of {', '.join(missing)} in SUITES.")

    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        workshop = Workshop(options.compiler, pathlib.Path(folder))

        # A suite that objects to the headers as they are would object to everything.
        whole = {place.header: lines for place, lines in found
                 if not is_explained(lines, place.number)}
        pairs = [(header, suite) for header in whole for suite in SUITES[header]]
        for (header, suite), said in zip(pairs, pool.map(
                lambda pair: workshop.verdict(pair[0], whole[pair[0]], pair[1]), pairs)):
            if said:
                sys.exit(f"{suite} objects to {header} as it is: {said}")

        def judge(entry):
            place, lines = entry
            if is_explained(lines, place.number):
                return place, "explained", True
            broken = [*lines[:place.number], place.line, *lines[place.number + 1:]]
            for suite in SUITES[place.header]:
                if said := workshop.verdict(place.header, broken, suite):
                    return place, said, True
            return place, "NOTICED BY NO TEST", False

        unnoticed = 0
        for place, said, good in pool.map(judge, found):
            print(f"{str(place):70} {said}", flush=True)
            unnoticed += not good

    print(f"\n{len(found)} places, {unnoticed} of them noticed by no test")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
