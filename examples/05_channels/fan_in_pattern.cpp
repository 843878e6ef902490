// Channels: several producers, one consumer
#include <fmt/core.h>

#include <string>

#include "tandem/core/drop.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/thread/spawn.hpp"

namespace mpsc = tandem::sync::mpsc;
namespace thread = tandem::thread;

void fan_in_pattern() {
    auto [tx, rx] = mpsc::channel<std::string>();

    for (int i = 0; i < 3; ++i) {
        tandem::drop(thread::spawn(
            [](int number, mpsc::Sender<std::string> tx_clone) {
                tx_clone.send(fmt::format("Message from thread {}", number)).unwrap();
            },
            i, tx.clone()));
    }

    tandem::drop(std::move(tx));  // close the original: the loop ends when every sender is gone

    for (auto message : rx) {
        fmt::print("{}\n", message);
    }
}

int main() { fan_in_pattern(); }

// prints in any order:
// Message from thread 0
// Message from thread 1
// Message from thread 2
