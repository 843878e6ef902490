#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::exercises::detail {

/// At most eight bytes as one number. Both reads have a fixed size, and overlap in a short text:
/// that is faster than to read just what is there.
[[nodiscard]] inline std::uint64_t few_bytes(std::string_view text) noexcept {
    auto const byte = [&](std::size_t i) -> std::uint64_t {
        return static_cast<unsigned char>(text[i]);
    };
    if (text.size() < 4) {
        return text.empty() ? 0
                            : byte(0) << 16 | byte(text.size() / 2) << 8 | byte(text.size() - 1);
    }
    std::uint32_t front = 0;
    std::uint32_t back = 0;
    std::memcpy(&front, text.data(), sizeof front);
    std::memcpy(&back, text.data() + text.size() - sizeof back, sizeof back);
    return std::uint64_t{front} << 32 | back;
}

/// A number that hardly any two words share. std::hash is a call into the library, and slower.
[[nodiscard]] inline std::uint64_t hash_of(std::string_view word) noexcept {
    std::uint64_t hash = word.size();
    auto const mix = [&](std::uint64_t piece) {
        hash = (hash ^ piece) * 0x9e37'79b9'7f4a'7c15;  // an odd number: no two products are equal
        hash ^= hash >> 32;                             // a product mixes best in its high half
    };
    while (word.size() > 8) {
        mix(few_bytes(word.substr(0, 8)));
        word.remove_prefix(8);
    }
    mix(few_bytes(word));
    return hash;
}

/// How often each word comes in a text: a hash table for this alone.
///
/// The words stand one behind the other, in the order in which they first came. Which of them has
/// a certain hash is told by a second vector, at most half full: by the place that is the hash's
/// last bits, or, if that is taken, by the next.
///
/// Rust: HashMap<String, usize>
/// C++:  std::unordered_map, which keeps each word in a node of its own. The processor waits for
///       node after node: with one, the words of a long text took nearly twice the time to count.
template <class Word = std::string>
class WordTable {
public:
    struct Entry {
        std::uint64_t hash;
        Word word;
        std::size_t count;
    };

    /// Counts the word once.
    void add(Word const& word) {
        std::uint64_t const hash = hash_of(word);
        std::size_t place = first_place(hash);
        for (; places_[place] != none; place = next(place)) {
            Entry& entry = entries_[places_[place] - 1];
            if (entry.hash == hash && entry.word == word) {
                ++entry.count;
                return;
            }
        }
        entries_.push_back({.hash = hash, .word = word, .count = 1});
        places_[place] = entries_.size();
        if (entries_.size() > places_.size() / 2) {
            grow();
        }
    }

    /// Ends the table and yields its words.
    [[nodiscard]] std::vector<Entry> into_entries() && { return std::move(entries_); }

private:
    static constexpr std::size_t none = 0;

    [[nodiscard]] std::size_t first_place(std::uint64_t hash) const noexcept {
        return static_cast<std::size_t>(hash) & (places_.size() - 1);
    }
    [[nodiscard]] std::size_t next(std::size_t place) const noexcept {
        return (place + 1) & (places_.size() - 1);
    }

    void grow() {
        places_.assign(2 * places_.size(), none);
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            std::size_t place = first_place(entries_[i].hash);
            while (places_[place] != none) {
                place = next(place);
            }
            places_[place] = i + 1;
        }
    }

    std::vector<Entry> entries_;
    /// n + 1 leads to entry n. The size is a power of two.
    std::vector<std::size_t> places_ = std::vector<std::size_t>(1024, none);
};

}  // namespace tandem::exercises::detail
