// WordCounter: the chapter's exercise, solved
#include <fmt/core.h>

#include <string_view>
#include <vector>

#include "tandem/exercises/word_counter.hpp"

using tandem::exercises::count_with_channel;
using tandem::exercises::WordCounter;

int main() {
    std::vector<std::string_view> const texts{
        "The quick brown fox jumps over the lazy dog.",
        "The dog barks; the fox is gone!",
        "\"Gone?\" says the dog.",
    };

    WordCounter counter;
    counter.count_parallel(texts);  // a thread a text, merged under one lock
    for (auto const& [word, count] : counter.top_n(3)) {
        fmt::print("{} {}\n", count, word);
    }
    fmt::print("GONE: {}\n", counter.get("GONE"));

    auto const counts = count_with_channel(texts);  // the same, gathered through a channel
    fmt::print("different words: {}\n", counts.size());
}

// prints:
// 5 the
// 3 dog
// 2 fox
// GONE: 2
// different words: 12
