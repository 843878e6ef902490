#include "tandem/exercises/detail/words.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exercises/data/unicode_vectors.hpp"
#include "support/catch.hpp"

using namespace tandem::exercises::detail;
using namespace std::string_literals;
using namespace std::string_view_literals;

using Words = std::vector<std::string>;

namespace {

Words words_of(std::string_view text) {
    Words words;
    for_each_word(text, [&](std::string const& word) { words.push_back(word); });
    return words;
}

/// As words_of, on a copy that nothing may be read beside: AddressSanitizer guards both its ends.
Words words_of_exactly(std::string_view text) {
    std::unique_ptr<char[]> const copy{new char[text.size()]};
    std::ranges::copy(text, copy.get());
    return words_of({copy.get(), text.size()});
}

std::string_view strip(std::string_view word) {
    constexpr auto punctuation = R"(!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~)"sv;
    auto const first = word.find_first_not_of(punctuation);
    if (first == word.npos) {
        return {};
    }
    return word.substr(first, word.find_last_not_of(punctuation) - first + 1);
}

/// The rule as the chapter writes it: split, lowercase, strip, and no thought of speed.
Words words_by_the_book(std::string_view text) {
    Words words;
    std::string word;
    auto const end_word = [&] {
        if (auto const lower = to_lowercase(word); !strip(lower).empty()) {
            words.emplace_back(strip(lower));
        }
        word.clear();
    };
    while (!text.empty()) {
        auto const c = decode_utf8(text);
        if (is_white_space(c.value)) {
            end_word();
        } else {
            word += text.substr(0, c.size);
        }
        text.remove_prefix(c.size);
    }
    end_word();
    return words;
}

std::string repeated(std::string_view piece, std::size_t bytes) {
    std::string text;
    text.reserve(bytes + piece.size());
    while (text.size() < bytes) {
        text += piece;
    }
    return text;
}

}  // namespace

TEST_CASE("words: split at white space, small, without punctuation", "[exercises][unicode]") {
    CHECK(words_of("Hello, hello WORLD!") == Words{"hello", "hello", "world"});
    CHECK(words_of("  (one)\t\"two\"\r\nthree...\v\f") == Words{"one", "two", "three"});
}

TEST_CASE("words: none in a text without any", "[exercises][unicode]") {
    auto const text = GENERATE(""sv, " "sv, "\n\n\n"sv, "\u3000\u00A0\u2003"sv, "--- ... !"sv,
                               "                                "sv, "\"'\" \u00A0 ?"sv);

    CHECK(words_of(text).empty());
}

TEST_CASE("words: punctuation goes at both ends, and only there", "[exercises][unicode]") {
    CHECK(words_of("don't (semi-colon) [a.b.c]... --x--") ==
          Words{"don't", "semi-colon", "a.b.c", "x"});
    CHECK(words_of("«mot» “quoted” —") == Words{"«mot»", "“quoted”", "—"});  // not ASCII: it stays
    CHECK(words_of("(été) 'É'") == Words{"été", "é"});
}

TEST_CASE("words: all 32 signs of ASCII punctuation are stripped", "[exercises][unicode]") {
    Words stripped;
    for (char c = 1; c < 0x7F; ++c) {
        std::string const sign(1, c);
        if (words_of(sign + "x" + sign) == Words{"x"} && !is_white_space(to_byte(c))) {
            stripped.push_back(sign);
        }
    }

    CHECK(stripped.size() == 32);
    CHECK(std::ranges::none_of(stripped, [](std::string const& s) {
        return (s >= "0" && s <= "9") || (s >= "A" && s <= "Z") || (s >= "a" && s <= "z") ||
               s < " ";
    }));
}

TEST_CASE("words: every white space splits", "[exercises][unicode]") {
    std::size_t splitting = 0;
    for (char32_t c = 0; c < 0x1'0000; ++c) {
        if (c >= 0xD800 && c <= 0xDFFF) {
            continue;
        }
        std::string const between{encode_utf8(c).view()};
        bool const splits = words_of("é" + between + "y") == Words{"é", "y"} &&
                            words_of("x" + between + "y") == Words{"x", "y"} &&
                            words_of(between + "y" + between) == Words{"y"};
        splitting += splits ? 1 : 0;
        if (splits != is_white_space(c)) {
            FAIL_CHECK("U+" << std::hex << static_cast<unsigned>(c));
        }
    }

    CHECK(splitting == 25);
}

TEST_CASE("words: what looks like white space but is none stays", "[exercises][unicode]") {
    CHECK(words_of("a\u200Bb") == Words{"a\u200Bb"});  // zero width space
    CHECK(words_of("a\x1C\x1D\x1E\x1F\x62") == Words{"a\x1C\x1D\x1E\x1F\x62"});
    CHECK(words_of("\uFEFFa") == Words{"\uFEFFa"});         // byte order mark
    CHECK(words_of("a\0b \0"sv) == Words{"a\0b"s, "\0"s});  // NUL
    CHECK(words_of("a\x7F b") == Words{"a\x7F", "b"});      // DEL
}

TEST_CASE("words: invalid bytes stay and never split", "[exercises][unicode]") {
    CHECK(words_of("A\xFF\xFE\x42 \x80") == Words{"a\xFF\xFE\x62", "\x80"});
    CHECK(words_of("a\xC2 b") == Words{"a\xC2", "b"});           // half a no-break space
    CHECK(words_of("a\xE2\x80 b") == Words{"a\xE2\x80", "b"});   // most of a wide one
    CHECK(words_of("a\xE3\x80") == Words{"a\xE3\x80"});          // cut off by the end
    CHECK(words_of("a\x85\xA0z") == Words{"a\x85\xA0z"});        // Latin-1's white space
    CHECK(words_of("a\xC0\xA0z") == Words{"a\xC0\xA0z"});        // a space, overlong
    CHECK(words_of("a\xE1\u00A0z") == Words{"a\xE1", "z"});      // a real one behind half a one
    CHECK(words_of("\xED\xA0\x80Z") == Words{"\xED\xA0\x80z"});  // a surrogate
    CHECK(words_of("(\xFFZ)") == Words{"\xFFz"});
}

TEST_CASE("words: a sigma is final at the end of its word", "[exercises][unicode]") {
    CHECK(words_of("Ο ΔΡΟΜΟΣ, Η ΟΔΟΣ. ΟΔΟΣ!") == Words{"ο", "δρομος", "η", "οδος", "οδος"});
    CHECK(words_of("ΟΔΟΣ Α") == Words{"οδος", "α"});  // a letter of the next word is too far away
    CHECK(words_of("Α Σ") == Words{"α", "σ"});        // and so is one of the last
    CHECK(words_of("'Σ'Α Α'Σ'") == Words{"σ'α", "α'ς"});
    CHECK(words_of("(Σ) .Σ. Α.Σ.") == Words{"σ", "σ", "α.ς"});
}

TEST_CASE("words: agree with Python on words made to be difficult", "[exercises][unicode]") {
    for (auto const& [word, normal] : unicode_vectors::words) {
        CAPTURE(word);
        CHECK(normalise(word) == normal);
        CHECK(words_of(word) == (normal.empty() ? Words{} : Words{std::string{normal}}));
    }
}

TEST_CASE("words: normalise is one word's share of for_each_word", "[exercises][unicode]") {
    CHECK(normalise("Hello!") == "hello");
    CHECK(normalise("") == "");
    CHECK(normalise("...") == "");
    CHECK(normalise("Two Words.") == "two words");
    CHECK(normalise("'ΟΔΟΣ'") == "οδος");
}

TEST_CASE("words: any length, anywhere, up to the last byte", "[exercises][unicode]") {
    for (std::size_t before = 0; before < 18; ++before) {
        for (std::size_t length = 1; length < 34; ++length) {
            std::string const spaces(before, ' ');
            std::string const word(length, 'Z');
            auto const expected = Words{std::string(length, 'z')};
            CAPTURE(before, length);
            CHECK(words_of_exactly(spaces + word) == expected);
            CHECK(words_of_exactly(spaces + word + "\n") == expected);
            CHECK(words_of_exactly(spaces + "(" + word + ").") == expected);
            CHECK(words_of_exactly(word + spaces + "é") ==
                  (before == 0 ? Words{expected[0] + "é"} : Words{expected[0], "é"}));
            CHECK(words_of_exactly(spaces + word + "É") == Words{expected[0] + "é"});
            CHECK(words_of_exactly(spaces + word + "\xE3\x80") == Words{expected[0] + "\xE3\x80"});
        }
    }
}

TEST_CASE("words: one after the other in the same string", "[exercises][unicode]") {
    std::set<void const*> strings;
    for_each_word("a bb É a-word-that-fits-into-no-small-string c",
                  [&](std::string const& word) { strings.insert(&word); });

    CHECK(strings.size() == 1);
}

TEST_CASE("words: an exception leaves as it came", "[exercises][unicode]") {
    CHECK_THROWS_AS(for_each_word("a b", [](std::string const&) { throw 1; }), int);
}

TEST_CASE("words: as by the book on 50,000 texts of anything", "[exercises][unicode]") {
    constexpr std::string_view pieces[] = {
        " ",      "\n",     "\u00A0",     "\u3000", "\u2003", "a",
        "Zz",     "word",   "CAPITALS",   "'",      ".",      ",",
        "--",     "Σ",      "Σ",          "Ο",      "ς",      "İ",
        "É",      "\u0301", "中文",       "😀",     "Ⱥ",      "1",
        "\x80"sv, "\xC2"sv, "\xE2\x80"sv, "\xE3"sv, "\xFF"sv, "\xED\xA0\x80"sv,
        "\0"sv,   "\x7F"sv};
    std::mt19937 random{18};  // the same texts each time
    std::size_t words = 0;

    for (int round = 0; round < 50'000; ++round) {
        std::string text;
        for (auto n = random() % 24; n > 0; --n) {
            bool const any_byte = random() % 8 == 0;
            text += any_byte ? std::string(1, static_cast<char>(random() & 0xFF))
                             : std::string{pieces[random() % std::size(pieces)]};
        }
        auto const expected = words_by_the_book(text);
        words += expected.size();
        if (words_of_exactly(text) != expected) {
            FAIL_CHECK("round " << round << ": " << text);
        }
    }

    CHECK(words > 50'000);
}

// Whatever is not linear in the two tests below does not end before their TIMEOUT.

TEST_CASE("words: one may be 100 MB long", "[exercises][unicode]") {
    constexpr std::size_t size = 100'000'000;
    auto const text = "(" + repeated("Giant", size) + ")";

    std::size_t words = 0;
    for_each_word(
        text, [&](std::string const& word) { words += word == repeated("giant", size) ? 1 : 0; });

    CHECK(words == 1);
}

TEST_CASE("words: a giant one of hard letters takes linear time", "[exercises][unicode]") {
    constexpr std::size_t size = 10'000'000;
    auto const signs = std::string(size, '\'');

    CHECK(normalise(repeated("ÉA", size)) == repeated("éa", size));
    CHECK(normalise(std::string(size, '\x80')) == std::string(size, '\x80'));
    CHECK(normalise(signs).empty());
    // Each sigma looks both ways, and would look over all of the text if nothing stopped it.
    CHECK(normalise(repeated("Σ'", size) + "1").starts_with("σ'σ'σ'"));
    CHECK(normalise(signs + "Σ" + signs) == "σ");
    CHECK(normalise("1" + signs + "Σ" + signs + "Α") == "1" + signs + "σ" + signs + "α");
    CHECK(normalise("Α" + signs + "Σ" + signs + "1") == "α" + signs + "ς" + signs + "1");
}
