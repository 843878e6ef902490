#pragma once

#include <cstddef>
#include <tuple>
#include <utility>

#include "tandem/async/detail/join_slot.hpp"
#include "tandem/async/detail/stored.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/unit.hpp"

namespace tandem::async {

/// Several futures at once, in one task: ready with all their outputs when the last is ready.
///
/// Rust:      tokio::join!, futures::future::Join
/// C++:       nothing; waiting for two std::futures in turn is not the same, for neither makes
///            progress by being waited for
/// Errors:    an exception of one comes out of the join, and ends the others with it
/// Cost:      a wake polls each future that is not ready yet: for hundreds take join_all
/// Cancel:    drops all that are not ready, and the outputs of those that were
/// Wakes:     as each of the futures does
///
///     auto [page, size] = co_await join(fetch(url), measure(url));
template <class... Fs>
class [[nodiscard]] Join {
    template <class F>
    using Slot = detail::JoinSlot<F, detail::Stored<typename F::Output>>;

public:
    using Output = std::tuple<tandem::detail::UnitIfVoid<typename Fs::Output>...>;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<Fs>...,
                                              tandem::detail::SendOf<typename Fs::Output>...>;

    template <class... From>
    explicit Join(std::in_place_t, From&&... futures) : slots_(std::forward<From>(futures)...) {}

    Poll<Output> poll(Context& cx) {
        if (over_) [[unlikely]] {
            detail::raise("this join was ready before: it is not polled again");
        }
        return poll_all(cx, std::index_sequence_for<Fs...>{});
    }

private:
    template <std::size_t... Is>
    Poll<Output> poll_all([[maybe_unused]] Context& cx, std::index_sequence<Is...>) {
        bool all_done = true;
        ((all_done = poll_one(std::get<Is>(slots_), cx) && all_done), ...);
        if (!all_done) {
            return Poll<Output>::pending();
        }
        auto output = Poll<Output>::ready(
            Output(detail::from_store<typename Fs::Output>(std::get<Is>(slots_).value())...));
        (std::get<Is>(slots_).clear(), ...);
        over_ = true;
        return output;
    }

    template <class F>
    static bool poll_one(detail::JoinSlot<F, detail::Stored<typename F::Output>>& slot,
                         Context& cx) {
        if (!slot.is_done()) {
            auto polled = slot.future().poll(cx);
            if (polled.is_pending()) {
                return false;
            }
            slot.finish(detail::to_store(std::move(polled)));
        }
        return true;
    }

    std::tuple<Slot<Fs>...> slots_;
    bool over_ = false;
};

/// Rust: tokio::join!. A void output stands as Unit in the tuple.
template <class... Fs>
auto join(Fs&&... futures) {
    constexpr bool taken = (true && ... && detail::check_taken<Fs>());
    if constexpr (taken) {
        return Join<detail::AsFuture<Fs>...>(std::in_place, std::forward<Fs>(futures)...);
    }
}

}  // namespace tandem::async
