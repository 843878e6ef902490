// error: std::ref would let two threads write one variable: share it as Arc<Mutex<T>>
// Rust: error[E0597]: `counter` does not live long enough
#include <functional>

#include "tandem/thread/spawn.hpp"

int main() {
    int counter = 0;
    tandem::thread::spawn([](int& n) { n += 1; }, std::ref(counter)).join().unwrap();
}
