// What a first program with tandem might be: one value, changed by another thread.
#include <cstdio>
#include <tandem/tandem.hpp>

#include "increment.hpp"

using tandem::sync::make_arc;
using tandem::sync::Mutex;
namespace thread = tandem::thread;

int main() {
    auto const counter = make_arc<Mutex<int>>(41);
    thread::spawn(increment, counter.clone()).join().unwrap();

    int const answer = *counter->lock().unwrap();
    std::printf("%d\n", answer);
    return answer == 42 ? 0 : 1;
}
