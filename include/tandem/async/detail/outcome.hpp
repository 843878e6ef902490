#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/chain.hpp"
#include "tandem/core/detail/raise.hpp"

namespace tandem::async::detail {
inline namespace TANDEM_BUILD {

/// Room for a task's result, or for the exception that came in its place; which of them is there,
/// CoroutineBase::outcome says. A reference is kept as a pointer.
template <class T>
class OutcomeRoom {
public:
    using Stored = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>;

    template <class... Args>
    void put_value(Args&&... args) {
        ::new (address()) Stored(std::forward<Args>(args)...);
    }
    [[nodiscard]] Stored& value() noexcept {
        return *std::launder(static_cast<Stored*>(address()));
    }
    void end_value() noexcept { value().~Stored(); }

private:
    /// A promise must not ask for more alignment than its base, by which its frame is found: a
    /// result that does finds an aligned place in a room that is a little larger.
    static constexpr std::size_t spare = alignof(Stored) > alignof(void*)
                                             ? alignof(Stored) - alignof(void*)
                                             : 0;

    void* address() noexcept {
        if constexpr (spare == 0) {
            return bytes_;
        } else {
            auto const misplaced = reinterpret_cast<std::uintptr_t>(bytes_) % alignof(Stored);
            return bytes_ + (misplaced == 0 ? 0 : alignof(Stored) - misplaced);
        }
    }

    static constexpr std::size_t alignment =
        alignof(Stored) < alignof(void*) ? alignof(Stored) : alignof(void*);

    alignas(alignment) std::byte bytes_[sizeof(Stored) + spare];
};

template <>
class OutcomeRoom<void> {
public:
    void put_value() noexcept {}
    void end_value() noexcept {}
};

/// How a task comes to its result, for each kind of result.
template <class T>
class PromiseOf : public CoroutineBase {
public:
    PromiseOf() noexcept {}  // NOLINT(modernize-use-equals-default): a union's has to be written
    ~PromiseOf() {
        switch (outcome) {
            case Outcome::none:
            case Outcome::dropped: break;
            case Outcome::value: room_.end_value(); break;
#if __cpp_exceptions
            case Outcome::exception: exception_.~exception_ptr(); break;
#else
            case Outcome::exception: break;
#endif
        }
    }

    template <class... Args>
    void end_with(Args&&... args) {
        room_.put_value(std::forward<Args>(args)...);
        outcome = Outcome::value;
    }

#if __cpp_exceptions
    void unhandled_exception() noexcept {
        if (outcome == Outcome::dropped) {
            *escaped = std::current_exception();
            return;
        }
        if (outcome == Outcome::value) {
            room_.end_value();  // a local's destructor threw, after co_return
        }
        ::new (static_cast<void*>(&exception_)) std::exception_ptr(std::current_exception());
        outcome = Outcome::exception;
    }
#else
    [[noreturn]] void unhandled_exception() noexcept {
        raise("an exception in a program without exceptions");
    }
#endif

    /// What it ended with, and the end of its frame: whoever awaits sees nothing of it afterwards.
    static T take_and_end(PromiseOf& self) {
#if __cpp_exceptions
        if (self.outcome == Outcome::exception) [[unlikely]] {
            rethrow_and_end(self);
        }
#endif
        EndOfFrame const end(self);
        if constexpr (std::is_reference_v<T>) {
            return static_cast<T>(*self.room_.value());
        } else if constexpr (!std::is_void_v<T>) {
            return std::move(self.room_.value());
        }
    }

private:
#if __cpp_exceptions
    [[noreturn]] static void rethrow_and_end(PromiseOf& self) {
        std::exception_ptr const exception = self.exception_;
        destroy_frame(self, true);
        std::rethrow_exception(exception);
    }
#endif

    struct EndOfFrame {
        explicit EndOfFrame(PromiseOf& ended) noexcept : promise(ended) {}
        ~EndOfFrame() { promise.handle().destroy(); }

        PromiseOf& promise;
    };

    union {
        OutcomeRoom<T> room_;
#if __cpp_exceptions
        std::exception_ptr exception_;
#endif
    };
};

}  // namespace TANDEM_BUILD
}  // namespace tandem::async::detail
