#include "tandem/exercises/word_counter.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/sanitizers.hpp"
#include "support/threads.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

// The chapter's ten tests stand in tests/chapter. Here are the edges. Which words a text has, and
// what becomes of their letters, is tested beside: words_test.cpp and unicode_test.cpp.

namespace {

using namespace std::string_view_literals;
using tandem::Send;
using tandem::Sync;
using tandem::exercises::count_with_channel;
using tandem::exercises::most_frequent;
using tandem::exercises::WordCounter;
using tandem::testing::on_threads;
using tandem::testing::run_in_child;
using tandem::testing::Threads;
using tandem::testing::under_asan;
using tandem::testing::under_tsan;

using Ranking = std::vector<std::pair<std::string, std::size_t>>;
using Texts = std::vector<std::string_view>;

static_assert(Send<WordCounter> && Sync<WordCounter>);
static_assert(!std::is_copy_constructible_v<WordCounter>);  // of the counter, or of its counts?
static_assert(!std::is_copy_assignable_v<WordCounter>);
static_assert(std::is_nothrow_move_constructible_v<WordCounter>);
static_assert(std::is_nothrow_move_assignable_v<WordCounter>);
static_assert(sizeof(WordCounter) == sizeof(void*));

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

#if defined(__linux__)

/// What the system says of a thread: has it not begun to end?
bool is_alive(std::filesystem::path const& thread) {
    constexpr unsigned exiting = 0x4;  // PF_EXITING
    std::string text;
    std::ifstream file(thread / "stat");
    std::getline(file, text);  // stays empty if the thread is gone
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    std::string skipped;
    for (int i = 0; i < 6; ++i) {  // state, parent, group, session, terminal and its group
        fields >> skipped;
    }
    unsigned flags = 0;
    fields >> flags;
    return fields && (flags & exiting) == 0;
}

/// How many threads of this process are alive at one moment: the one between finding all that are
/// there and asking the first of them.
std::size_t threads_alive() {
    std::vector<std::filesystem::path> threads;
    for (auto const& entry : std::filesystem::directory_iterator("/proc/self/task")) {
        threads.push_back(entry.path());
    }
    return static_cast<std::size_t>(std::ranges::count_if(threads, is_alive));
}

/// While it lives, the system gives this process only `bytes` more. (What malloc has left over can
/// still be had.)
class LittleMemory {
public:
    explicit LittleMemory(rlim_t bytes) {
        rlim_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        ::getrlimit(RLIMIT_AS, &before_);
        rlimit little = before_;
        little.rlim_cur = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + bytes;
        ::setrlimit(RLIMIT_AS, &little);
    }
    LittleMemory(LittleMemory const&) = delete;
    LittleMemory& operator=(LittleMemory const&) = delete;
    ~LittleMemory() { ::setrlimit(RLIMIT_AS, &before_); }

private:
    rlimit before_{};
};

#endif

}  // namespace

TEST_CASE("WordCounter: splits at every white space Unicode has", "[exercises][word_counter]") {
    WordCounter const counter;

    counter.count("one\u00a0two\u3000three\u2028four\tfive\u0085six\u2003seven");

    CHECK(counter.top_n(all) == Ranking{{"five", 1},
                                        {"four", 1},
                                        {"one", 1},
                                        {"seven", 1},
                                        {"six", 1},
                                        {"three", 1},
                                        {"two", 1}});
}

TEST_CASE("WordCounter: what only looks like white space divides nothing",
          "[exercises][word_counter]") {
    WordCounter const counter;

    counter.count("zero\u200bwidth no\ufeffbreak unit\u001fseparator");

    CHECK(counter.top_n(all).size() == 3);
    CHECK(counter.get("zero\u200bwidth") == 1);
}

TEST_CASE("WordCounter: lowercases as Rust does, in the text and in the question",
          "[exercises][word_counter]") {
    WordCounter const counter;

    counter.count("ΟΔΥΣΣΕΥΣ Straße İstanbul ÉCOLE");

    CHECK(counter.get("οδυσσευς") == 1);  // a sigma at the end is a final one
    CHECK(counter.get("ΟΔΥΣΣΕΥΣ") == 1);
    CHECK(counter.get("STRAßE") == 1);
    CHECK(counter.get("STRASSE") == 0);
    CHECK(counter.get("i\u0307stanbul") == 1);  // one letter becomes two
    CHECK(counter.get("école") == 1);
}

TEST_CASE("WordCounter: keeps what is not UTF-8, byte for byte", "[exercises][word_counter]") {
    WordCounter const counter;

    counter.count("caf\xe9 caf\xe9, CAF\xe9 \xff\xfe \xc3 \xe2\x82 \xf0\x9f\x98 \xed\xa0\x80"sv);

    CHECK(counter.get("caf\xe9") == 3);
    CHECK(counter.get("\xff\xfe") == 1);
    CHECK(counter.get("\xc3") == 1);
    CHECK(counter.get("\xe2\x82") == 1);
    CHECK(counter.get("\xf0\x9f\x98") == 1);
    CHECK(counter.get("\xed\xa0\x80") == 1);
}

TEST_CASE("WordCounter: a zero byte is a letter like another", "[exercises][word_counter]") {
    WordCounter const counter;

    counter.count("a\0b A\0B \0"sv);

    CHECK(counter.get("a\0b"sv) == 2);
    CHECK(counter.get("\0"sv) == 1);
    CHECK(counter.get("a") == 0);
}

TEST_CASE("WordCounter: what is all punctuation is no word", "[exercises][word_counter]") {
    WordCounter const counter;

    counter.count("-- ... \"!?\" ' ¿ “”");

    CHECK(counter.top_n(all) == Ranking{{"¿", 1}, {"“”", 1}});  // not ASCII: it stays
    CHECK(counter.get("") == 0);
    CHECK(counter.get("--") == 0);
}

TEST_CASE("WordCounter: counts no texts, one and ten thousand", "[exercises][word_counter]") {
    auto const number =
        GENERATE(as<std::size_t>(), 0, 1, under_tsan || under_asan ? 2'000 : 10'000);
    WordCounter const counter;
    Texts const texts(number, "two words");

    counter.count_parallel(texts);

    CHECK(counter.get("two") == number);
    CHECK(counter.get("words") == number);
    auto const by_channel = count_with_channel(texts);
    CHECK(by_channel.size() == (number == 0 ? 0U : 2U));
    CHECK((number == 0 || by_channel.at("words") == number));
}

TEST_CASE("WordCounter: a text of its own for every way to count gives one sum",
          "[exercises][word_counter]") {
    WordCounter const counter;
    counter.reset();

    counter.count("a b");
    counter.count_parallel(Texts{"", "b c", " ", "C"});
    counter.count("c");
    counter.merge(WordCounter());

    CHECK(counter.top_n(all) == Ranking{{"c", 3}, {"b", 2}, {"a", 1}});
}

TEST_CASE("add_counts: few words and many, whichever way round", "[exercises][word_counter]") {
    using tandem::exercises::detail::add_counts;
    using tandem::exercises::detail::WordCounts;
    WordCounts few{{"a", 1}, {"b", 2}};
    WordCounts many{{"a", 10}, {"c", 3}, {"d", 4}};
    WordCounts const both{{"a", 11}, {"b", 2}, {"c", 3}, {"d", 4}};

    SECTION("few to many") {
        add_counts(many, few);
        CHECK(many == both);
    }
    SECTION("many to few") {
        add_counts(few, many);
        CHECK(few == both);
    }
    SECTION("none to many, and many to none") {
        WordCounts none;
        add_counts(many, none);
        add_counts(none, many);
        CHECK(none == many);
    }
}

TEST_CASE("WordCounter: get asks for one word, stripped as words are",
          "[exercises][word_counter]") {
    WordCounter const counter;
    counter.count("don't a b");

    CHECK(counter.get("\"DON'T!\"") == 1);
    CHECK(counter.get("a b") == 0);
    CHECK(counter.get(" a") == 0);
}

TEST_CASE("WordCounter: moved, it takes its counts along", "[exercises][word_counter]") {
    WordCounter first;
    first.count("a a");

    WordCounter const second = std::move(first);

    CHECK(second.get("a") == 2);
    CHECK_THROWS_AS(first.count("a"), tandem::Panic);  // NOLINT(bugprone-use-after-move): the claim
    first = WordCounter();
    CHECK(first.get("a") == 0);
}

TEST_CASE("WordCounter: merged with itself, it doubles", "[exercises][word_counter]") {
    WordCounter const counter;
    counter.count("a b a");

    counter.merge(counter);

    CHECK(counter.top_n(all) == Ranking{{"a", 4}, {"b", 2}});
}

TEST_CASE("WordCounter: two that merge each other neither hang nor lose",
          "[exercises][word_counter][threads]") {
    for (int round = 0; round < 200; ++round) {
        WordCounter const one;
        WordCounter const other;
        one.count("only one shared shared");
        other.count("only other shared");

        on_threads(2, [&](int i) { i == 0 ? one.merge(other) : other.merge(one); });

        // Whoever was merged second had the other's counts already, or not yet; never a part.
        auto const shared = std::pair(one.get("shared"), other.get("shared"));
        REQUIRE((shared == std::pair<std::size_t, std::size_t>(3, 3) ||
                 shared == std::pair<std::size_t, std::size_t>(3, 4) ||
                 shared == std::pair<std::size_t, std::size_t>(5, 3)));
        REQUIRE(one.get("other") == 1);
        REQUIRE(other.get("one") == 1);
    }
}

TEST_CASE("WordCounter: may be used in every way at once", "[exercises][word_counter][threads]") {
    WordCounter const counter;
    WordCounter const other;
    other.count("merged");

    on_threads(5, [&](int i) {
        for (int n = 0; n < 200; ++n) {
            switch (i) {
                case 0: counter.count("counted twice counted"); break;
                case 1: counter.merge(other); break;
                case 2: (void)counter.get("counted"); break;
                case 3: (void)counter.top_n(2); break;
                default: counter.count_parallel(Texts{"in", "parallel"});
            }
        }
    });
    CHECK(counter.get("counted") == 400);
    CHECK(counter.get("merged") == 200);
    CHECK(counter.get("parallel") == 200);

    on_threads(2, [&](int i) { i == 0 ? counter.reset() : counter.count("counted"); });
    CHECK(counter.get("merged") == 0);
    CHECK(counter.get("counted") <= 1);
}

TEST_CASE("WordCounter: a text is counted, or reset, all at once",
          "[exercises][word_counter][threads]") {
    WordCounter const counter;
    std::string text;
    for (int i = 0; i < 100; ++i) {
        text += "a a b ";
    }
    std::atomic<bool> torn{false};

    on_threads(3, [&](int i) {
        for (int n = 0; n < 300; ++n) {
            if (i == 0) {
                counter.count(text);
            } else if (i == 1) {
                counter.reset();
            } else if (auto const top = counter.top_n(2); !top.empty()) {
                torn = torn || top.size() != 2 || top[0].second != 2 * top[1].second;
            }
        }
    });

    CHECK_FALSE(torn);
}

TEST_CASE("WordCounter: top_n gives no more than there is, equals in the order of their bytes",
          "[exercises][word_counter]") {
    WordCounter const counter;
    counter.count("é z a Z b b");

    CHECK(counter.top_n(0).empty());
    CHECK(counter.top_n(1) == Ranking{{"b", 2}});
    CHECK(counter.top_n(2) == Ranking{{"b", 2}, {"z", 2}});
    CHECK(counter.top_n(4) == Ranking{{"b", 2}, {"z", 2}, {"a", 1}, {"é", 1}});
    CHECK(counter.top_n(all) == counter.top_n(4));
    CHECK(WordCounter().top_n(3).empty());
    CHECK(most_frequent({{"x", 1}, {"y", 2}}, 1) == Ranking{{"y", 2}});
}

TEST_CASE("WordCounter: one word of 100 MB is one word", "[exercises][word_counter]") {
    std::string text((under_tsan || under_asan ? 10U : 100U) << 20, 'W');
    WordCounter const counter;

    counter.count_parallel(Texts{text, text});

    auto const top = counter.top_n(2);
    REQUIRE(top.size() == 1);
    CHECK(top[0].second == 2);
    CHECK(top[0].first.size() == text.size());
    CHECK(top[0].first.find_first_not_of('w') == std::string::npos);
}

#if defined(__linux__)

TEST_CASE("WordCounter: keeps at most four threads a processor alive",
          "[exercises][word_counter][threads]") {
    std::size_t const before = threads_alive();
    std::size_t const most = 4 * tandem::thread::available_parallelism();
    std::string const text(1'000'000, 'a');  // long enough for many to be alive, if they might
    Texts const texts(50, text);
    bool const by_channel = GENERATE(false, true);
    std::atomic<bool> counted{false};
    std::size_t peak = 0;
    Threads threads;
    threads.start([&] {
        if (by_channel) {
            (void)count_with_channel(texts);
        } else {
            WordCounter().count_parallel(texts);
        }
        counted = true;
    });

    while (!counted) {
        peak = std::max(peak, threads_alive());
    }
    threads.join();

    // A thread that was joined may still be on its way out of the kernel: hence twice as many.
    CHECK(peak > before + 1);
    CHECK(peak <= before + 1 + 2 * most);
}

TEST_CASE("WordCounter: an exception in a worker leaves the counter as it was, and usable",
          "[exercises][word_counter]") {
    auto const ended = run_in_child([] {
        WordCounter const counter;
        counter.count("before");
        std::string const word(128U << 20, 'w');  // its copies find no memory
        Texts const texts{word, "and", word, word, word};
        int failures = 0;
        {
            LittleMemory const little(64U << 20);
            try {
                counter.count_parallel(texts);
            } catch (tandem::Panic const&) { ++failures; }
            try {
                (void)count_with_channel(texts);
            } catch (tandem::Panic const&) { ++failures; }
            try {
                (void)counter.get(word);  // which poisons the lock
            } catch (std::bad_alloc const&) { ++failures; }
        }
        counter.count("after");
        counter.count_parallel(Texts{"after", "after"});
        bool const usable = counter.get("before") == 1 && counter.get("after") == 3;
        bool const channel_too = count_with_channel(Texts{"a", "a"}).at("a") == 2;
        return failures == 3 && usable && channel_too ? 5 : 6;
    });

    if (under_tsan || under_asan) {
        return;  // a sanitizer has to have memory, or it gives up itself
    }
    CHECK(ended.exit_status == 5);
}

TEST_CASE("add_counts: where memory runs out, none of the counts are added",
          "[exercises][word_counter]") {
    bool const many_to_few = GENERATE(false, true);
    auto const ended = run_in_child([many_to_few] {
        tandem::exercises::detail::WordCounts into;
        for (int i = 0; i < 150'000; ++i) {
            into["old " + std::to_string(i)] = 1;
        }
        tandem::exercises::detail::WordCounts from;
        while (into.size() + from.size() <= into.bucket_count()) {
            from["new " + std::to_string(from.size())] = 1;
        }
        if (many_to_few) {
            into.swap(from);
        }
        std::size_t const before = into.size();

        std::vector<std::unique_ptr<char[]>> hoard;
        hoard.reserve(1'000);
        LittleMemory const little(0);
        try {
            while (true) {  // nowhere is so much left in one piece
                hoard.push_back(std::make_unique<char[]>(1U << 20));
            }
        } catch (std::bad_alloc const&) {}
        try {  // but a table for so many words needs more
            tandem::exercises::detail::add_counts(into, std::move(from));
        } catch (std::bad_alloc const&) {
            return into.size() == before && into.contains("new 0") == many_to_few ? 5 : 6;
        }
        return 7;
    });

    if (under_tsan || under_asan) {
        return;  // a sanitizer has to have memory, or it gives up itself
    }
    CHECK(ended.exit_status == 5);
}

#endif

#if defined(__GLIBC__)
TEST_CASE("WordCounter: where the system has no thread to give, it counts all the same",
          "[exercises][word_counter]") {
    auto const ended = run_in_child([] {
        pthread_attr_t attributes;
        ::pthread_attr_init(&attributes);
        ::pthread_attr_setstacksize(&attributes, 1UL << 46);  // more than there are addresses
        ::pthread_setattr_default_np(&attributes);
        bool const no_thread = tandem::thread::Builder().spawn([] {}).is_err();

        WordCounter const counter;
        Texts const texts(100, "some words");
        counter.count_parallel(texts);
        bool const by_channel = count_with_channel(texts).at("words") == 100;
        return no_thread && counter.get("some") == 100 && by_channel ? 5 : 6;
    });

    CHECK(ended.exit_status == 5);
}
#endif
