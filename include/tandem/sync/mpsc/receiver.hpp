#pragma once

#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/result.hpp"
#include "tandem/sync/mpsc/detail/channel.hpp"
#include "tandem/sync/mpsc/detail/parcel.hpp"
#include "tandem/sync/mpsc/error.hpp"
#include "tandem/sync/mpsc/iter.hpp"

namespace tandem::sync::mpsc {

/// The end of a channel where values come out, in the order in which each sender sent them.
///
/// Rust:      std::sync::mpsc::Receiver<T>
/// C++:       nothing; a queue with its mutex and condition variable, shared
/// Unchecked: receiving on two threads at once, or using a receiver that was moved away. rustc
///            refuses both; here the second panics.
/// Errors:    receiving fails once every sender is gone and all they sent has been received
///
///     auto [tx, rx] = mpsc::channel<int>();
///     thread::spawn([](mpsc::Sender<int> tx) { tx.send(42).unwrap(); }, std::move(tx));
///     for (auto value : rx) {  // ends when the last sender is gone
///         use(value);
///     }
template <class T>
class Receiver {
    using Share = detail::ReceiverShare<T>;
    using Arrival = detail::Arrival<T>;
    using CallSite = tandem::detail::CallSite;

public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Never;

    explicit Receiver(Share share) noexcept : share_(std::move(share)) {}

    /// Waits for the next value.
    Result<T, RecvError> recv(CallSite where = CallSite::current()) const {
        about_to_receive(where);
        Arrival const arrival = share_.channel().wait_until(tandem::detail::never);
        if (arrival.parcel == nullptr) {
            return Err(RecvError{});
        }
        PopAfter const popped{share_.channel()};
        return Result<T, RecvError>(std::in_place, value_of(arrival));
    }

    /// The next value, if it is here.
    Result<T, TryRecvError> try_recv() const {
        Arrival const arrival = share_.channel().poll();
        if (arrival.parcel == nullptr) {
            return Err(arrival.disconnected ? TryRecvError::disconnected : TryRecvError::empty);
        }
        PopAfter const popped{share_.channel()};
        return Result<T, TryRecvError>(std::in_place, value_of(arrival));
    }

    /// Waits for the next value, but no longer than `timeout`; a negative one is none.
    template <class Rep, class Period>
    Result<T, RecvTimeoutError> recv_timeout(std::chrono::duration<Rep, Period> timeout,
                                             CallSite where = CallSite::current()) const {
        about_to_receive(where);
        Arrival arrival = share_.channel().poll();
        if (arrival.is_nothing_yet()) {
            arrival = share_.channel().wait_until(tandem::detail::deadline_after(timeout));
        }
        if (arrival.parcel == nullptr) {
            return Err(arrival.disconnected ? RecvTimeoutError::disconnected
                                            : RecvTimeoutError::timeout);
        }
        PopAfter const popped{share_.channel()};
        return Result<T, RecvTimeoutError>(std::in_place, value_of(arrival));
    }

    /// All values until every sender is gone: what `for (auto value : rx)` goes through.
    [[nodiscard]] Iter<T> iter(CallSite where = CallSite::current()) const& noexcept {
        about_to_receive(where);
        return Iter<T>(*this);
    }
    Iter<T> iter() const&& = delete;  // the receiver would be gone before the first value

    /// The values that are here, without waiting for more.
    [[nodiscard]] TryIter<T> try_iter() const& noexcept { return TryIter<T>(*this); }
    TryIter<T> try_iter() const&& = delete;  // the receiver would be gone before the first value

    /// Waits for the first value: a loop begins here.
    [[nodiscard]] typename Iter<T>::Iterator begin(CallSite where = CallSite::current()) const {
        return iter(where).begin();
    }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    friend class ReceiverIterator<T, true>;
    friend class ReceiverIterator<T, false>;

    static void about_to_receive(CallSite where) noexcept {
        tandem::detail::about_to_block("a blocking receive", "receive from an async::mpsc channel",
                                       where);
    }

    void recv_into(std::optional<T>& value) const {
        move_into(value, share_.channel().wait_until(tandem::detail::never));
    }
    void try_recv_into(std::optional<T>& value) const { move_into(value, share_.channel().poll()); }

    void move_into(std::optional<T>& value, Arrival const& arrival) const {
        if (arrival.parcel != nullptr) {
            PopAfter const popped{share_.channel()};
            value.emplace(value_of(arrival));
        }
    }

    /// Ends the parcel when its value has been moved out, even if that has thrown.
    struct PopAfter {
        detail::Channel<T>& channel;
        ~PopAfter() { channel.pop(); }
    };

    static T&& value_of(Arrival const& arrival) noexcept {
        return std::move(detail::contents<T>(*arrival.parcel));
    }

    Share share_;
};

}  // namespace tandem::sync::mpsc
