#include "other.hpp"

int of_mutex(tandem::sync::Mutex<int> const& mutex) { return *mutex.lock().unwrap(); }

int of_task(tandem::async::Task<int>& task) { return tandem::async::block_on(std::ref(task)); }

int other_alone() {
    tandem::sync::Mutex<int> const mutex{1};
    return of_mutex(mutex) + tandem::async::block_on(twice(20));
}
