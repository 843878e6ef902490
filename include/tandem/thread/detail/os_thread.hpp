#pragma once

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "tandem/core/detail/owned.hpp"
#include "tandem/core/detail/panic_type.hpp"

#if defined(__linux__)
#include <sys/syscall.h>
#endif

namespace tandem::thread::detail {

using namespace tandem::detail;  // inside thread, detail:: means both

/// A thread of the operating system, or none. pthreads and not std::thread, which cannot be told
/// how large its stack is to be.
class OsThread {
public:
    OsThread() = default;
    OsThread(OsThread&& other) noexcept
        : handle_(other.handle_), owned_(std::exchange(other.owned_, false)) {}
    OsThread& operator=(OsThread&& other) noexcept {
        OsThread last(std::move(other));
        std::swap(handle_, last.handle_);
        std::swap(owned_, last.owned_);
        return *this;
    }
    ~OsThread() {
        if (owned_) {
            ::pthread_detach(handle_);
        }
    }

    /// What a thread does. Of no special type, so that all of this is compiled once and not for
    /// each spawn.
    class Work {
    public:
        Work() = default;
        Work(Work const&) = delete;
        Work& operator=(Work const&) = delete;
        virtual ~Work() = default;
        virtual void run(Owned<Work> self) = 0;  // the last owner of itself
    };

    /// Starts a thread that runs the work, or says why there is none. Without a size, its stack is
    /// as large as the system sees fit.
    [[nodiscard]] std::error_code begin(std::optional<std::size_t> stack_size, Owned<Work> work) {
        Attributes attributes;
        int error = stack_size ? attributes.set_stack_size(*stack_size) : 0;
        if (error == 0) {
            error = ::pthread_create(&handle_, &attributes.value, &entry, work.get());
        }
        if (error == 0) {
            static_cast<void>(work.release());  // the thread has it now
            owned_ = true;
        }
        return {error, std::system_category()};
    }

    /// False once joined or moved from.
    [[nodiscard]] bool is_owned() const noexcept { return owned_; }

    /// Waits for its end. Ours to call once.
    void join() {
        if (::pthread_equal(handle_, ::pthread_self()) != 0) {
            raise("a thread cannot join itself: it would wait for its own end for ever");
        }
        owned_ = false;
        ::pthread_join(handle_, nullptr);
    }

private:
    struct Attributes {
        pthread_attr_t value;

        Attributes() { ::pthread_attr_init(&value); }
        Attributes(Attributes const&) = delete;
        Attributes& operator=(Attributes const&) = delete;
        ~Attributes() { ::pthread_attr_destroy(&value); }

        /// At least what the system asks for, in whole pages.
        int set_stack_size(std::size_t size) {
            auto const page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
            auto const least = static_cast<std::size_t>(PTHREAD_STACK_MIN);
            std::size_t const wanted = size < least ? least : size;
            if (wanted > SIZE_MAX - page) {
                return EINVAL;
            }
            return ::pthread_attr_setstacksize(&value, (wanted + page - 1) / page * page);
        }
    };

    static void* entry(void* raw) {
        auto* const work = static_cast<Work*>(raw);
        work->run(Owned<Work>(work));
        return nullptr;
    }

    pthread_t handle_{};
    bool owned_ = false;
};

/// Shows the name in debuggers and in `top -H`, where the system keeps 15 characters of it.
inline void set_os_thread_name([[maybe_unused]] std::string const& name) {
#if defined(__linux__)
    ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
#elif defined(__APPLE__)
    ::pthread_setname_np(name.c_str());
#endif
}

/// Is this the thread that runs main()?
[[nodiscard]] inline bool is_main_thread() noexcept {
#if defined(__linux__)
    return ::syscall(SYS_gettid) == ::getpid();
#elif defined(__APPLE__)
    return ::pthread_main_np() != 0;
#else
    return false;
#endif
}

inline void yield_os_thread() noexcept { ::sched_yield(); }

}  // namespace tandem::thread::detail
