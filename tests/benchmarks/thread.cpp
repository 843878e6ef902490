#include <thread>

#include "support/bench.hpp"
#include "tandem/thread/spawn.hpp"

using namespace tandem::bench;

namespace {

// A number goes in and a number comes out, as a thread is for. std::thread has no way out: the
// result is written where the caller looks.
constexpr int threads = 2'000;

Sample tandem_threads() {
    return repeated(threads, [] {
        int result = tandem::thread::spawn([](int n) { return n + 1; }, 1).join().unwrap();
        keep(result);
    });
}

Sample std_threads() {
    return repeated(threads, [] {
        int result = 0;
        std::thread([&result](int n) { result = n + 1; }, 1).join();
        keep(result);
    });
}

}  // namespace

int main(int argc, char** argv) {
    return serve(argc, argv,
                 {{.work = "thread spawn+join",
                   .goal = 1.05,
                   .place = Place::pinned,
                   .contenders = {{"tandem", tandem_threads}, {"std::thread", std_threads}}}});
}
