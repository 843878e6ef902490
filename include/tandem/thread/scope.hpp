#pragma once

#include <concepts>
#include <exception>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/call.hpp"
#include "tandem/core/detail/panic_text.hpp"
#include "tandem/thread/detail/spawner.hpp"

namespace tandem::thread {

class Builder;

/// Threads that are over when their scope is, so that they may read what the scope's surroundings
/// own. Made by `thread::scope`.
///
/// Rust: std::thread::Scope
class Scope {
public:
    using tandem_sync = void;  // a scoped thread may spawn more: pass it std::cref(scope)

    Scope(Scope const&) = delete;
    Scope& operator=(Scope const&) = delete;
    ~Scope() {
        if (auto const lost = data_->close()) {  // the scope's own function has thrown
            detail::report_panic(*lost->thread, lost->exception);
        }
    }

    /// As thread::spawn; takes also what borrows for reading: std::string_view, std::span of
    /// const, and std::cref(x) of what is Sync.
    template <class Fn, class... Args>
    auto spawn(Fn&& fn, Args&&... args) const {
        if constexpr (detail::check_spawn<detail::Lifetime::scoped, Fn, Args...>()) {
            return detail::Spawner::spawn_or_panic<ScopedJoinHandle>(
                std::optional(data_.clone()), std::forward<Fn>(fn), std::forward<Args>(args)...);
        }
    }

private:
    friend class Builder;
    template <class Fn, class... Args>
    friend decltype(auto) scope(Fn&& fn, Args&&... args);

    Scope() = default;

    /// The end of the scope, by whichever way it is left.
    struct Waiter {
        Scope& scope;
        ~Waiter() { scope.data_->wait_for_all(); }
    };

    void panic_if_a_thread_did() {
        if (auto const lost = data_->close()) {
            throw Panic("a scoped thread panicked: " + detail::text_with_place(lost->exception),
                        detail::exception_location(lost->exception));
        }
    }

    sync::Arc<detail::ScopeData> data_ = sync::make_arc<detail::ScopeData>();
};

/// Calls `fn(scope, args...)` and returns what it returns, once every thread that was spawned on
/// the scope has ended.
///
/// Rust:      std::thread::scope
/// C++:       a block of std::jthread, with panics that are not lost
/// Errors:    panics if a thread of the scope did and nobody joined it; if fn throws, that goes on
///            after all threads have ended, and the thread's panic is reported
/// Unchecked: a thread that writes to what it was lent, through a pointer or `mutable`
///
///     std::vector<int> const numbers{1, 2, 3};
///     int const sum = thread::scope([&](Scope& s) {
///         auto half = s.spawn(add_up, std::span(numbers));
///         return half.join().unwrap();
///     });
template <class Fn, class... Args>
decltype(auto) scope(Fn&& fn, Args&&... args) {
    using R = std::invoke_result_t<Fn, Scope&, Args...>;
    Scope scope;
    auto run = [&]() -> R {
        Scope::Waiter const waiter{scope};
        return detail::call(std::forward<Fn>(fn), scope, std::forward<Args>(args)...);
    };
    if constexpr (std::is_void_v<R>) {
        run();
        scope.panic_if_a_thread_did();
    } else {
        R result = run();
        scope.panic_if_a_thread_did();
        return static_cast<R>(std::forward<R>(result));
    }
}

}  // namespace tandem::thread
