#!/usr/bin/env python3
"""Counts words as `word_count --all` must: prints `count word` lines for all FILEs together.

    word_count.py FILE...        (- is standard input)

It shares nothing with the C++ program but the rules: split at Unicode white space, lowercase,
take ASCII punctuation off both ends, leave out what is empty. Most frequent first, then by the
bytes of the word. A byte that is not UTF-8 becomes a lone surrogate and turns back into itself.
"""
import collections
import re
import string
import sys

# The property White_Space. str.split() would also split at U+001C to U+001F.
WHITE_SPACE = re.compile(
    "[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


def decode(data):
    return data.decode("utf-8", "surrogateescape")


def encode(text):
    return text.encode("utf-8", "surrogateescape")


def normalise(word):
    return word.lower().strip(string.punctuation)


def count(text, counts):
    # A word is normalised once, however often it stands there.
    for word, times in collections.Counter(WHITE_SPACE.split(text)).items():
        normal = normalise(word)
        if normal:
            counts[encode(normal)] += times


def read(name):
    if name == "-":
        return sys.stdin.buffer.read()
    with open(name, "rb") as file:
        return file.read()


def main(names):
    if not names:
        sys.exit(__doc__)
    counts = collections.Counter()
    for name in names:
        count(decode(read(name)), counts)
    for word, times in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        sys.stdout.buffer.write(b"%d %s\n" % (times, word))


if __name__ == "__main__":
    main(sys.argv[1:])
