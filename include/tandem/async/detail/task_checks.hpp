#pragma once

// What a checked build looks at when tasks run: locks that are held across a suspension, a task
// that two threads poll, one that is moved too late. In an unchecked build all of it is empty.

#include "tandem/core/detail/checked.hpp"

#if TANDEM_CHECKED
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/held_lock.hpp"
#include "tandem/core/detail/panic_type.hpp"
#include "tandem/core/detail/report.hpp"
#endif

namespace tandem::async::detail {

using namespace tandem::detail;

inline namespace TANDEM_BUILD {

#if TANDEM_CHECKED

/// Is this a line of the library itself? Then it is not the one to mend.
inline bool is_ours(std::source_location const& where) noexcept {
    std::string_view const here = std::source_location::current().file_name();
    std::string_view const root = here.substr(0, here.rfind("async/detail/"));
    return std::string_view(where.file_name()).starts_with(root);
}

[[gnu::cold]] inline void report_move(std::string const& future,
                                      std::source_location const& where) noexcept {
    report_once("moved future", where,
                future +
                    " is moved after its first poll, when others know where it is. Move a "
                    "future before it is polled; to go on polling it in place, give std::ref "
                    "of it away");
}

/// Said by a future when it is moved. `polled`: others have come to know where it is.
inline void check_move(char const* future, bool polled,
                       std::source_location const& where) noexcept {
    if (polled) [[unlikely]] {
        report_move(future, where);
    }
}

/// A task's part, in its promise.
class TaskWatch {
public:
    void written_at(std::source_location const& where) noexcept { written_ = where; }
    void awaits_at(std::source_location const& where) noexcept { awaiting_ = where; }
    [[nodiscard]] std::source_location const& awaiting() const noexcept { return awaiting_; }

    void begin_poll(std::source_location const& where) {
        // acquire: pairs with end_poll, so that polls which do not overlap are seen to do so.
        if (polled_.exchange(true, std::memory_order_acquire)) [[unlikely]] {
            reject_poll(where);
        }
    }
    // release: the next poll sees all that this one did.
    void end_poll() noexcept { polled_.store(false, std::memory_order_release); }

    [[gnu::cold]] void report_move(std::source_location const& where) const noexcept {
        detail::report_move(name(), culprit(where));
    }

private:
    [[noreturn, gnu::cold]] void reject_poll(std::source_location const& where) const {
        std::string const message =
            name() +
            " is polled while another poll of it is under way. A future belongs to one "
            "task: let one thread poll it, and tell the others by a channel";
        report_once("polled twice", culprit(where), message);
        throw Panic(message, culprit(where));
    }

    [[nodiscard]] std::source_location const& culprit(
        std::source_location const& where) const noexcept {
        return is_ours(where) ? written_ : where;
    }
    /// The coroutine's bare name, out of what the compiler calls it: "ns::Task<int> ns::f(int)".
    [[nodiscard]] std::string name() const {
        std::string_view function = written_.function_name();
        for (char const* const lambda : {"lambda", "anonymous class", "operator()"}) {
            if (function.find(lambda) != std::string_view::npos) {
                return "the task of a lambda";
            }
        }
        constexpr std::string_view unnamed = "(anonymous namespace)";
        std::size_t end = function.find('(');
        while (end < function.size() && function.substr(end).starts_with(unnamed)) {
            end = function.find('(', end + unnamed.size());
        }
        function = function.substr(0, end);
        function.remove_prefix(function.find_last_of(" :*&") + 1);
        return "the task `" + std::string(function) + "`";
    }

    std::source_location written_;   // the coroutine; by g++ its last line, by clang its first
    std::source_location awaiting_;  // its latest co_await
    Atomic<bool> polled_{false};
};

/// A chain's part: notes which coroutine runs, for the locks that it takes.
class ChainWatch {
public:
    ChainWatch() noexcept : outer_(here_.running), taken_before_(here_.taken()) {}
    ChainWatch(ChainWatch const&) = delete;
    ChainWatch& operator=(ChainWatch const&) = delete;
    ~ChainWatch() { here_.running = outer_; }

    void runs(void const* coroutine) noexcept { here_.running = coroutine; }

    /// The poll ends, and the chain from `leaf` up to `top` is not done: reports each lock that was
    /// taken meanwhile and is still held, with the co_await of the coroutine that took it.
    template <class Coroutine>
    void suspends(Coroutine const& leaf, Coroutine const& top) noexcept {
        LockNote note;
        while (here_.let_go_after(taken_before_, note)) [[unlikely]] {
            Coroutine const* holder = &leaf;
            while (holder != note.coroutine && holder != &top) {
                holder = holder->link->parent;
            }
            report_held(note.where, (holder == note.coroutine ? *holder : leaf).watch.awaiting());
        }
    }

private:
    [[gnu::cold]] static void report_held(std::source_location const& locked,
                                          std::source_location const& awaited) noexcept {
        report_once("held across co_await", locked,
                    "the lock taken here is still held at the co_await in " + place(awaited) +
                        ", where the task waits: whoever else wants the lock blocks a whole "
                        "thread until then. End the guard before the co_await, in a block of its "
                        "own, or use async::Mutex (RwLock), whose guard may be held there");
    }

    HeldLocks& here_ = HeldLocks::here();
    void const* const outer_;
    std::uint64_t const taken_before_;
};

#else

inline void check_move(char const*, bool, Nowhere) noexcept {}

class TaskWatch {
public:
    void written_at(Nowhere) noexcept {}
    void awaits_at(Nowhere) noexcept {}
    void begin_poll(Nowhere) noexcept {}
    void end_poll() noexcept {}
    void report_move(Nowhere) const noexcept {}
};

class ChainWatch {
public:
    ChainWatch() noexcept {}

    void runs(void const*) noexcept {}
    template <class Coroutine>
    void suspends(Coroutine const&, Coroutine const&) noexcept {}
};

#endif

}  // namespace TANDEM_BUILD
}  // namespace tandem::async::detail
