#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/awaiters.hpp"
#include "tandem/async/detail/frame_memory.hpp"
#include "tandem/async/detail/outcome.hpp"

namespace tandem::async::detail {
inline namespace TANDEM_BUILD {

/// The promise of a Task<T>: what the compiler asks of a coroutine, and what it may co_await.
template <class T>
class PromiseBody : public PromiseOf<T> {
public:
    template <class U = T>
        requires std::convertible_to<U, T> && (!std::is_reference_v<T>)
    void return_value(U&& value) {
        this->end_with(std::forward<U>(value));
    }
    void return_value(std::type_identity_t<T> value)
        requires std::is_reference_v<T>
    {
        this->end_with(std::addressof(value));
    }
};

template <>
class PromiseBody<void> : public PromiseOf<void> {
public:
    void return_void() noexcept { end_with(); }
};

template <class T>
class Promise : public PromiseBody<T> {
public:
    Task<T> get_return_object(CallSite where = CallSite::current()) noexcept {
        this->watch.written_at(where);
        return Task<T>(*this);
    }

    std::suspend_always initial_suspend() noexcept { return {}; }
    /// Stays for its result to be taken; whoever resumed it goes on.
    std::suspend_always final_suspend() noexcept { return {}; }

    // What may stand behind co_await, and what becomes of it.

    template <class Awaited>
    decltype(auto) await_transform(Awaited&& thing, CallSite where = CallSite::current()) {
        this->watch.awaits_at(where);
        return awaiter_for<T>(*this, std::forward<Awaited>(thing));
    }

    static void* operator new(std::size_t size)
#if !__STDC_HOSTED__
        noexcept
#endif
    {
        return allocate_frame(size);
    }
    static void operator delete(void* memory, std::size_t size) noexcept {
        free_frame(memory, size);
    }
#if !__STDC_HOSTED__
    static Task<T> get_return_object_on_allocation_failure() noexcept;
#endif
};

}  // namespace TANDEM_BUILD
}  // namespace tandem::async::detail
