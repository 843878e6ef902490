#pragma once

#include <concepts>
#include <utility>

#include "tandem/async/waker.hpp"
#include "tandem/core/detail/ref_count.hpp"
#include "tandem/core/send.hpp"
#include "tandem/sync/arc.hpp"

namespace tandem::async {

/// What a Waker can be made of, once it is shared: it wakes itself, or is handed over to be queued.
///
/// Rust: std::task::Wake
///
///     struct Bell { void wake() const; };                       // tell somebody
///     struct Job { static void wake(sync::Arc<Job> self); };    // put the job itself in a queue
template <class T>
concept Wake = requires(sync::Arc<T> arc) { T::wake(std::move(arc)); } ||
               requires(T const& shared) { shared.wake(); };

namespace detail {

/// The Arc behind a Waker and its clones, which count themselves.
template <class T>
class WakeCell {
public:
    explicit WakeCell(sync::Arc<T> arc) : arc_(std::move(arc)) {}

    static void const* clone(void const* data) noexcept {
        of(data).owners_.add();
        return data;
    }
    static void wake(void const* data) noexcept {
        wake_by_ref(data);
        drop(data);
    }
    static void wake_by_ref(void const* data) noexcept { of(data).call(); }
    static void drop(void const* data) noexcept {
        if (of(data).owners_.remove()) {
            delete &of(data);
        }
    }

    static constexpr WakerVTable functions{
        .clone = &WakeCell::clone,
        .wake = &WakeCell::wake,
        .wake_by_ref = &WakeCell::wake_by_ref,
        .drop = &WakeCell::drop,
    };

private:
    static WakeCell& of(void const* data) noexcept {
        return *static_cast<WakeCell*>(const_cast<void*>(data));
    }

    void call() const {
        if constexpr (requires { T::wake(arc_.clone()); }) {
            T::wake(arc_.clone());
        } else {
            arc_->wake();
        }
    }

    sync::Arc<T> arc_;
    tandem::detail::RefCount owners_{1};
};

}  // namespace detail

/// A Waker that wakes through what is shared; it and its clones keep that alive.
///
/// Rust:      Waker::from(Arc<impl Wake>)
/// Unchecked: a wake that throws ends the program: a Waker's functions are noexcept
/// Cost:      one allocation; none for a clone
///
///     Waker const waker = make_waker(bell.clone());
template <Wake T>
[[nodiscard]] Waker make_waker(sync::Arc<T> shared) {
    static_assert(Send<T> && Sync<T>,
                  "a Waker is called, and ended, by any thread: what it wakes through must be Send "
                  "and Sync (see send.hpp)");
    return Waker(new detail::WakeCell<T>(std::move(shared)), detail::WakeCell<T>::functions);
}

}  // namespace tandem::async
