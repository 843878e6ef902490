#pragma once

#include <coroutine>
#include <exception>
#include <utility>

#include "tandem/async/detail/relay.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"

namespace tandem::async {

/// A future as any other library's coroutine can await it: with await_ready, await_suspend and
/// await_resume.
///
/// Rust:      nothing: there, all libraries poll
/// C++:       an awaiter
/// Unchecked: destroying the coroutine in one thread while another one resumes it: a race that
///            coroutines of any kind leave to whoever owns them
/// Errors:    an exception from the future comes out of the co_await; one that leaves the foreign
///            coroutine's resume() ends the program, for whoever wakes has no use for it
/// Cost:      one allocation, at the co_await
/// Cancel:    drops the future; if another thread polls it just now, waits for that poll to end
/// Wakes:     whoever wakes the future polls it, and runs the foreign coroutine on from there
///
///     foreign::task<int> theirs() { co_return co_await as_awaitable(ours()); }
template <Future F>
class [[nodiscard]] AsAwaitable : detail::Relayed {
public:
    using Output = OutputOf<F>;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<F>>;

    template <class From>
    explicit AsAwaitable(std::in_place_t, From&& future)
        : Relayed{&AsAwaitable::poll_future}, future_(std::forward<From>(future)) {}
    AsAwaitable(AsAwaitable&& other)  // only before it is awaited, as a future before its poll
        : Relayed{&AsAwaitable::poll_future}, future_(std::move(other.future_)) {}
    AsAwaitable& operator=(AsAwaitable&&) = delete;
    ~AsAwaitable() {
        if (relay_ != nullptr) {
            relay_->cancel();
            relay_->remove_owner();
        }
    }

    [[nodiscard]] bool await_ready() {
        if (relay_ != nullptr) [[unlikely]] {
            detail::raise("this future was awaited before: as_awaitable(future) is awaited once");
        }
        relay_ = detail::Relay::create(*this);
        return relay_->poll_first();
    }

    [[nodiscard]] bool await_suspend(std::coroutine_handle<> coroutine) noexcept {
        return relay_->wait(coroutine);
    }

    Output await_resume() {
        if (error != nullptr) [[unlikely]] {
            std::rethrow_exception(std::exchange(error, nullptr));
        }
        return std::move(result_).value();
    }

private:
    static bool poll_future(detail::Relayed& relayed, Context& cx) {
        auto& self = static_cast<AsAwaitable&>(relayed);
        self.result_ = self.future_.poll(cx);
        return self.result_.is_ready();
    }

    Poll<Output> result_ = Poll<Output>::pending();
    detail::AsFuture<F> future_;
    detail::Relay* relay_ = nullptr;  // null before it is awaited
};

template <class F>
auto as_awaitable(F&& future) {
    if constexpr (detail::check_taken<F>()) {
        return AsAwaitable<std::remove_cvref_t<F>>(std::in_place, std::forward<F>(future));
    }
}

}  // namespace tandem::async
