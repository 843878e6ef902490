#include "tandem/exercises/detail/word_table.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "support/catch.hpp"

using tandem::exercises::detail::hash_of;
using tandem::exercises::detail::WordTable;

namespace {

std::map<std::string, std::size_t> counts_of(WordTable<> table) {
    std::map<std::string, std::size_t> counts;
    for (auto& entry : std::move(table).into_entries()) {
        auto const inserted = counts.emplace(std::move(entry.word), entry.count).second;
        CHECK(inserted);  // no word has two entries
    }
    return counts;
}

}  // namespace

TEST_CASE("WordTable: is empty at first", "[exercises][word_table]") {
    CHECK(counts_of({}).empty());
}

TEST_CASE("WordTable: counts each word by itself", "[exercises][word_table]") {
    WordTable table;
    for (char const* word : {"to", "be", "or", "not", "to", "be", ""}) {
        table.add(word);
    }

    CHECK(counts_of(std::move(table)) ==
          std::map<std::string, std::size_t>{{"", 1}, {"be", 2}, {"not", 1}, {"or", 1}, {"to", 2}});
}

TEST_CASE("WordTable: keeps the order in which words came", "[exercises][word_table]") {
    WordTable table;
    for (char const* word : {"b", "c", "a", "b"}) {
        table.add(word);
    }

    auto const entries = std::move(table).into_entries();

    REQUIRE(entries.size() == 3);
    CHECK(entries[0].word == "b");
    CHECK(entries[1].word == "c");
    CHECK(entries[2].word == "a");
}

TEST_CASE("WordTable: loses nothing when it grows", "[exercises][word_table]") {
    constexpr int words = 20'000;
    WordTable table;
    std::map<std::string, std::size_t> expected;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < words; i += round + 1) {
            table.add("word" + std::to_string(i));
            ++expected["word" + std::to_string(i)];
        }
    }

    CHECK(counts_of(std::move(table)) == expected);
}

TEST_CASE("WordTable: tells words of one hash apart", "[exercises][word_table]") {
    // The one bit in which their sizes differ is undone by the one bit between b and c, where the
    // lowest byte of a number comes first.
    std::string const one = "bccc";
    std::string const other = "bcccc";
    WordTable table;
    for (std::string const& word : {one, other, other}) {
        table.add(word);
    }

    CHECK(counts_of(std::move(table)) == std::map<std::string, std::size_t>{{one, 1}, {other, 2}});
    if constexpr (std::endian::native == std::endian::little) {
        CHECK(hash_of(one) == hash_of(other));  // else this case tests nothing
    }
}

TEST_CASE("WordTable: goes on at the front where the last place is taken",
          "[exercises][word_table]") {
    constexpr std::uint64_t last_bits = 0xfff;  // all set: the last place of up to 4096
    WordTable table;
    std::map<std::string, std::size_t> expected;
    for (int i = 0; expected.size() < 3; ++i) {
        std::string const word = std::to_string(i);
        if ((hash_of(word) & last_bits) == last_bits) {
            table.add(word);
            table.add(word);
            expected[word] = 2;
        }
    }

    CHECK(counts_of(std::move(table)) == expected);
}

TEST_CASE("hash_of: depends on every byte", "[exercises][word_table]") {
    for (std::size_t size = 1; size <= 40; ++size) {
        std::string const word(size, 'x');
        for (std::size_t i = 0; i < size; ++i) {
            std::string changed = word;
            changed[i] = 'y';
            CHECK(hash_of(changed) != hash_of(word));
        }
    }
}
