#pragma once

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/needs.hpp"
#include "tandem/rt/abort_handle.hpp"
#include "tandem/rt/detail/join_set_futures.hpp"
#include "tandem/rt/detail/joined_tasks.hpp"
#include "tandem/rt/handle.hpp"
#include "tandem/rt/join_handle.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/spawn_blocking.hpp"
#include "tandem/rt/spawn_local.hpp"

namespace tandem::rt {

/// Spawned tasks that yield the same type, whose results come in the order in which they end.
/// When the set ends it aborts those that have not.
///
/// Rust:      tokio::task::JoinSet<T>
/// C++:       nothing; a std::vector of futures can only be asked one after the other
/// Unchecked: it belongs to one task: two that call it at the same time race
/// Errors:    a task's panic and its abort are in its result; spawn fails as rt::spawn does
/// Cost:      no allocation beside the tasks' own
///
///     JoinSet<Page> pages;
///     for (auto const& url : urls) { pages.spawn(fetch, url); }
///     while (auto page = co_await pages.join_next()) { index(page->unwrap()); }
template <class T>
class JoinSet {
public:
    /// A task's result, as its JoinHandle would give it.
    using Joined = Result<T, JoinError>;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    JoinSet() noexcept = default;
    JoinSet(JoinSet&&) noexcept = default;
    JoinSet& operator=(JoinSet&&) noexcept = default;
    ~JoinSet() = default;

    /// As rt::spawn. What it returns can abort this one task.
    template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
              class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
              class F = detail::NotGiven>
    AbortHandle spawn(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {},
                      F&& f = {}, detail::Site site = detail::Site::current()) {
        tasks_.make_room();
        return add(rt::spawn(std::forward<Fn>(fn), std::forward<A>(a), std::forward<B>(b),
                             std::forward<C>(c), std::forward<D>(d), std::forward<E>(e),
                             std::forward<F>(f), site));
    }
    template <class Fn, class... Args>
        requires detail::ManyArguments<Args...>
    AbortHandle spawn(Fn&& fn, Args&&... args) {
        tasks_.make_room();
        return add(rt::spawn(std::forward<Fn>(fn), std::forward<Args>(args)...));
    }

    /// As Handle::spawn or Runtime::spawn, on the one that is given.
    template <class Where, class Fn, class... Args>
    AbortHandle spawn_on(Where const& where, Fn&& fn, Args&&... args) {
        tasks_.make_room();
        return add(where.spawn(std::forward<Fn>(fn), std::forward<Args>(args)...));
    }

    /// As rt::spawn_blocking. Once it has begun, it cannot be aborted.
    template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
              class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
              class F = detail::NotGiven>
    AbortHandle spawn_blocking(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {},
                               F&& f = {}, detail::Site site = detail::Site::current()) {
        tasks_.make_room();
        return add(rt::spawn_blocking(std::forward<Fn>(fn), std::forward<A>(a), std::forward<B>(b),
                                      std::forward<C>(c), std::forward<D>(d), std::forward<E>(e),
                                      std::forward<F>(f), site));
    }
    template <class Fn, class... Args>
        requires detail::ManyArguments<Args...>
    AbortHandle spawn_blocking(Fn&& fn, Args&&... args) {
        tasks_.make_room();
        return add(rt::spawn_blocking(std::forward<Fn>(fn), std::forward<Args>(args)...));
    }
    template <class Where, class Fn, class... Args>
    AbortHandle spawn_blocking_on(Where const& where, Fn&& fn, Args&&... args) {
        tasks_.make_room();
        return add(where.spawn_blocking(std::forward<Fn>(fn), std::forward<Args>(args)...));
    }

    /// As rt::spawn_local.
    template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
              class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
              class F = detail::NotGiven>
    AbortHandle spawn_local(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {},
                            F&& f = {}, detail::Site site = detail::Site::current()) {
        tasks_.make_room();
        return add(rt::spawn_local(std::forward<Fn>(fn), std::forward<A>(a), std::forward<B>(b),
                                   std::forward<C>(c), std::forward<D>(d), std::forward<E>(e),
                                   std::forward<F>(f), site));
    }
    template <class Fn, class... Args>
        requires detail::ManyArguments<Args...>
    AbortHandle spawn_local(Fn&& fn, Args&&... args) {
        tasks_.make_room();
        return add(rt::spawn_local(std::forward<Fn>(fn), std::forward<Args>(args)...));
    }
    template <class Set, class Fn, class... Args>
    AbortHandle spawn_local_on(Set const& set, Fn&& fn, Args&&... args) {
        tasks_.make_room();
        return add(set.spawn_local(std::forward<Fn>(fn), std::forward<Args>(args)...));
    }

    /// Those whose result nobody has had yet.
    [[nodiscard]] std::size_t len() const noexcept { return tasks_.size(); }
    [[nodiscard]] bool is_empty() const noexcept { return len() == 0; }

    /// A future of the next result; nothing once the set is empty.
    [[nodiscard]] JoinNext<T> join_next() & noexcept { return JoinNext<T>(tasks_); }
    JoinNext<T> join_next() && = delete;  // it polls the set in place
    /// The same, with the task's id beside its value. (A JoinError knows it.)
    [[nodiscard]] JoinNextWithId<T> join_next_with_id() & noexcept {
        return JoinNextWithId<T>(tasks_);
    }
    JoinNextWithId<T> join_next_with_id() && = delete;

    /// The result of one that has ended already.
    [[nodiscard]] std::optional<Joined> try_join_next() {
        return detail::joined<T>(tasks_.take_ended());
    }
    /// What join_next does, for a future of your own.
    [[nodiscard]] async::Poll<std::optional<Joined>> poll_join_next(async::Context& cx) {
        using Polled = async::Poll<std::optional<Joined>>;
        detail::TaskHeader* ended = nullptr;
        return tasks_.poll_ended(cx, ended) ? Polled::ready(detail::joined<T>(ended))
                                            : Polled::pending();
    }

    /// A future of all values, in the order in which they come. It takes the tasks over: the set
    /// is empty from now on.
    [[nodiscard]] JoinSetValues<T> join_all() noexcept {
        return JoinSetValues<T>(std::move(tasks_));
    }

    /// Asks all tasks to end at their next suspension. Their results are still to be had.
    void abort_all() noexcept { tasks_.abort_all(); }
    /// Lets all tasks go on by themselves: the set is empty.
    void detach_all() noexcept { tasks_.detach_all(); }
    /// A future that aborts all tasks and waits until they have ended.
    [[nodiscard]] JoinSetShutdown shutdown() & noexcept { return JoinSetShutdown(tasks_); }
    JoinSetShutdown shutdown() && = delete;

private:
    template <class Handle>
    AbortHandle add(Handle handle) {
        static_assert(std::is_same_v<Handle, JoinHandle<T>>,
                      "the tasks of a JoinSet<T> yield a T: this function yields something else");
        AbortHandle abort = handle.abort_handle();
        tasks_.add(std::move(handle).release());
        return abort;
    }

    detail::JoinedTasks tasks_;
};

}  // namespace tandem::rt
