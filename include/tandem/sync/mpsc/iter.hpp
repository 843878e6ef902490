#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

namespace tandem::sync::mpsc {

template <class T>
class Receiver;

/// Goes through what a receiver receives: as long as a sender is left, or (`waits` is false) as
/// long as there is something now. An input iterator for range-for and the algorithms of
/// std::ranges: every value is seen once, and is yours to move away.
template <class T, bool waits>
class ReceiverIterator {
public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    explicit ReceiverIterator(Receiver<T> const& receiver) : receiver_(&receiver) { receive(); }
    ReceiverIterator(ReceiverIterator&&) = default;
    ReceiverIterator& operator=(ReceiverIterator&&) = default;

    /// The value: moved from here by `auto value : rx`, left here by `auto&& value : rx`.
    [[nodiscard]] T&& operator*() const noexcept { return std::move(*value_); }

    ReceiverIterator& operator++() {
        receive();
        return *this;
    }
    void operator++(int) { receive(); }

    friend bool operator==(ReceiverIterator const& it, std::default_sentinel_t) noexcept {
        return !it.value_.has_value();
    }

private:
    void receive() {
        value_.reset();
        if constexpr (waits) {
            receiver_->recv_into(value_);
        } else {
            receiver_->try_recv_into(value_);
        }
    }

    Receiver<T> const* receiver_;
    mutable std::optional<T> value_;  // empty at the end
};

/// Every value until the last sender is gone; made by `rx.iter()`.
///
/// Rust: std::sync::mpsc::Iter    C++: an input range
template <class T>
class Iter {
public:
    using Iterator = ReceiverIterator<T, true>;

    explicit Iter(Receiver<T> const& receiver) noexcept : receiver_(&receiver) {}

    /// Waits for the first value.
    [[nodiscard]] Iterator begin() const { return Iterator(*receiver_); }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    Receiver<T> const* receiver_;
};

/// The values that are there now; made by `rx.try_iter()`.
///
/// Rust: std::sync::mpsc::TryIter    C++: an input range
template <class T>
class TryIter {
public:
    using Iterator = ReceiverIterator<T, false>;

    explicit TryIter(Receiver<T> const& receiver) noexcept : receiver_(&receiver) {}

    [[nodiscard]] Iterator begin() const { return Iterator(*receiver_); }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    Receiver<T> const* receiver_;
};

}  // namespace tandem::sync::mpsc
