#!/usr/bin/env python3
"""Runs the program word_count as its users do: in pipes, in terminals, and wrongly.

    word_count_test.py PROGRAM [TEST...]      (a TEST is Output, or Output.test_full_disk)
"""
import collections
import os
import pathlib
import pty
import random
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = ""  # the first argument
MODES = ["sequential", "parallel", "channel"]
BLOCK = 32 << 20  # what the program reads at a time
on_linux = unittest.skipUnless(sys.platform == "linux", "only Linux has such a file")


class Case(unittest.TestCase):
    """A folder of its own, and the program to run in it."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def write(self, name, data):
        (self.folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
        return name

    def start(self, *arguments, **options):
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        process = subprocess.Popen([PROGRAM, *arguments], cwd=self.folder, **(pipes | options))
        self.addCleanup(end, process)
        return process

    def run_program(self, *arguments, stdin=b"", **options):
        """Its exit status, its output and its errors."""
        process = self.start(*arguments, **options)
        out, err = ((text or b"").decode(errors="replace") for text in process.communicate(stdin))
        return process.returncode, out, err

    def count_all(self, *arguments, **options):
        """What --all prints, of a run that must go well."""
        status, out, err = self.run_program("--all", *arguments, **options)
        self.assertEqual((status, err), (0, ""))
        return out

    def terminal(self):
        """Both ends of a new terminal: ours, and the one to give to the program."""
        ours, theirs = pty.openpty()
        for end_of_it in (ours, theirs):
            self.addCleanup(os.close, end_of_it)
        return ours, theirs


def end(process):
    if process.poll() is None:
        process.kill()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            try:
                stream.close()
            except BrokenPipeError:
                pass
    process.wait()


def read_terminal(ours):
    """What was written to a terminal so far, once there is something."""
    return os.read(ours, 65536).decode()


def read_terminal_until(ours, ending, text=""):
    """Until what was written ends so: the kernel hands on a terminal's output in parts, and late."""
    while not text.endswith(ending):
        readable, _, _ = select.select([ours], [], [], 10)
        if not readable:
            raise AssertionError(f"the terminal shows {text!r}, which does not end with {ending!r}")
        text += read_terminal(ours)
    return text


class Modes(Case):
    def test_all_print_the_same(self):
        self.write("one", "The cat, the DOG & the «été»\n\n")
        self.write("two", "dog\tdog\u3000ÉTÉ\u00a0cat")
        for mode in MODES:
            with self.subTest(mode):
                self.assertEqual(self.count_all("--mode", mode, "one", "two"),
                                 "3 dog\n3 the\n2 cat\n1 «été»\n1 été\n")

    def test_a_file_of_several_blocks(self):
        """Its pieces end between two words, and a long word lies across the end of a block."""
        chance = random.Random(18)
        words = [f"{'wide' * chance.randrange(40)}{i}" for i in range(5_000)]
        part = " ".join(chance.choices(words, k=20_000)) + "\n"
        times = BLOCK // len(part)
        counts = collections.Counter(part.split())
        for word in counts:
            counts[word] *= times + 1
        long_word = "x" * (2 * len(part))
        counts[long_word] = 1
        self.write("big", part * times + long_word + "\n" + part)

        expected = "".join(f"{n} {word}\n"
                           for word, n in sorted(counts.items(), key=lambda e: (-e[1], e[0])))
        for mode in MODES:
            with self.subTest(mode):
                self.assertTrue(self.count_all("--mode", mode, "big") == expected)

    def test_a_word_longer_than_a_block(self):
        self.write("giant", b"a " + b"G" * (BLOCK + 1_000) + b" a")
        self.assertTrue(self.count_all("giant") == "2 a\n1 " + "g" * (BLOCK + 1_000) + "\n")


class Input(Case):
    def test_pipe_without_a_file(self):
        self.assertEqual(self.count_all(stdin=b"a b a"), "2 a\n1 b\n")

    def test_dash_is_standard_input(self):
        self.write("file", "a b")
        self.assertEqual(self.count_all("file", "-", "file", stdin=b"b"), "3 b\n2 a\n")

    def test_dash_twice_is_empty_the_second_time(self):
        self.assertEqual(self.count_all("-", "-", stdin=b"a"), "1 a\n")

    def test_words_may_come_in_pieces(self):
        process = self.start("--all")
        for piece in (b"hel", b"lo hello", b"\nhel", b"lo"):
            process.stdin.write(piece)
            process.stdin.flush()
            time.sleep(0.01)
        self.assertEqual(process.communicate()[0], b"3 hello\n")

    def test_named_pipe_is_opened_once(self):
        os.mkfifo(self.folder / "fifo")
        writer = threading.Thread(
            target=lambda: (self.folder / "fifo").write_bytes(b"through a pipe"))
        writer.start()
        self.assertEqual(self.count_all("fifo"), "1 a\n1 pipe\n1 through\n")
        writer.join()

    def test_one_ctrl_d_ends_a_terminal(self):
        ours, theirs = self.terminal()
        os.write(ours, b"typed words\n\x04")
        process = self.start("--all", "-", stdin=theirs)
        self.assertEqual(process.communicate()[0], b"1 typed\n1 words\n")

    def test_terminal_without_a_file_is_a_mistake(self):
        _, theirs = self.terminal()
        process = self.start(stdin=theirs)
        _, err = process.communicate()
        self.assertEqual(process.returncode, 2)
        self.assertIn(b"which FILE?", err)

    def test_empty(self):
        self.write("empty", "")
        for arguments in (["empty"], ["--all", "empty"], ["-"]):
            self.assertEqual(self.run_program(*arguments), (0, "", ""))

    def test_only_white_space_and_punctuation(self):
        self.write("blank", " \n\t\u3000 ... --\n" * 100)
        for mode in MODES:
            self.assertEqual(self.count_all("--mode", mode, "blank"), "")

    def test_no_newline_at_the_end(self):
        self.write("file", "last\nlast")
        self.assertEqual(self.count_all("file"), "2 last\n")

    def test_binary(self):
        self.write("binary", random.Random(18).randbytes(1_000_000))
        first, *others = [self.count_all("--mode", mode, "binary") for mode in MODES]
        for other in others:
            self.assertTrue(other == first)  # without the two in the message

    def test_a_file_that_grows(self):
        self.write("log", "line\n" * 1_000)
        done = threading.Event()

        def grow():
            with open(self.folder / "log", "ab") as log:
                while not done.is_set():
                    log.write(b"line\n")
                    log.flush()
                    time.sleep(0.001)  # faster, and it would never end

        writer = threading.Thread(target=grow)
        writer.start()
        try:
            count, word = self.count_all("log").split()
        finally:
            done.set()
            writer.join()
        self.assertEqual(word, "line")
        self.assertGreaterEqual(int(count), 1_000)

    @on_linux
    def test_a_file_of_the_kernel_has_no_size(self):
        self.assertIn("version", self.count_all("/proc/version"))

    def test_names_that_look_like_options(self):
        self.write("--all", "a")
        self.write("-", "b")
        self.assertIn("a", self.run_program("--", "--all")[1])
        self.assertIn("b", self.run_program("./-")[1])


class Options(Case):
    def setUp(self):
        super().setUp()
        self.write("file", " ".join(f"w{i:02}" for i in range(30)))

    def lines(self, *arguments):
        status, out, err = self.run_program(*arguments, "file")
        self.assertEqual((status, err), (0, ""))
        return out.splitlines()

    def test_top(self):
        self.assertEqual(len(self.lines()), 20)
        self.assertEqual(len(self.lines("--top", "7")), 7)
        self.assertEqual(len(self.lines("--top=7")), 7)
        self.assertEqual(len(self.lines("--top", "3", "--top", "7")), 7)
        self.assertEqual(len(self.lines("--top", "1000000")), 30)

    def test_all(self):
        self.assertEqual(self.lines("--all"), [f"1 w{i:02}" for i in range(30)])

    def test_options_may_stand_behind_files(self):
        self.assertEqual(self.run_program("file", "--all", "--mode=channel"),
                         self.run_program("--all", "file"))

    def test_help(self):
        for option in ("--help", "-h"):
            status, out, err = self.run_program(option)
            self.assertEqual((status, err), (0, ""))
            self.assertTrue(out.startswith("Usage: word_count"))

    def test_mistakes(self):
        for arguments, named in (
                (["--bad"], "'--bad'"),
                (["-x"], "'-x'"),
                (["-xyz"], "'-xyz'"),
                (["--all=yes"], "'--all=yes'"),
                (["--top"], "--top takes a number from 1 on"),
                (["--top="], "--top takes a number from 1 on"),
                (["--top", "0"], "'0'"),
                (["--top", "-1"], "'-1'"),
                (["--top", "ten"], "'ten'"),
                (["--top", "1e3"], "'1e3'"),
                (["--top", " 7"], "' 7'"),
                (["--top", "9" * 30], "9" * 30),
                (["--mode"], "sequential, parallel or channel"),
                (["--mode", "fast"], "'fast'"),
        ):
            with self.subTest(arguments):
                status, out, err = self.run_program("file", *arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertTrue(err.startswith("word_count: "))
                self.assertIn(named, err.splitlines()[0])
                self.assertIn("Usage: word_count", err)


class Unreadable(Case):
    def setUp(self):
        super().setUp()
        self.write("good", "a b a")

    def check(self, name, reason, **options):
        """It is named with the reason, the others are counted."""
        for mode in MODES:
            status, out, err = self.run_program("--all", "--mode", mode, "good", name, "good",
                                                **options)
            self.assertEqual((status, out), (1, "4 a\n2 b\n"))
            self.assertEqual(err, f"word_count: {name}: {reason}\n")

    def test_missing(self):
        self.check("missing", "No such file or directory")

    def test_no_name(self):
        self.check("", "No such file or directory")

    def test_folder(self):
        (self.folder / "folder").mkdir()
        self.check("folder", "Is a directory")

    def test_permission(self):
        self.write("secret", "a")
        (self.folder / "secret").chmod(0)
        if os.geteuid() != 0:
            return self.check("secret", "Permission denied")
        self.folder.chmod(0o755)
        try:  # root reads everything: be nobody
            self.check("secret", "Permission denied", user=65534)
        except (PermissionError, FileNotFoundError):
            self.skipTest("nobody may not run a program in this folder")

    def test_closed_standard_input(self):
        """Whose number must not go to the next file opened."""
        self.check("-", "Bad file descriptor", preexec_fn=lambda: os.close(0))

    @on_linux
    def test_read_error(self):
        self.check("/proc/self/mem", "Input/output error")

    def test_each_is_named(self):
        _, _, err = self.run_program("no1", "good", "no2")
        self.assertEqual([line.split(": ")[1] for line in err.splitlines()], ["no1", "no2"])


class Output(Case):
    def test_table(self):
        self.write("file", "a " * 1_000 + "bc " * 500 + "def " * 3)
        self.assertEqual(self.run_program("file")[1],
                         f"1,000  {'█' * 40}  a\n"
                         f"  500  {'█' * 20}{' ' * 20}  bc\n"
                         f"    3  ▏{' ' * 39}  def\n")

    def test_control_characters_reach_no_terminal(self):
        word = b"a\x1b[2Jb\x07\x7f\xc2\x9bc\xff"
        self.write("file", word)
        table = self.start("file").communicate()[0]
        self.assertTrue(table.endswith(b"  a?[2jb???c\xff\n"))
        lines = self.start("--all", "file").communicate()[0]
        self.assertEqual(lines, b"1 " + word.lower() + b"\n")

    def test_long_words_are_cut_off_in_the_table(self):
        for word, shown in (("x" * 60, "x" * 60), ("é" * 61, "é" * 60 + "…"),
                            ("中" * 9_999, "中" * 60 + "…")):
            self.write("file", word)
            self.assertTrue(self.run_program("file")[1].endswith(f"  {shown}\n"))
            self.assertEqual(self.count_all("file"), f"1 {word}\n")
        self.write("file", b"\x80" * 9_999)
        self.assertLess(len(self.start("file").communicate()[0]), 500)

    def test_closed_pipe(self):
        self.write("many", " ".join(map(str, range(200_000))))
        process = self.start("--all", "many")
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        self.assertEqual(process.wait(), 0)

    @on_linux
    def test_full_disk(self):
        for arguments in (["file"], ["--all", "file"], ["--help"]):
            self.write("file", "a")
            with open("/dev/full", "wb") as full:
                status, _, err = self.run_program(*arguments, stdout=full)
            self.assertEqual((status, err),
                             (1, "word_count: standard output: No space left on device\n"))

    def test_closed_output(self):
        self.write("file", "a")
        status, _, err = self.run_program("file", preexec_fn=lambda: os.close(1))
        self.assertEqual((status, err), (1, "word_count: standard output: Bad file descriptor\n"))


class Terminal(Case):
    def feed_until_progress(self, process, ours):
        """The line comes after the first half second, with the next block: what it says."""
        os.set_blocking(ours, False)
        while True:
            process.stdin.write(b"word" + b" " * BLOCK)
            process.stdin.flush()
            time.sleep(0.1)
            try:
                return read_terminal_until(ours, "\x1b[K", read_terminal(ours))
            except BlockingIOError:
                pass  # nothing yet

    def test_progress(self):
        ours, theirs = self.terminal()
        process = self.start("--all", stderr=theirs)
        self.assertRegex(self.feed_until_progress(process, ours), r"^\r[0-9]+ MB\x1b\[K")
        out, _ = process.communicate()
        self.assertRegex(out, rb"^[0-9]+ word\n$")
        read_terminal_until(ours, "\r\x1b[K")  # the line is taken away

    def test_progress_in_percent(self):
        self.write("first", b"word" + b" " * (2 * BLOCK))
        self.write("second", b"word" + b" " * (2 * BLOCK))
        ours, theirs = self.terminal()
        process = self.start("--all", *["first", "second"] * 100, stderr=theirs)
        self.assertRegex(read_terminal_until(ours, "\x1b[K"), r"^\r[0-9,]+ MB of 12,800 MB, [0-9]+ %\x1b\[K")

    def test_no_progress_where_nobody_looks(self):
        process = self.start("--all")
        process.stdin.write(b"word" + b" " * BLOCK)
        process.stdin.flush()
        time.sleep(0.6)
        out, err = process.communicate(b"word" + b" " * BLOCK)
        self.assertEqual((out, err), (b"2 word\n", b""))

    def test_interrupt(self):
        process = self.start("--all")
        process.stdin.write(b"some words")
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        self.assertEqual((process.returncode, out, err), (-signal.SIGINT, b"", b""))

    def test_interrupt_takes_the_progress_away(self):
        ours, theirs = self.terminal()
        process = self.start("--all", stderr=theirs)
        self.feed_until_progress(process, ours)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(), -signal.SIGINT)
        read_terminal_until(ours, "\r\x1b[K")

    def test_interrupt_that_was_switched_off(self):
        """As a shell does for what it starts in the background."""
        ours, theirs = self.terminal()
        process = self.start("--all", stderr=theirs,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        self.feed_until_progress(process, ours)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate()
        self.assertRegex(out, rb"^[0-9]+ word\n$")
        self.assertEqual(process.returncode, 0)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
