#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/shared.hpp"
#include "tandem/async/mpsc/detail/channel.hpp"
#include "tandem/async/mpsc/error.hpp"
#include "tandem/async/mpsc/permit.hpp"
#include "tandem/async/mpsc/receiver.hpp"
#include "tandem/async/mpsc/sender.hpp"
#include "tandem/async/mpsc/unbounded_sender.hpp"
#include "tandem/core/detail/raise.hpp"

/// Many senders, one receiver: values are moved from task to task instead of shared by them.
///
/// Rust: the module tokio::sync::mpsc
namespace tandem::async::mpsc {

namespace detail {

template <class T>
[[nodiscard]] async::detail::Shared<Channel<T>> make_channel(std::size_t slots) {
    static_assert(std::is_object_v<T> && std::is_same_v<T, std::remove_cvref_t<T>>,
                  "a channel carries values: no references, not const, and Unit in place of void");
    static_assert(std::is_move_constructible_v<T>,
                  "a channel carries values that can be moved; send a std::unique_ptr<T> instead");
    return async::detail::Shared<Channel<T>>::make(slots);
}

}  // namespace detail

/// Makes a channel that takes `size` values before the first is received, then lets senders wait.
///
/// Rust:   tokio::sync::mpsc::channel
/// Errors: a size of 0 panics
template <class T>
[[nodiscard]] std::pair<Sender<T>, Receiver<T>> channel(std::size_t size) {
    if (size == 0) [[unlikely]] {
        tandem::detail::raise(
            "mpsc::channel(0): a bounded channel needs room for one value at least");
    }
    if (size == detail::unbounded) [[unlikely]] {
        tandem::detail::raise(
            "mpsc::channel: so much room is none to count; use "
            "unbounded_channel()");
    }
    auto channel = detail::make_channel<T>(size);
    return {Sender<T>(detail::SenderShare<T>(channel.clone())), Receiver<T>(channel.clone())};
}

/// Makes a channel that takes any number of values before the first is received.
///
/// Rust: tokio::sync::mpsc::unbounded_channel
template <class T>
[[nodiscard]] std::pair<UnboundedSender<T>, UnboundedReceiver<T>> unbounded_channel() {
    auto channel = detail::make_channel<T>(detail::unbounded);
    return {UnboundedSender<T>(detail::SenderShare<T>(channel.clone())),
            Receiver<T>(channel.clone())};
}

}  // namespace tandem::async::mpsc
