// Gives what stands in a build of its own to another file, or (ALONE) keeps it to itself.
#include "other.hpp"

int main() {
    tandem::sync::Mutex<int> const mutex{1};
    int const alone = *mutex.lock().unwrap() + tandem::async::block_on(twice(20));
#if defined(ALONE)
    return alone + other_alone() == 82 ? 0 : 1;
#else
    tandem::async::Task<int> task = twice(20);
    return alone + of_mutex(mutex) + of_task(task) == 82 ? 0 : 1;
#endif
}
