// Async blocks: one that owns all it uses may be spawned, or joined with others
#include <fmt/core.h>

#include <string>
#include <utility>

#include "tandem/async/block.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn.hpp"

namespace async = tandem::async;
namespace rt = tandem::rt;
using async::Task;

Task<std::size_t> length(std::string const& text) { co_return text.size(); }

Task<void> async_main() {
    std::string name = "Ferris";

    // `tokio::spawn(async move { … })`: the block is Send, for it took the string along.
    auto block = async::block(length, std::move(name));
    auto handle = rt::spawn(std::move(block));
    fmt::print("spawned: {}\n", (co_await std::move(handle)).unwrap());

    // `tokio::spawn(length(name))` is no block but a Task, which may borrow, and is refused.
    // Given the function and its arguments, spawn makes the block by itself.
    auto short_form = rt::spawn(length, std::string("Gopher++"));
    fmt::print("spawned: {}\n", (co_await std::move(short_form)).unwrap());

    auto three = async::block(length, std::string("abc"));
    auto four = async::block(length, std::string("abcd"));
    auto const [a, b] = co_await async::join(std::move(three), std::move(four));
    fmt::print("joined:  {} and {}\n", a, b);
}

int main() { rt::run(async_main); }

// prints:
// spawned: 6
// spawned: 8
// joined:  3 and 4
