#pragma once

#include <cstdlib>
#include <utility>

#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/report.hpp"
#include "tandem/rt/detail/given.hpp"
#include "tandem/rt/detail/local_tasks.hpp"
#include "tandem/rt/spawn_local.hpp"

namespace tandem::rt {

template <async::Future F>
class RunUntil;

/// As long as it lives, rt::spawn_local goes to a LocalSet, whose tasks run when that is polled.
///
/// Rust: tokio::task::LocalEnterGuard
class [[nodiscard("the thread leaves the LocalSet when this ends")]] LocalEnterGuard {
public:
    using tandem_send = tandem::detail::Never;

    explicit LocalEnterGuard(detail::LocalTasks& tasks) noexcept
        : tasks_(tasks), here_(detail::ThreadContext::get().local_tasks, &tasks) {
        tasks_.add_owner();
    }
    LocalEnterGuard(LocalEnterGuard const&) = delete;
    LocalEnterGuard& operator=(LocalEnterGuard const&) = delete;
    ~LocalEnterGuard() { tasks_.remove_owner(); }

private:
    detail::LocalTasks& tasks_;
    detail::Replaced<detail::LocalTasks*> here_;
};

/// Tasks that all run on one thread, the one that made the set, and so need not be Send. They run
/// while the set is polled: in run_until or block_on, or when it is awaited, which waits for them
/// all. Any thread may wake them, and hold their handles.
///
/// Rust:      tokio::task::LocalSet
/// C++:       an executor of one thread, inside of another
/// Unchecked: what a task refers to has to outlive the set
/// Errors:    panics when another thread polls it or spawns on it; to drop it there ends the
///            program, for its tasks would end there, too. Its end drops its tasks
/// Cancel:    awaited by value: its tasks are dropped. std::ref(set) polls it in place
/// Wakes:     whoever wakes one of its tasks
///
///     LocalSet set;
///     int const n = set.block_on(rt, []() -> Task<int> {
///         auto handle = rt::spawn_local(count, std::make_shared<int>(0));
///         co_return (co_await std::move(handle)).unwrap();
///     }());
class [[nodiscard]] LocalSet {
public:
    using Output = void;
    using tandem_send = tandem::detail::Never;

    /// Rust: LocalSet::new
    LocalSet() : tasks_(new detail::LocalTasks) {}
    LocalSet(LocalSet&& other) noexcept : tasks_(std::exchange(other.tasks_, nullptr)) {}
    LocalSet& operator=(LocalSet&& other) noexcept {
        LocalSet last(std::move(other));
        std::swap(tasks_, last.tasks_);
        return *this;
    }
    ~LocalSet() {
        if (tasks_ != nullptr) {
            end();
        }
    }

    /// As rt::spawn_local. The task runs when the set is polled.
    template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
              class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
              class F = detail::NotGiven>
    auto spawn_local(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {},
                     F&& f = {}, detail::Site site = detail::Site::current()) const {
        return detail::with_given(
            [&]<class... Args>(Args&&... args) {
                return detail::spawn_local_on(tasks("LocalSet::spawn_local"), site,
                                              std::forward<Fn>(fn), std::forward<Args>(args)...);
            },
            std::forward<A>(a), std::forward<B>(b), std::forward<C>(c), std::forward<D>(d),
            std::forward<E>(e), std::forward<F>(f));
    }
    template <class Fn, class... Args>
        requires detail::ManyArguments<Args...>
    auto spawn_local(Fn&& fn, Args&&... args) const {
        return detail::spawn_local_on(tasks("LocalSet::spawn_local"), detail::Site(),
                                      std::forward<Fn>(fn), std::forward<Args>(args)...);
    }

    /// A future of another one's output: while it waits, the set's tasks run. Those that are not
    /// over then wait for the next poll of the set.
    template <class F>
    [[nodiscard]] auto run_until(F&& future) const& {
        static_assert(async::detail::check_taken<F>());
        return RunUntil<std::remove_cvref_t<F>>(tasks("LocalSet::run_until"),
                                                std::forward<F>(future));
    }
    template <class F>
    auto run_until(F&& future) const&& = delete;  // the tasks would be dropped at once

    /// run_until, on a Runtime or Handle.
    template <class Runtime, class F>
    auto block_on(Runtime const& runtime, F&& future,
                  detail::Site site = detail::Site::current()) const {
        return runtime.block_on(run_until(std::forward<F>(future)), site);
    }

    /// rt::spawn_local comes here, until the guard ends.
    [[nodiscard]] LocalEnterGuard enter() const {
        return LocalEnterGuard(tasks("LocalSet::enter"));
    }

    /// Runs tasks. Ready when there are no more.
    async::Poll<void> poll(async::Context& cx) {
        detail::LocalTasks& mine = tasks("a LocalSet was polled");
        detail::LocalTasks::Polling polling(mine, cx);
        if (polling.run_tasks()) {
            cx.waker().wake_by_ref();
        }
        return mine.size() == 0 ? async::Poll<void>::ready() : async::Poll<void>::pending();
    }

private:
    [[nodiscard]] detail::LocalTasks& tasks(char const* what) const {
        if (tasks_ == nullptr) [[unlikely]] {
            detail::raise("this LocalSet was moved from");
        }
        tasks_->check_thread(what);
        return *tasks_;
    }

    void end() noexcept {
        if (!tasks_->is_of_this_thread()) {
            detail::report(Diagnostic{
                .message = "tandem: a LocalSet was dropped on another thread than it was made on: "
                           "its tasks, which are not Send, would end there. The program ends",
                .location = {}});
            std::abort();
        }
        tasks_->shut_down();
        tasks_->remove_owner();
    }

    detail::LocalTasks* tasks_;  // null once moved from
};

/// What LocalSet::run_until returns.
///
/// Rust:   tokio::task::RunUntil
/// Errors: as the future's; panics when it is polled on another thread than the set's
/// Cancel: drops the future; the set's tasks stay in the set
/// Wakes:  as the future does, and whoever wakes one of the set's tasks
template <async::Future F>
class [[nodiscard]] RunUntil {
    using Kept = async::detail::AsFuture<F>;

public:
    using Output = typename Kept::Output;
    using tandem_send = tandem::detail::Never;

    template <class From>
    RunUntil(detail::LocalTasks& tasks, From&& future)
        : tasks_(&tasks), future_(std::forward<From>(future)) {}

    async::Poll<Output> poll(async::Context& cx) {
        tasks_->check_thread("LocalSet::run_until was polled");
        detail::LocalTasks::Polling polling(*tasks_, cx);
        auto polled = future_.poll(cx);
        if (polled.is_pending() && polling.run_tasks()) {
            cx.waker().wake_by_ref();
        }
        return polled;
    }

private:
    detail::LocalTasks* tasks_;  // the set's, which outlives this
    Kept future_;
};

}  // namespace tandem::rt
