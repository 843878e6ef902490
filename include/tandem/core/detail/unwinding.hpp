#pragma once

#if __cpp_exceptions

#include <cxxabi.h>

#if !defined(__GLIBCXX__)  // libc++ has the function, and does not declare it
namespace __cxxabiv1 {
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals* __cxa_get_globals();
}  // namespace __cxxabiv1
#endif

namespace tandem::detail {

/// This thread's count of exceptions in flight, where the C++ runtime keeps it; null until first
/// asked for. std::uncaught_exceptions() gives the same number, but three calls deep: a lock asks
/// twice, and was a seventh slower for it.
inline thread_local constinit unsigned const* uncaught_exceptions = nullptr;

/// How many exceptions this thread was carrying when it entered the coroutine it now runs. The
/// runtime counts for a thread, and a coroutine is resumed, or destroyed, by a thread that may be
/// in the middle of an exception which is none of the coroutine's business.
inline thread_local constinit int exceptions_outside = 0;

/// The Itanium C++ ABI, which both compilers follow, lays the count down as the second field of a
/// thread's globals.
[[gnu::noinline, gnu::cold]] inline void find_uncaught_exceptions() noexcept {
    auto const* const globals = reinterpret_cast<char const*>(__cxxabiv1::__cxa_get_globals());
    uncaught_exceptions = reinterpret_cast<unsigned const*>(globals + sizeof(void*));
}

/// How many exceptions are in flight in the code at hand: in the innermost running coroutine, or
/// in the thread outside of all coroutines. Noinline, for clang keeps the address of a
/// thread-local across a suspension, after which the thread may be another.
[[gnu::noinline]] inline int exceptions_in_flight() noexcept {
    if (uncaught_exceptions == nullptr) [[unlikely]] {
        find_uncaught_exceptions();
    }
    return static_cast<int>(*uncaught_exceptions) - exceptions_outside;
}

/// Stands around every resumption and destruction of a coroutine frame.
class CoroutineEntered {
public:
    CoroutineEntered() noexcept : before_(exceptions_outside) {
        exceptions_outside += exceptions_in_flight();
    }
    CoroutineEntered(CoroutineEntered const&) = delete;
    CoroutineEntered& operator=(CoroutineEntered const&) = delete;
    ~CoroutineEntered() { exceptions_outside = before_; }

private:
    int before_;
};

}  // namespace tandem::detail

#else

namespace tandem::detail {

/// Without exceptions there is nothing to tell a coroutine.
class CoroutineEntered {
public:
    CoroutineEntered() noexcept {}
    ~CoroutineEntered() {}
};

}  // namespace tandem::detail

#endif
