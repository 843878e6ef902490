#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "tandem/exercises/word_counter.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/thread/spawn.hpp"

using tandem::exercises::count_with_channel;
using tandem::exercises::WordCounter;
using Ranking = std::vector<std::pair<std::string, std::size_t>>;
using Texts = std::vector<std::string_view>;

TEST_CASE("count_single_text", "[19_word_counter]") {
    WordCounter const counter;

    counter.count("the cat and the dog");

    CHECK(counter.get("the") == 2);
    CHECK(counter.get("cat") == 1);
    CHECK(counter.get("bird") == 0);
}

TEST_CASE("count_ignores_case_and_punctuation", "[19_word_counter]") {
    WordCounter const counter;

    counter.count("Hello, hello! HELLO? (hello) don't");

    CHECK(counter.get("hello") == 4);
    CHECK(counter.get("HeLLo") == 4);
    CHECK(counter.get("don't") == 1);
}

TEST_CASE("count_empty_input", "[19_word_counter]") {
    WordCounter const counter;

    counter.count("");
    counter.count(" \n\t ");
    counter.count("... !!! ---");

    CHECK(counter.top_n(10).empty());
}

TEST_CASE("parallel_matches_sequential", "[19_word_counter]") {
    Texts const texts{"one two three", "two three", "three", "", "One, TWO!"};
    WordCounter const sequential;
    WordCounter const parallel;

    for (std::string_view const text : texts) {
        sequential.count(text);
    }
    parallel.count_parallel(texts);

    CHECK(parallel.top_n(100) == sequential.top_n(100));
    CHECK(parallel.get("two") == 3);
}

TEST_CASE("top_n_returns_most_frequent", "[19_word_counter]") {
    WordCounter const counter;

    counter.count("a b b c c c d d d d");

    CHECK(counter.top_n(2) == Ranking{{"d", 4}, {"c", 3}});
    CHECK(counter.top_n(0).empty());
    CHECK(counter.top_n(100).size() == 4);
}

TEST_CASE("top_n_alphabetical_on_tie", "[19_word_counter]") {
    WordCounter const counter;

    counter.count("pear apple fig pear apple fig kiwi");

    CHECK(counter.top_n(3) == Ranking{{"apple", 2}, {"fig", 2}, {"pear", 2}});
}

TEST_CASE("merge_combines_counts", "[19_word_counter]") {
    WordCounter const left;
    WordCounter const right;
    left.count("a b");
    right.count("b c");

    left.merge(right);

    CHECK(left.top_n(3) == Ranking{{"b", 2}, {"a", 1}, {"c", 1}});
    CHECK(right.top_n(3) == Ranking{{"b", 1}, {"c", 1}});
}

TEST_CASE("reset_clears_all_counts", "[19_word_counter]") {
    WordCounter const counter;
    counter.count("a b c");

    counter.reset();

    CHECK(counter.top_n(10).empty());
    CHECK(counter.get("a") == 0);
}

TEST_CASE("channel_counting_matches_sequential", "[19_word_counter]") {
    Texts const texts{"one two three", "two three", "three", "", "One, TWO!"};
    WordCounter const sequential;
    for (std::string_view const text : texts) {
        sequential.count(text);
    }

    auto const counts = count_with_channel(texts);

    CHECK(counts.size() == 3);
    for (auto const& [word, count] : counts) {
        CHECK(sequential.get(word) == count);
    }
}

TEST_CASE("concurrent_access_is_safe", "[19_word_counter]") {
    auto const counter = tandem::sync::make_arc<WordCounter>();
    std::vector<tandem::thread::JoinHandle<void>> handles;

    for (int i = 0; i < 10; ++i) {
        handles.push_back(tandem::thread::spawn(
            [](tandem::sync::Arc<WordCounter> mine) {
                for (int n = 0; n < 100; ++n) {
                    mine->count("shared words are shared");
                }
            },
            counter.clone()));
    }
    for (auto& handle : handles) {
        handle.join().unwrap();
    }

    CHECK(counter->get("shared") == 2000);
    CHECK(counter->get("words") == 1000);
}
