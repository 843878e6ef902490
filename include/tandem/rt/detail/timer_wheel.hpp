#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "tandem/rt/detail/clock.hpp"
#include "tandem/rt/detail/timer_list.hpp"

namespace tandem::rt::detail {

/// Timers in the order of their deadlines, with an insert and a remove that take the same few
/// nanoseconds for one as for a million. No lock of its own, and no clock.
///
/// A wheel has 64 slots, and there are several, as in a clock that has hands for the minutes and
/// the hours: a turn of one wheel is a slot of the next. A slot of the first is a tick of 65.5 µs:
///
///   level 0   64 ticks of 65.5 µs: the next 4.2 ms           ┌─┬─┬─┬─┬─   ─┬─┐
///   level 1   64 slots of  4.2 ms: the next 268 ms           │ │ │▪│ │ ... │▪│
///   level 2   64 slots of  268 ms: the next 17 s             └─┴─┴─┴─┴─   ─┴─┘
///   …
///   level 7   until the end of time
///
/// A timer stands on the lowest level whose present turn it falls into; so the first slot in use,
/// on the lowest level in use, has the timers that come first. When time gets to a slot of a higher
/// level, its timers move down. In a tick they are told apart by their nanoseconds.
///
/// Rust: tokio::runtime::time::wheel, whose ticks are milliseconds
/// C++:  std::priority_queue, without an allocation, and from which one can be taken out
class TimerWheel {
public:
    TimerWheel() noexcept {
        due_.clear();
        never_due_.clear();
    }

    void insert(Timer& timer) noexcept {
        if (timer.deadline() == end_of_time) {
            never_due_.push_back(timer);
            return;
        }
        Place const place = place_of(std::max(timer.deadline(), elapsed_));
        TimerList& list = slots_[place.level][place.slot];
        if ((occupied_[place.level] & bit(place.slot)) == 0) {
            list.clear();
            occupied_[place.level] |= bit(place.slot);
            levels_ |= bit(place.level);
        }
        list.push_back(timer);
    }

    /// The time up to which it has looked.
    [[nodiscard]] std::int64_t elapsed() const noexcept { return elapsed_; }

    /// When to look again: the first deadline; or somewhat before that, to move timers down first,
    /// if there are many of about the same time. end_of_time if there are none.
    [[nodiscard]] std::int64_t next_wake() noexcept {
        if (!due_.empty()) {
            return elapsed_;
        }
        Place const first = first_place();
        if (first.is_none()) {
            return end_of_time;
        }
        int looked_at = 0;
        std::int64_t earliest = end_of_time;
        slots_[first.level][first.slot].for_each_while([&](Timer& timer) noexcept {
            earliest = std::min(earliest, timer.deadline());
            return ++looked_at < most_looked_at || first.level == 0;
        });
        return looked_at < most_looked_at || first.level == 0 ? earliest : start_of(first);
    }

    /// Takes out the next timer whose deadline has come by `now`, or returns null.
    [[nodiscard]] Timer* pop_due(std::int64_t now) noexcept {
        while (due_.empty() && turn(now)) {}
        return due_.empty() ? nullptr : &due_.pop_front();
    }

    /// Takes out any timer at all; null if there are none.
    [[nodiscard]] Timer* pop_any() noexcept {
        if (!due_.empty()) {
            return &due_.pop_front();
        }
        if (Place const first = first_place(); !first.is_none()) {
            return &slots_[first.level][first.slot].pop_front();
        }
        return never_due_.empty() ? nullptr : &never_due_.pop_front();
    }

private:
    static constexpr int levels = 8;
    static constexpr int tick_bits = 16;  // a tick is 2^16 ns
    static constexpr int slot_bits = 6;
    static constexpr int most_looked_at = 64;  // on the higher levels

    struct Place {
        int level;
        int slot;

        [[nodiscard]] bool is_none() const noexcept { return level < 0; }
    };

    static constexpr std::uint64_t bit(int index) noexcept { return std::uint64_t{1} << index; }
    static constexpr int shift_of(int level) noexcept { return tick_bits + slot_bits * level; }

    /// By the highest bits in which the time differs from now.
    [[nodiscard]] Place place_of(std::int64_t when) const noexcept {
        auto const ticks = static_cast<std::uint64_t>(when ^ elapsed_) >> tick_bits;
        int const level = (63 - std::countl_zero(ticks | 1)) / slot_bits;
        return {level, static_cast<int>(when >> shift_of(level)) & 63};
    }

    /// The beginning of a slot, in the level's present turn. The highest level has but one.
    [[nodiscard]] std::int64_t start_of(Place place) const noexcept {
        int const above = shift_of(place.level + 1);
        std::int64_t const turn_began = place.level + 1 < levels ? elapsed_ >> above << above : 0;
        return turn_began | std::int64_t{place.slot} << shift_of(place.level);
    }

    /// The place of the timers that come first. A timer leaves without a word, so it is here that
    /// an empty slot is found to be so.
    [[nodiscard]] Place first_place() noexcept {
        while (levels_ != 0) {
            Place const first{std::countr_zero(levels_), 0};
            std::uint64_t const occupied = occupied_[first.level];
            Place const place{first.level, std::countr_zero(occupied)};
            if (!slots_[place.level][place.slot].empty()) {
                return place;
            }
            forget(place);
        }
        return {-1, -1};
    }

    void forget(Place place) noexcept {
        occupied_[place.level] &= ~bit(place.slot);
        if (occupied_[place.level] == 0) {
            levels_ &= ~bit(place.level);
        }
    }

    /// Goes on to the first slot in use, if it has begun by `now`. False: there is nothing more
    /// to do by then.
    bool turn(std::int64_t now) noexcept {
        Place const first = first_place();
        if (first.is_none() || start_of(first) > now) {
            elapsed_ = std::max(elapsed_, now);
            return false;
        }
        elapsed_ = std::max(elapsed_, start_of(first));
        TimerList& list = slots_[first.level][first.slot];
        if (first.level > 0) {
            forget(first);
            while (!list.empty()) {
                insert(list.pop_front());  // on a lower level, for elapsed_ is in this slot now
            }
            return true;
        }
        elapsed_ = std::max(elapsed_, std::min(now, start_of(first) | last_of_tick));
        list.for_each_while([&](Timer& timer) noexcept {
            if (timer.deadline() <= now) {
                timer.unlink();
                due_.push_back(timer);
            }
            return true;
        });
        return !due_.empty();
    }

    static constexpr std::int64_t last_of_tick = (std::int64_t{1} << tick_bits) - 1;

    std::int64_t elapsed_ = 0;
    std::uint64_t levels_ = 0;          // those with a slot in use
    std::uint64_t occupied_[levels]{};  // the slots in use; the others' lists are not cleared
    TimerList slots_[levels][64];
    TimerList due_;        // their time has come
    TimerList never_due_;  // with a deadline at the end of time
};

}  // namespace tandem::rt::detail
