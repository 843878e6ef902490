#!/usr/bin/env python3
"""Builds texts to count words in, in five languages and C, from what Debian packages carry.

    make_corpus.py FOLDER [--mb 100] [--seed 18] [--root /]

FOLDER then holds english.txt, french.txt, greek.txt, greek_capitals.txt, russian.txt, chinese.txt
and source_code.txt, together as large as asked, and nasty/ with small files made by hand. The same
packages and the same seed give the same bytes. tests/word_count/compare_with_oracle.py uses it.

It needs the packages named in PACKAGES below, installed:
    apt-get install --no-install-recommends <packages>
or, with no rights to install and where a container leaves documentation out, only unpacked:
    apt-get download <packages>; for deb in *.deb; do dpkg-deb -x $deb ROOT; done
"""
import argparse
import gzip
import html
import pathlib
import random
import re
import sys
import unicodedata

GUIDE = "usr/share/doc/installation-guide-amd64"
HELP = "usr/share/help"
GREEK_WORDS = "usr/share/hunspell/el_GR.dic"  # in ISO 8859-7

# What each package must have brought.
PACKAGES = {
    "installation-guide-amd64": f"{GUIDE}/en/index.html",
    "gnome-user-docs": f"{HELP}/C/gnome-help/index.page",
    "manpages-fr": "usr/share/man/fr/man7/signal.7.gz",
    "manpages-ru": "usr/share/man/ru/man7/signal.7.gz",
    "manpages-zh": "usr/share/man/zh_CN/man7/signal.7.gz",
    "hunspell-el": GREEK_WORDS,
    "linux-libc-dev": "usr/include/linux/types.h",
    "libc6-dev": "usr/include/stdio.h",
}

SOURCES = {
    "english": [f"{GUIDE}/en/*.html", f"{HELP}/C/*/*.page"],
    "french": [f"{GUIDE}/fr/*.html", f"{HELP}/fr/*/*.page", "usr/share/man/fr/man*/*.gz"],
    "greek": [f"{GUIDE}/el/*.html", f"{HELP}/el/*/*.page", GREEK_WORDS],
    "russian": [f"{GUIDE}/ru/*.html", f"{HELP}/ru/*/*.page", "usr/share/man/ru/man*/*.gz"],
    "chinese": [f"{GUIDE}/zh_CN/*.html", f"{HELP}/zh_CN/*/*.page", "usr/share/man/zh_CN/man*/*.gz"],
    "source_code": ["usr/include/*.h", "usr/include/linux/**/*.h"],
}


def check_packages(root):
    missing = [name for name, path in PACKAGES.items() if not (root / path).exists()]
    if missing:
        sys.exit(f"Not found below {root}: the Debian packages {' '.join(missing)}.\n"
                 f"    apt-get install --no-install-recommends {' '.join(missing)}")


def read_lines(path):
    """The lines of a file, without markup, as bytes; what is not UTF-8 in it stays so."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if path.name == pathlib.Path(GREEK_WORDS).name:
        words = data.decode("iso8859-7").split("\n")[1:]  # the first line is their number
        return [word.split("/")[0].encode() for word in words]
    if path.suffix in (".html", ".page"):
        text = html.unescape(re.sub("<[^>]*>", "", data.decode()))
        return [line.encode() for line in text.split("\n") if line.strip()]
    return data.split(b"\n")


def read_language(root, patterns):
    lines = []
    for pattern in patterns:
        paths = sorted(path for path in root.glob(pattern) if path.is_file())
        if not paths:
            sys.exit(f"no file below {root} is named {pattern}")
        for path in paths:
            lines += read_lines(path)
    return lines


def write_text(path, lines, size, chance):
    """Writes `size` bytes of `lines`: first in their own order, then shuffled, time and again."""
    lines = list(lines)
    written = 0
    with open(path, "wb") as file:
        while written < size:
            for line in lines:
                written += file.write(line + b"\n")
                if written >= size:
                    break
            chance.shuffle(lines)
    print(f"{path}: {written} bytes of {len(lines)} lines")


def nasty_files(chance):
    every_byte = bytes(range(256))
    return {
        "empty": b"",
        "only_white_space": "\n\r\n \t\v\f \u00a0\u2003\u3000\u2028\u0085\u1680 \n".encode(),
        "only_punctuation": b"... --- !!! ?\n\"'\" ()\n",
        "no_final_newline": b"the last word has no newLINE",
        "crlf": b"One line\r\nand another LINE\r\n\r\nlast line\r\n",
        "cr_only": b"an old\rmac's text\rLINE\r",
        "nul_bytes": b"a\0b a\0B \0 \0\0\n\0word\0 WORD\0\n",
        "control_bytes": b"a\x1cb a\x1db\x1e \x1f a\x7fb \x08x\n",
        "byte_order_mark": "\ufeffWord word \ufeffword\n".encode(),
        "latin_1": "Été été ÉTÉ fa\xe7ade caf\xe9\xa0noir\n".encode("latin-1"),
        "utf_16": "Word word ÉTÉ\n".encode("utf-16"),
        "koi8_r": "Слово слово СЛОВО\n".encode("koi8-r"),
        "invalid_utf_8": b"\x80 \xbfA \xc0\xafB \xc1\xbf \xe0\x80\xafC \xed\xa0\x80D "
                         b"\xf0\x80\x80\xaf \xf4\x90\x80\x80E \xf5F \xffG \xf9\x90\x80\x80 \xfe "
                         b"H\xc3 I\xe2\x80 J\xf0\x9f\x98 K\xc2\xc2\xa0L "
                         b"\xe3\x80\xe3\x80\x80M \xe2",
        "every_byte": every_byte + every_byte[::-1],
        "random_bytes": only_known(chance.randbytes(100_000)),
        "random_high_bytes": only_known(bytes(chance.choices(range(0x80, 0x100), k=100_000))),
        "sigmas": ("ΟΔΟΣ ΟΔΟΣ. 'ΟΔΟΣ' Σ ΣΣ Α'Σ ΑΣ'Α Α.Σ. 1Σ ΑΣ1 ΑΣ\u0301 ΑΣ\u0301Α \u0345Σ "
                   "ΑΣ\u00adΑ DİYARBAKIR İSTANBUL ȺȾ ẞ \u212a ǅ Ⅷ 𐐀\n").encode()
                  + b"\xce\x91\xff\xce\xa3 \xce\x91\x91\xce\xa3\n",
        "every_white_space": "".join(f"a{c}B " for c in map(chr, range(0x10000)) if c.isspace()
                                     or c in "\u200b\u2060\ufeff\u180e").encode(),
        "every_character": "".join(f"{chr(c)}{' ' if c % 3 == 0 else ''}"
                                   for c in range(0xF0000) if known(chr(c))).encode(),
        "one_giant_word": b"Giant" * 400_000,
        "one_giant_greek_word": "ΣΊΓΜΑ'".encode() * 100_000 + "Σ".encode(),
        "one_giant_line_of_sigmas": "Σ ".encode() * 100_000,
        "words_of_every_length": b" ".join(b"W" * n for n in range(300)),
    }


def known(c):
    """True for characters on which the oracle's Python agrees with any Unicode since 3.2."""
    changed = "\u0295\U0001171e"  # no longer cased, no longer case-ignorable
    return unicodedata.ucd_3_2_0.category(c) not in ("Cn", "Cs") and c not in changed


def only_known(data):
    """The same bytes, but an A for what by chance is a character too young for the oracle."""
    text = data.decode("utf-8", "surrogateescape")
    return "".join(c if known(c) or "\udc80" <= c <= "\udcff" else "A" for c in text).encode(
        "utf-8", "surrogateescape")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--mb", type=float, default=100, help="size of all texts together")
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path("/"))
    args = parser.parse_args()

    check_packages(args.root)
    chance = random.Random(args.seed)
    (args.folder / "nasty").mkdir(parents=True, exist_ok=True)
    size = int(args.mb * 1_000_000 / (len(SOURCES) + 1))  # one more for the Greek capitals
    for language, patterns in SOURCES.items():
        lines = read_language(args.root, patterns)
        write_text(args.folder / f"{language}.txt", lines, size, chance)
        if language == "greek":
            capitals = [line.decode().upper().encode() for line in lines]
            write_text(args.folder / "greek_capitals.txt", capitals, size, chance)
    for name, data in nasty_files(chance).items():
        (args.folder / "nasty" / name).write_bytes(data)


if __name__ == "__main__":
    main()
