#include "tandem/exercises/detail/unicode.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exercises/data/unicode_vectors.hpp"
#include "support/catch.hpp"

using namespace tandem::exercises::detail;
using namespace std::string_view_literals;

static_assert(decode_utf8("é").value == U'é');
static_assert(encode_utf8(U'中').view() == "中");
static_assert(is_white_space(U'\u00A0') && !is_white_space(U'\u200B'));
static_assert(lowercase_alone(U'É') == U'é');

namespace {

constexpr char32_t last_char = 0x10'FFFF;

bool is_surrogate(char32_t c) { return c >= 0xD800 && c <= 0xDFFF; }

std::vector<char32_t> every_char() {
    std::vector<char32_t> all;
    for (char32_t c = 0; c <= last_char; ++c) {
        if (!is_surrogate(c)) {
            all.push_back(c);
        }
    }
    return all;
}

std::string utf8(char32_t c) { return std::string{encode_utf8(c).view()}; }

/// Every char in one of `ranges`.
template <std::size_t n>
std::set<char32_t> chars_in(unicode_vectors::Range const (&ranges)[n]) {
    std::set<char32_t> chars;
    for (auto const& [first, last] : ranges) {
        for (char32_t c = first; c <= last; ++c) {
            chars.insert(c);
        }
    }
    return chars;
}

bool sigma_is_final_after(std::string const& prefix) {
    return to_lowercase(prefix + "Σ").ends_with("ς");
}

/// The values decode_utf8 sees in `text`, one after the other.
std::vector<char32_t> decode_all(std::string_view text) {
    std::vector<char32_t> values;
    while (!text.empty()) {
        auto const c = decode_utf8(text);
        values.push_back(c.value);
        text.remove_prefix(c.size);
    }
    return values;
}

}  // namespace

TEST_CASE("decode: every character comes back from its bytes", "[exercises][unicode]") {
    std::vector<std::uint32_t> wrong;

    for (char32_t const c : every_char()) {
        auto const bytes = utf8(c);
        auto const forth = decode_utf8(bytes + "\x80");
        auto const back = decode_utf8_back("x" + bytes);
        bool const right = forth.value == c && forth.size == bytes.size() &&  //
                           back.value == c && back.size == bytes.size();
        if (!right) {
            wrong.push_back(c);
        }
    }

    CHECK(wrong == std::vector<std::uint32_t>{});
}

TEST_CASE("decode: the sizes change where UTF-8 says", "[exercises][unicode]") {
    CHECK(encode_utf8(0x7F).view() == "\x7F");
    CHECK(encode_utf8(0x80).view() == "\xC2\x80");
    CHECK(encode_utf8(0x7FF).view() == "\xDF\xBF");
    CHECK(encode_utf8(0x800).view() == "\xE0\xA0\x80");
    CHECK(encode_utf8(0xFFFF).view() == "\xEF\xBF\xBF");
    CHECK(encode_utf8(0x1'0000).view() == "\xF0\x90\x80\x80");
    CHECK(encode_utf8(last_char).view() == "\xF4\x8F\xBF\xBF");
}

TEST_CASE("decode: what is not UTF-8 comes out byte by byte", "[exercises][unicode]") {
    auto const text = GENERATE(values<std::string_view>({
        "\x80",  // a continuation with no lead
        "\xFE",
        "\xFF",              // never in UTF-8
        "\xC0\x80",          // NUL, overlong
        "\xC1\xBF",          // DEL, overlong
        "\xE0\x9F\xBF",      // U+07FF, overlong
        "\xF0\x8F\xBF\xBF",  // U+FFFF, overlong
        "\xED\xA0\x80",      // the first surrogate
        "\xED\xBF\xBF",      // the last surrogate
        "\xF4\x90\x80\x80",  // U+110000
        "\xF5\x80\x80\x80",  // and above
        "\xF7\xBF\xBF\xBF",
        "\xF9\x90\x80\x80",  // five bytes, as UTF-8 once had them
        "\xF8\x88\x80\x80\x80",
        "\xC3",  // cut off
        "\xE4\xB8",
        "\xF0\x9F\x98",
    }));
    CAPTURE(text.size(), int{to_byte(text.front())});

    CHECK(decode_all(text) == std::vector<char32_t>(text.size(), invalid_byte));
    CHECK(decode_utf8_back(text).value == invalid_byte);
    CHECK(decode_utf8_back(text).size == 1);
    CHECK(to_lowercase(text) == text);
    CHECK(to_lowercase("É" + std::string{text} + "É") == "é" + std::string{text} + "é");
}

TEST_CASE("decode: a cut sequence does not swallow what follows", "[exercises][unicode]") {
    CHECK(decode_all("\xE4\xB8z") == std::vector<char32_t>{invalid_byte, invalid_byte, U'z'});
    CHECK(decode_all("\xF0\x9F\xC3\xA9") ==
          std::vector<char32_t>{invalid_byte, invalid_byte, U'é'});
    CHECK(decode_all("\xC3\xC3\xA9\xA9") ==
          std::vector<char32_t>{invalid_byte, U'é', invalid_byte});
}

TEST_CASE("decode: backwards, a byte too many is no part of the character",
          "[exercises][unicode]") {
    CHECK(decode_utf8_back("é\x80").value == invalid_byte);
    CHECK(decode_utf8_back("é\x80").size == 1);
    CHECK(decode_utf8_back("😀\x80").value == invalid_byte);
    CHECK(decode_utf8_back("z\x80").value == invalid_byte);
    CHECK(decode_utf8_back("\x80é").value == U'é');
}

TEST_CASE("white space: 25 characters and no other", "[exercises][unicode]") {
    std::set<char32_t> const expected{0x09,   0x0A,   0x0B,   0x0C,   0x0D,   0x20,   0x85,
                                      0xA0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004,
                                      0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028,
                                      0x2029, 0x202F, 0x205F, 0x3000};
    REQUIRE(expected.size() == 25);

    std::set<char32_t> found;
    for (char32_t const c : every_char()) {
        if (is_white_space(c)) {
            found.insert(c);
        }
    }

    CHECK(found == expected);
    CHECK_FALSE(is_white_space(0x1C));    // separators for Python's str.split, not for Unicode
    CHECK_FALSE(is_white_space(0x200B));  // zero width space
    CHECK_FALSE(is_white_space(0xFEFF));  // zero width no-break space, the byte order mark
    CHECK_FALSE(is_white_space(invalid_byte));
}

TEST_CASE("lowercase: agrees with Python on every character it knows", "[exercises][unicode]") {
    auto const assigned = chars_in(unicode_vectors::assigned);
    std::vector<char32_t> expected(last_char + 1);
    for (char32_t const c : assigned) {
        expected[c] = c;
    }
    for (auto const& [first, last, distance] : unicode_vectors::shifts) {
        for (char32_t c = first; c <= last; ++c) {
            expected[c] = static_cast<char32_t>(static_cast<int>(c) + distance);
        }
    }
    std::vector<std::uint32_t> wrong;

    for (char32_t const c : assigned) {
        auto const lower = c == U'İ' ? "i\u0307" : utf8(expected[c]);
        if (to_lowercase(utf8(c)) != lower) {
            wrong.push_back(c);
        }
    }

    CHECK(assigned.size() > 280'000);
    CHECK(wrong == std::vector<std::uint32_t>{});
}

TEST_CASE("lowercase: looks round a sigma as Python does", "[exercises][unicode]") {
    auto const cased = chars_in(unicode_vectors::cased);
    auto const case_ignorable = chars_in(unicode_vectors::case_ignorable);
    // A later Unicode has taken these two out: they are neither cased nor case-ignorable.
    std::set<char32_t> const changed{0x295, 0x1171E};
    std::vector<std::uint32_t> wrong;

    for (char32_t const c : chars_in(unicode_vectors::assigned)) {
        auto const is_cased = sigma_is_final_after(utf8(c));
        auto const is_ignorable = sigma_is_final_after("a" + utf8(c)) && !is_cased;
        auto const before_it = to_lowercase("aΣ" + utf8(c) + "a").starts_with("aσ");
        bool const right = is_cased == cased.contains(c) &&
                           is_ignorable == case_ignorable.contains(c) &&
                           before_it == (is_cased || is_ignorable);
        if (!right && !changed.contains(c)) {
            wrong.push_back(c);
        }
    }

    CHECK(wrong == std::vector<std::uint32_t>{});
}

TEST_CASE("lowercase: a final sigma is one that ends its letters", "[exercises][unicode]") {
    auto const [text, lower] = GENERATE(table<std::string, std::string>({
        {"Σ", "σ"},      // alone it ends nothing
        {"ΑΣ", "ας"},    //
        {"ΣΑ", "σα"},    //
        {"ΑΣΑ", "ασα"},  //
        {"ΟΔΟΣ ΟΔΟΣ", "οδος οδος"},
        {"ΟΔΥΣΣΕΥΣ", "οδυσσευς"},
        {"ΣΣ", "σς"},              // Σ is a letter too
        {"ας", "ας"},              // the small ones stay, even in the wrong place
        {"ςα", "ςα"},              //
        {"aΣ", "aς"},              // any cased letter will do
        {"1Σ", "1σ"},              // a digit is none
        {"中Σ", "中σ"},            // nor is a letter without case
        {"Α'Σ", "α'ς"},            // an apostrophe is looked through, before
        {"ΑΣ'Α", "ασ'α"},          // and behind
        {"ΑΣ'", "ας'"},            //
        {"Σ'Α", "σ'α"},            //
        {"ΑΣ.Α", "ασ.α"},          // so is a full stop
        {"ΑΣ,Α", "ας,α"},          // a comma is not
        {"Α,Σ", "α,σ"},            //
        {"ΑΣ\u0301", "ας\u0301"},  // nor is an accent a letter
        {"ΑΣ\u0301Α", "ασ\u0301α"},
        {"\u0345Σ", "\u0345σ"},  // cased and case-ignorable: it is looked through
        {"Α\xFFΣ", "α\xFFσ"},    // a byte that is no character ends the letters
        {"Α\x91Σ", "α\x91σ"},    // even one that could be part of one
        {"ΑΣ\xFFΑ", "ας\xFFα"},
    }));

    CHECK(to_lowercase(text) == lower);
}

TEST_CASE("lowercase: İ keeps its dot", "[exercises][unicode]") {
    CHECK(to_lowercase("İ") == "i\u0307");
    CHECK(to_lowercase("DİYARBAKIR") == "di\u0307yarbakir");
}

TEST_CASE("lowercase: the result may be longer or shorter", "[exercises][unicode]") {
    CHECK(to_lowercase("ȺȾ") == "ⱥⱦ");
    CHECK(to_lowercase("\u212A") == "k");  // the sign for kelvin
    CHECK(to_lowercase("ẞ") == "ß");
}

TEST_CASE("lowercase: knows Unicode 17", "[exercises][unicode]") {
    CHECK(lowercase_alone(0x1C89) == 0x1C8A);    // new in 16
    CHECK(lowercase_alone(0xA7D2) == 0xA7D3);    // new in 17
    CHECK(lowercase_alone(0x16EA0) == 0x16EBB);  // new in 17: Beria Erfe
}

TEST_CASE("lowercase: everything between capitals stays byte for byte", "[exercises][unicode]") {
    CHECK(to_lowercase("") == "");
    CHECK(to_lowercase("\0A\0É\0"sv) == "\0a\0é\0"sv);
    CHECK(to_lowercase("éÀ中Б\xFFД😀Z") == "éà中б\xFFд😀z");
}
