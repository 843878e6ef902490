#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>

#include "tandem/async/detail/fast_random.hpp"
#include "tandem/async/future.hpp"

namespace tandem::async::detail {

/// Which future of a contest is asked first: any, so that none is always preferred, or the first.
enum class Order : bool { random, given };

/// Futures of which the first that is ready ends all the others.
template <class... Fs>
class Contest {
public:
    template <class... From>
    explicit Contest(Order order, From&&... futures)
        : futures_(std::in_place, std::forward<From>(futures)...), order_(order) {}

    /// Polls until one is ready. Its poll, that is ready, makes a `Won(in_place_index<I>, poll)`;
    /// by the return all futures are gone.
    template <class Won>
    [[nodiscard]] std::optional<Won> poll(Context& cx) {
        if (!futures_) [[unlikely]] {
            raise("this future was ready before: it is not polled again");
        }
        std::optional<Won> won;
        if (poll_from(start(), cx, won, std::index_sequence_for<Fs...>{})) {
            futures_.reset();
        }
        return won;
    }

private:
    [[nodiscard]] std::size_t start() const noexcept {
        return order_ == Order::given ? 0 : random_below(std::uint32_t{sizeof...(Fs)});
    }

    /// From `start` to the last, and from the first to `start`.
    template <class Won, std::size_t... Is>
    bool poll_from(std::size_t start, Context& cx, std::optional<Won>& won,
                   std::index_sequence<Is...>) {
        return ((Is >= start && poll_one<Is>(cx, won)) || ...) ||
               ((Is < start && poll_one<Is>(cx, won)) || ...);
    }

    template <std::size_t I, class Won>
    bool poll_one(Context& cx, std::optional<Won>& won) {
        auto polled = std::get<I>(*futures_).poll(cx);
        if (polled.is_pending()) {
            return false;
        }
        won.emplace(std::in_place_index<I>, std::move(polled));
        return true;
    }

    std::optional<std::tuple<Fs...>> futures_;  // none once it is decided
    Order order_;
};

}  // namespace tandem::async::detail
