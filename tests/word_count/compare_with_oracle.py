#!/usr/bin/env python3
"""Compares `word_count --all`, line for line and in each mode, with the oracle's own count.

    compare_with_oracle.py PROGRAM            a few MB: made up in five languages, and what is here
    compare_with_oracle.py PROGRAM --mb 100   so much real text; says which packages it needs
    compare_with_oracle.py PROGRAM FILE...    your own
"""
import argparse
import collections
import itertools
import pathlib
import random
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ORACLE = HERE.parent / "exercises" / "oracle"
sys.path.insert(0, str(ORACLE))
import make_corpus  # noqa: E402
import word_count as oracle  # noqa: E402

MODES = ["sequential", "parallel", "channel"]

# The small letters, the frequent ones first, and what stands between two words beside a space.
LANGUAGES = {
    "english": ("etaoinshrdlcumwfgypbvkjxqz'", [", ", ". ", "\n", "; ", " (", ") "]),
    "french": ("esaitnruolédcmpévqfbghjàxèêyzçôùâîœûëïñ’-",
               [" : ", "\u00a0! ", " «\u00a0", "\u202f» ", "…\n"]),
    "greek": ("αοιετσνηυρπκμλωδγχθφβξζψςάέήίόύώϊϋΐΰ", [", ", ". ", "· ", ";\n", "\u0301 "]),
    "russian": ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", [", ", " — ", ".\n", "? ", "», «"]),
    "chinese": ("".join(map(chr, range(0x4E00, 0x5200))), ["，", "。\n", "\u3000", "", "", "、"]),
}


def made_up(language, size, chance):
    """A text of so many characters: words that nobody says, as often as words are said."""
    letters, marks = LANGUAGES[language]
    between = [" "] * 30 + marks
    frequent = [1 / (n + 1) for n in range(len(letters))]
    words = ["".join(chance.choices(letters, frequent, k=chance.randint(1, 12)))
             for _ in range(5_000)]
    written = [str.lower] * 8 + [str.title, str.upper]
    parts = []
    while size > 0:
        for word in chance.choices(words, [1 / (n + 1) for n in range(len(words))], k=1_000):
            parts += [chance.choice(written)(word), chance.choice(between)]
            size -= len(parts[-2]) + len(parts[-1])
    return "".join(parts).encode()


def join_files(paths, most):
    """The bytes of these files, in order, until there are so many."""
    data = bytearray()
    for path in paths:
        if len(data) >= most:
            break
        if path.is_file():
            data += path.read_bytes()
    return bytes(data)


def write_small_corpus(folder, seed):
    """Made-up text, hand-made files, our sources, and two folders that Debian always has."""
    chance = random.Random(seed)
    texts = {language: made_up(language, 100_000, chance) for language in LANGUAGES}
    texts |= make_corpus.nasty_files(chance)
    texts["our_sources"] = join_files(sorted(ROOT.glob("include/**/*.hpp")), 500_000)
    for name, pattern in (("headers", "include/*.h"), ("licences", "share/common-licenses/*")):
        texts[name] = join_files(sorted(pathlib.Path("/usr").glob(pattern)), 500_000)
    for name, data in texts.items():
        (folder / name).write_bytes(data)
    # Of all of it a part again, line by line, so that no language has its file to itself.
    lines = b"\n".join(texts.values()).split(b"\n")
    chance.shuffle(lines)
    (folder / "mixed").write_bytes(b"\n".join(lines)[:1_500_000])


def expected_lines(path):
    counts = collections.Counter()
    oracle.count(oracle.decode(path.read_bytes()), counts)
    ranking = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return [b"%d %s" % (times, word) for word, times in ranking], sum(counts.values())


def first_difference(expected, got):
    for number, (left, right) in enumerate(itertools.zip_longest(expected, got), 1):
        if left != right:
            return f"line {number}: the oracle has {left!r:.80}, the program {right!r:.80}"
    return None


def compare(program, modes, path):
    """Prints a line of figures; the number of modes in which the two differ."""
    started = time.monotonic()
    expected, words = expected_lines(path)
    seconds = {"oracle": time.monotonic() - started}
    problems = []
    for mode in modes:
        started = time.monotonic()
        run = subprocess.run([program, "--all", "--mode", mode, path], capture_output=True)
        seconds[mode] = time.monotonic() - started
        # A word has no newline in it, but may have other bytes that splitlines() takes for one.
        difference = first_difference(expected, run.stdout.split(b"\n")[:-1])
        if run.returncode != 0 or run.stderr:
            difference = f"status {run.returncode}: {run.stderr.decode(errors='replace')}"
        if difference:
            problems.append(f"    {mode}: {difference}")
    times = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
    print(f"{path.name}: {path.stat().st_size:,} bytes, {words:,} words, "
          f"{len(expected):,} different; {times}", *problems, sep="\n", flush=True)
    return len(problems)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--mb", type=float, help="compare so much text from Debian's packages")
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--mode", choices=MODES, help="compare in this mode alone")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as holder:
        folder = pathlib.Path(holder)
        if args.mb:
            subprocess.run([sys.executable, ORACLE / "make_corpus.py", folder, "--mb",
                            str(args.mb), "--seed", str(args.seed)], check=True)
        elif not args.files:
            write_small_corpus(folder, args.seed)
        files = args.files or sorted(path for path in folder.rglob("*") if path.is_file())
        modes = [args.mode] if args.mode else MODES
        differences = sum(compare(args.program.resolve(), modes, path) for path in files)
    print(f"{len(files)} files, {' and '.join(modes)}: {differences or 'no'} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
