#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "support/catch.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/static_str.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/thread/spawn.hpp"

namespace mpsc = tandem::sync::mpsc;
namespace thread = tandem::thread;
using tandem::drop;
using tandem::StaticStr;
using tandem::operator""_static;

TEST_CASE("channel_example: three values arrive in order, then the loop ends", "[05_channels]") {
    auto [tx, rx] = mpsc::channel<StaticStr>();

    drop(thread::spawn(
        [](mpsc::Sender<StaticStr> sender) {
            for (auto const value : {"hello"_static, "from"_static, "thread"_static}) {
                sender.send(value).unwrap();
            }
        },
        std::move(tx)));

    std::vector<std::string> got;
    for (auto received : rx) {
        got.emplace_back(received);
    }
    CHECK(got == std::vector<std::string>{"hello", "from", "thread"});
}

TEST_CASE("fan_in_pattern: one message from each of three producers", "[05_channels]") {
    auto [tx, rx] = mpsc::channel<std::string>();

    for (int i = 0; i < 3; ++i) {
        drop(thread::spawn(
            [](int number, mpsc::Sender<std::string> tx_clone) {
                tx_clone.send(fmt::format("Message from thread {}", number)).unwrap();
            },
            i, tx.clone()));
    }
    drop(std::move(tx));

    std::vector<std::string> messages;
    for (auto message : rx) {
        messages.push_back(std::move(message));
    }
    std::ranges::sort(messages);
    CHECK(messages == std::vector<std::string>{"Message from thread 0", "Message from thread 1",
                                               "Message from thread 2"});
}

TEST_CASE("the loop goes on as long as one sender is left", "[05_channels]") {
    auto [tx, rx] = mpsc::channel<int>();
    auto second = tx.clone();
    tx.send(1).unwrap();
    drop(std::move(tx));

    CHECK(rx.recv().unwrap() == 1);
    CHECK(rx.try_recv().unwrap_err() == mpsc::TryRecvError::empty);  // not: disconnected

    drop(std::move(second));
    CHECK(rx.recv().is_err());
}

TEST_CASE("a value that was sent is the receiver's, and no longer the sender's", "[05_channels]") {
    auto [tx, rx] = mpsc::channel<std::vector<int>>();
    std::vector<int> values{1, 2, 3};
    auto const* const elements = values.data();

    tx.send(std::move(values)).unwrap();

    CHECK(values.empty());                         // NOLINT(bugprone-use-after-move): the claim
    CHECK(rx.recv().unwrap().data() == elements);  // moved, not copied
}

TEST_CASE("sending to a receiver that is gone fails, and loses nothing", "[05_channels]") {
    auto [tx, rx] = mpsc::channel<std::string>();
    drop(std::move(rx));

    CHECK(tx.send("hello").unwrap_err().into_inner() == "hello");
}
