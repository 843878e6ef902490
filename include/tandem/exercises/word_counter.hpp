#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tandem/core/drop.hpp"
#include "tandem/exercises/detail/word_table.hpp"
#include "tandem/exercises/detail/words.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/thread/available_parallelism.hpp"
#include "tandem/thread/builder.hpp"
#include "tandem/thread/scope.hpp"

namespace tandem::exercises {

namespace detail {

using WordCounts = std::unordered_map<std::string, std::size_t>;

// Templates, here and below, so that who counts no words does not pay for compiling it.

/// Words and how often they come.
template <class Counts>
using Ranking = std::vector<std::pair<typename Counts::key_type, typename Counts::mapped_type>>;

template <class Counts>
[[nodiscard]] Counts count_words(std::string_view text) {
    WordTable<typename Counts::key_type> table;
    for_each_word(text, [&](std::string const& word) { table.add(word); });
    auto entries = std::move(table).into_entries();

    Counts counts;
    counts.reserve(entries.size());
    for (auto& [hash, word, count] : entries) {
        counts.emplace(std::move(word), count);
    }
    return counts;
}

/// Makes room for so many words, or changes nothing.
template <class Counts>
void make_room(Counts& counts, std::size_t words) {
    double const room = counts.max_load_factor() * static_cast<double>(counts.bucket_count());
    if (static_cast<double>(words) > room) {
        // reserve() takes its number exactly: told less than the double, it would move all words
        // each time that a few are added.
        counts.reserve(std::max(words, 2 * counts.size()));
    }
}

/// Adds one map's counts to another's: all of them, or, where memory runs out, none.
template <class Counts = WordCounts>
void add_counts(Counts& into, std::type_identity_t<Counts> from) {
    bool const swap = into.size() < from.size();  // the fewer words are moved to the many
    make_room(swap ? from : into, into.size() + from.size());  // what can fail, fails here
    if (swap) {
        into.swap(from);
    }
    while (!from.empty()) {
        auto inserted = into.insert(from.extract(from.begin()));
        if (!inserted.inserted) {
            inserted.position->second += inserted.node.mapped();
        }
    }
}

/// A thread for each text, but only so many alive at once: enough to keep every processor busy
/// while some wait for the lock, few enough for 10,000 texts. (`Counts` is what they count into: so
/// only who counts compiles it.)
template <class Counts, class Handle = thread::ScopedJoinHandle<void>>
class Crew {
public:
    /// Lets `start()` spawn a thread, once there is room; where the system has none to give, the
    /// work is done `instead()`, in this thread.
    template <class Start, class Instead>
    void add(Start start, Instead instead) {
        if (running_.size() == most_) {
            running_.front().join().unwrap();
            running_.pop_front();
        }
        auto worker = start();
        if (worker.is_ok()) {
            running_.push_back(std::move(worker).unwrap());
        } else {
            instead();
        }
    }

private:
    std::size_t const most_ = 4 * thread::available_parallelism();
    std::deque<Handle> running_;
};

}  // namespace detail

/// The n most frequent of counted words, most frequent first, equals in alphabetical order of
/// their bytes.
template <class Counts = detail::WordCounts>
[[nodiscard]] detail::Ranking<Counts> most_frequent(Counts const& counts, std::size_t n) {
    detail::Ranking<Counts> words(counts.begin(), counts.end());
    n = std::min(n, words.size());
    auto const end = words.begin() + static_cast<std::ptrdiff_t>(n);
    std::partial_sort(words.begin(), end, words.end(), [](auto const& left, auto const& right) {
        return left.second != right.second ? left.second > right.second : left.first < right.first;
    });
    words.erase(end, words.end());
    return words;
}

/// Counts words; any number of threads may count into one at the same time.
///
/// Rust:   the chapter's exercise, `struct WordCounter { counts: Arc<Mutex<HashMap<…>>> }`
/// C++:    std::map and a std::mutex, which here cannot be used apart
/// Errors: out of memory is an exception (from count_parallel a Panic, once its threads are over)
///         after which the counter is as usable as before
///
/// A word is what stands between white space (of all Unicode), in lower case, without ASCII
/// punctuation at both ends. Text that is not valid UTF-8 is counted byte for byte.
///
///     WordCounter counter;
///     counter.count("To be, or not to be.");
///     counter.get("be");   // 2
template <class Counts>
class BasicWordCounter {
public:
    using tandem_send = void;
    using tandem_sync = void;

    BasicWordCounter() : counts_(sync::make_arc<sync::Mutex<Counts>>()) {}

    /// Counts one text, in the calling thread.
    void count(std::string_view text) const { merge_counts(detail::count_words<Counts>(text)); }

    /// Counts the texts in parallel, a thread a text: each thread fills a map of its own and
    /// takes the lock once, to merge it.
    void count_parallel(std::span<std::string_view const> texts) const {
        thread::scope([&](thread::Scope& scope) {
            detail::Crew<Counts> crew;
            for (std::string_view const text : texts) {
                crew.add(
                    [&] {
                        return thread::Builder().spawn_scoped(scope, &BasicWordCounter::count,
                                                              std::cref(*this), text);
                    },
                    [&] { count(text); });
            }
        });
    }

    /// How often the word was counted, however it is written.
    [[nodiscard]] std::size_t get(std::string_view word) const {
        auto const counts = lock();
        auto const found = counts->find(detail::normalise(word));
        return found == counts->end() ? 0 : found->second;
    }

    /// The n most frequent words, most frequent first, equals in alphabetical order.
    [[nodiscard]] detail::Ranking<Counts> top_n(std::size_t n) const {
        Counts const copy = *lock();  // sorted outside the lock
        return most_frequent(copy, n);
    }

    /// Adds another counter's counts to ours. The two locks are never held together, so two
    /// counters may merge each other at the same time; merged with itself, a counter doubles.
    void merge(BasicWordCounter const& other) const {
        Counts copy = *other.lock();
        merge_counts(std::move(copy));
    }

    /// Forgets all counts.
    void reset() const { lock()->clear(); }

private:
    void merge_counts(Counts counts) const { detail::add_counts(*lock(), std::move(counts)); }

    /// A poisoned lock is no reason to give up: whatever threw, add_counts had changed all or
    /// nothing, so the map is sound.
    [[nodiscard]] sync::MutexGuard<Counts> lock() const {
        return counts_->lock().unwrap_or_else(
            [](auto poisoned) { return std::move(poisoned).into_inner(); });
    }

    sync::Arc<sync::Mutex<Counts>> counts_;
};

using WordCounter = BasicWordCounter<detail::WordCounts>;

/// Counts the texts in parallel and gathers the maps through a channel instead of under a lock.
///
/// Rust: the chapter's count_with_channel
///
///     auto const counts = count_with_channel(texts);
template <class Counts = detail::WordCounts>
[[nodiscard]] Counts count_with_channel(std::span<std::string_view const> texts) {
    using Sender = sync::mpsc::Sender<Counts>;
    auto const count_and_send = [](Sender const& sender, std::string_view text) {
        sender.send(detail::count_words<Counts>(text)).unwrap();
    };

    Counts total;
    thread::scope([&](thread::Scope& scope) {
        auto [tx, rx] = sync::mpsc::channel<Counts>();
        detail::Crew<Counts> crew;
        for (std::string_view const text : texts) {
            crew.add(
                [&] {
                    return thread::Builder().spawn_scoped(scope, count_and_send, tx.clone(), text);
                },
                [&] { count_and_send(tx, text); });
        }
        drop(std::move(tx));  // ours; the threads hold their clones until they are done
        for (Counts counts : rx) {
            detail::add_counts(total, std::move(counts));
        }
    });
    return total;
}

}  // namespace tandem::exercises
