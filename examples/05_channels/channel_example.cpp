// Channels: values move from one thread to another, and nothing is shared
#include <fmt/core.h>

#include <vector>

#include "tandem/core/drop.hpp"
#include "tandem/core/static_str.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/thread/spawn.hpp"

using namespace tandem;
namespace mpsc = sync::mpsc;

void channel_example() {
    auto [tx, rx] = mpsc::channel<StaticStr>();

    drop(thread::spawn(
        [](mpsc::Sender<StaticStr> sender) {
            std::vector const values{"hello"_static, "from"_static, "thread"_static};
            for (StaticStr const value : values) {
                sender.send(value).unwrap();
            }
        },
        std::move(tx)));  // the sender moves in, and ends with the thread

    for (auto received : rx) {  // … which ends this loop
        fmt::print("Got: {}\n", received);
    }
}

int main() { channel_example(); }

// prints:
// Got: hello
// Got: from
// Got: thread
