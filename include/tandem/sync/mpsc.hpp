#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "tandem/sync/mpsc/detail/channel.hpp"
#include "tandem/sync/mpsc/detail/list_channel.hpp"
#include "tandem/sync/mpsc/detail/rendezvous.hpp"
#include "tandem/sync/mpsc/detail/ring_channel.hpp"
#include "tandem/sync/mpsc/error.hpp"
#include "tandem/sync/mpsc/iter.hpp"
#include "tandem/sync/mpsc/receiver.hpp"
#include "tandem/sync/mpsc/sender.hpp"

/// Many senders, one receiver: values are moved from thread to thread instead of shared by them.
///
/// Rust: the module std::sync::mpsc
namespace tandem::sync::mpsc {

namespace detail {

template <class T>
constexpr void require_plain_value() {
    static_assert(std::is_same_v<T, std::remove_cvref_t<T>> && std::is_object_v<T>,
                  "a channel carries values: no references, and not const, for a value is moved "
                  "into the channel and out of it");
    static_assert(std::is_move_constructible_v<T>,
                  "a channel carries values that can be moved; send a std::unique_ptr<T> instead");
}

}  // namespace detail

/// Makes a channel that takes any number of values before the first is received.
///
/// Rust: std::sync::mpsc::channel
template <class T>
[[nodiscard]] std::pair<Sender<T>, Receiver<T>> channel() {
    detail::require_plain_value<T>();
    auto* const made = new detail::ListChannel<T>();
    return {Sender<T>(detail::SenderShare(made)), Receiver<T>(detail::ReceiverShare<T>(made))};
}

/// Makes a channel that takes `size` values before the first is received, then lets senders wait.
/// With a size of 0 every send waits until its value is received.
///
/// Rust:   std::sync::mpsc::sync_channel
/// Errors: std::bad_alloc (or its bad_array_new_length) if there is no memory for the size
/// Cost:   memory for `size` values, at once
template <class T>
[[nodiscard]] std::pair<SyncSender<T>, Receiver<T>> sync_channel(std::size_t size) {
    detail::require_plain_value<T>();
    detail::SyncChannel<T>* made = nullptr;
    if (size == 0) {
        made = new detail::Rendezvous<T>();
    } else {
        made = new detail::RingChannel<T>(size);
    }
    return {SyncSender<T>(detail::SenderShare(made)), Receiver<T>(detail::ReceiverShare<T>(made))};
}

}  // namespace tandem::sync::mpsc
